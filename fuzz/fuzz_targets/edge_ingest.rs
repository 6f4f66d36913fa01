//! Fuzz target: arbitrary bytes to every protocol of the edge, in every compression. Each request
//! gets a response, and each record ends in exactly one outcome.
#![no_main]

use http::{HeaderValue, Method, Request};
use libfuzzer_sys::fuzz_target;
use throughline_edge::config::{BackendConfig, BackendKind, IngestConfig};
use throughline_edge::{Config, Edge};
use throughline_testkit::sim::{SimBody, SimHost};

fuzz_target!(|sent: (u8, &[u8])| {
    let (choice, body) = sent;
    let paths = [
        "/v1/traces",
        "/v1/logs",
        "/v1/metrics",
        "/v1/bundle",
        "/v1/facts",
        "/api/1/envelope/",
        "/api/1/store/",
    ];
    let types = ["application/x-protobuf", "application/json"];
    let codings = ["identity", "gzip", "deflate", "zstd"];
    let choice = usize::from(choice);
    let mut request = Request::new(SimBody::in_chunks(body.to_vec().into(), 1 + choice % 7));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = paths[choice % 7].parse().expect("a path");
    for (name, value) in [
        ("content-type", types[choice / 7 % 2]),
        ("content-encoding", codings[choice / 14 % 4]),
    ] {
        request.headers_mut().insert(name, HeaderValue::from_static(value));
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
    let ended = tally.ended.iter().filter(|(ended, _)| ended.signal.is_some());
    assert_eq!(ended.map(|(_, count)| count).sum::<u64>(), tally.received.values().sum::<u64>());
});
