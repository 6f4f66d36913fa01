//! Fuzz target: arbitrary bytes as the body of a call of gRPC, whose service and encoding the first
//! byte decides. A call has the same response whatever its chunks, and each record ends in exactly
//! one outcome.
#![no_main]

use http::{HeaderName, HeaderValue, Method, Request};
use libfuzzer_sys::fuzz_target;
use throughline_edge::config::{BackendConfig, BackendKind, IngestConfig};
use throughline_edge::host::{Outgoing, Trailers};
use throughline_edge::{Config, Edge};
use throughline_testkit::sim::{SimBody, SimHost};

fuzz_target!(|sent: &[u8]| {
    let Some((choice, body)) = sent.split_first() else {
        return;
    };
    let choice = usize::from(*choice);
    let path = PATHS[choice % PATHS.len()];
    let encoding = ENCODINGS[choice / PATHS.len() % ENCODINGS.len()];
    let whole = respond(path, encoding, body, body.len().max(1));
    for chunk_bytes in [1, 7] {
        let in_chunks = respond(path, encoding, body, chunk_bytes);
        // Of two faults, damaged and too large, a decoder may find either first.
        let both_refuse = whole.0 != "0" && in_chunks.0 != "0";
        assert!(in_chunks == whole || both_refuse, "{in_chunks:?}, {whole:?}");
    }
});

/// The status of a call, and its message.
fn respond(
    path: &str,
    encoding: &'static str,
    body: &[u8],
    chunk_bytes: usize,
) -> (String, Vec<u8>) {
    let mut request = Request::new(SimBody::in_chunks(body.to_vec().into(), chunk_bytes));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path.parse().expect("a path");
    for (name, value) in [
        ("content-type", "application/grpc"),
        ("grpc-encoding", encoding),
    ] {
        let name = HeaderName::from_static(name);
        request.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let edge = Edge::new(Config {
        open: true,
        ingest: IngestConfig {
            max_body_bytes: 1 << 16,
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
    let response = host.executor().run(edge.handle_rpc(&host, request, true));
    let (mut head, body) = response.expect("a response").into_parts();
    assert_eq!(head.status, 200);
    host.executor().run_until_idle();
    let tally = edge.tally();
    let ended = tally
        .ended
        .iter()
        .filter(|(ended, _)| ended.signal.is_some());
    assert_eq!(
        ended.map(|(_, count)| count).sum::<u64>(),
        tally.received.values().sum::<u64>()
    );
    let trailers = head.extensions.remove::<Trailers>();
    let trailers = trailers.map_or(head.headers, |Trailers(trailers)| trailers);
    let status = trailers["grpc-status"].to_str().expect("a number");
    let Outgoing::Bytes(message) = body else {
        unreachable!("the edge's own");
    };
    (status.to_owned(), message.to_vec())
}

const PATHS: [&str; 4] = [
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    "/grpc.health.v1.Health/Check",
];
const ENCODINGS: [&str; 4] = ["identity", "gzip", "deflate", "zstd"];
