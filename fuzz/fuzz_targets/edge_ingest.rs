//! Fuzz target: arbitrary bytes to every protocol of the edge, in every compression, which the first
//! byte decides. Each request gets a response, and each record ends in exactly one outcome.
#![no_main]

use http::{HeaderValue, Method, Request};
use libfuzzer_sys::fuzz_target;
use throughline_edge::config::{BackendConfig, BackendKind, IngestConfig};
use throughline_edge::{Config, Edge};
use throughline_testkit::sim::{SimBody, SimHost};

fuzz_target!(|sent: &[u8]| {
    let Some((choice, body)) = sent.split_first() else {
        return;
    };
    let mut choice = usize::from(*choice);
    let mut choose = |from: &[&'static str]| {
        let chosen = from[choice % from.len()];
        choice /= from.len();
        chosen
    };
    let (path, media_type, coding) = (choose(&PATHS), choose(&TYPES), choose(&CODINGS));
    let chunk_bytes = 1 + body.len() % 7;
    let mut request = Request::new(SimBody::in_chunks(body.to_vec().into(), chunk_bytes));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path.parse().expect("a path");
    for (name, value) in [("content-type", media_type), ("content-encoding", coding)] {
        let value = HeaderValue::from_static(value);
        request.headers_mut().insert(name, value);
    }
    let edge = Edge::new(Config {
        open: true,
        ingest: IngestConfig {
            max_body_bytes: 1 << 16,
            max_bundle_bytes: 1 << 16,
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
    assert!(response.is_some_and(|response| response.status() != 500));
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
});

// The seeds of the cases know these lists: crates/throughline-testkit/examples/fuzz_seeds.rs.
const PATHS: [&str; 8] = [
    "/v1/traces",
    "/v1/logs",
    "/v1/metrics",
    "/v1/bundle",
    "/v1/facts",
    "/api/1/envelope/",
    "/api/1/store/",
    "/v1/reports",
];
const TYPES: [&str; 4] = [
    "application/x-protobuf",
    "application/json",
    "text/plain",
    "application/reports+json",
];
const CODINGS: [&str; 5] = ["identity", "gzip", "deflate", "zstd", "br"];
