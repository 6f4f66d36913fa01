//! Fuzz target: compressed bodies, whose compression the first byte decides. A body has the same
//! response whatever its chunks, and what it is decompressed to has the same response too.
#![no_main]

use flate2::read::{MultiGzDecoder, ZlibDecoder};
use http::{HeaderValue, Method, Request, StatusCode};
use libfuzzer_sys::fuzz_target;
use std::io::Read;
use throughline_edge::config::{BackendConfig, BackendKind, IngestConfig};
use throughline_edge::{Config, Edge};
use throughline_testkit::sim::{SimBody, SimHost};

fuzz_target!(|sent: &[u8]| {
    let Some((choice, body)) = sent.split_first() else {
        return;
    };
    let coding = CODINGS[usize::from(*choice) % CODINGS.len()];
    let whole = status(coding, body, body.len().max(1));
    for chunk_bytes in [1, 7] {
        let in_chunks = status(coding, body, chunk_bytes);
        // The decoder of brotli holds back what it decoded until a chunk ends: of two faults,
        // damaged and too large, it may find either first.
        let faults = [StatusCode::BAD_REQUEST, StatusCode::PAYLOAD_TOO_LARGE];
        let has_both = coding == "br" && faults.contains(&whole) && faults.contains(&in_chunks);
        assert!(
            in_chunks == whole || has_both,
            "{coding}: {in_chunks}, {whole}"
        );
    }
    let mut plain = Vec::new();
    let limit = (LIMIT as u64) + 1;
    let read = match coding {
        "gzip" => MultiGzDecoder::new(body)
            .take(limit)
            .read_to_end(&mut plain),
        "deflate" => ZlibDecoder::new(body).take(limit).read_to_end(&mut plain),
        _ => return,
    };
    // Nothing may follow a zlib stream, and flate2 does not look at what does.
    let is_damaged = coding == "deflate" && whole == StatusCode::BAD_REQUEST;
    if read.is_ok() && !body.is_empty() && !is_damaged {
        assert_eq!(status("identity", &plain, LIMIT), whole, "{coding}");
    }
});

/// The status of the response to log records as JSON.
fn status(coding: &'static str, body: &[u8], chunk_bytes: usize) -> StatusCode {
    let body = SimBody::in_chunks(body.to_vec().into(), chunk_bytes);
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = "/v1/logs".parse().expect("a path");
    for (name, value) in [
        ("content-type", "application/json"),
        ("content-encoding", coding),
    ] {
        let value = HeaderValue::from_static(value);
        request.headers_mut().insert(name, value);
    }
    let edge = Edge::new(Config {
        open: true,
        ingest: IngestConfig {
            max_body_bytes: LIMIT,
            ..IngestConfig::default()
        },
        backend: BackendConfig {
            kind: BackendKind::Null,
            ..BackendConfig::default()
        },
        ..Config::default()
    })
    .expect("a usable configuration");
    let host = SimHost::new(1);
    let response = host.executor().run(edge.handle(&host, request));
    let status = response.expect("a response").status();
    assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR);
    host.executor().run_until_idle();
    status
}

// The seeds of the cases know this list: crates/throughline-testkit/examples/fuzz_seeds.rs.
const CODINGS: [&str; 5] = ["identity", "gzip", "deflate", "zstd", "br"];
const LIMIT: usize = 1 << 17;
