//! Fuzz target: any text as reports of a browser. It is refused whole, or each report ends in
//! exactly one outcome.
#![no_main]

use http::{HeaderValue, Method, Request, StatusCode};
use libfuzzer_sys::fuzz_target;
use throughline_edge::config::{BackendConfig, BackendKind};
use throughline_edge::{Config, Edge};
use throughline_testkit::sim::{SimBody, SimHost};

fuzz_target!(|text: &str| {
    // Without help a fuzzer finds the names that are read late.
    let text = text
        .replace("%t", "{\"type\":\"csp-violation\",\"body\":{")
        .replace("%r", "{\"type\":\"crash\",\"body\":{\"crash_report_api\":{\"traceparent\":")
        .replace("%c", "{\"csp-report\":{")
        .replace("%n", "\"lineNumber\":");
    let mut request = Request::new(SimBody::whole(text.into()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = "/v1/reports".parse().expect("a path");
    let media_type = HeaderValue::from_static("application/reports+json");
    request.headers_mut().insert("content-type", media_type);
    let edge = Edge::new(Config {
        open: true,
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
    assert!(status == StatusCode::OK || status == StatusCode::BAD_REQUEST, "{status}");
    host.executor().run_until_idle();
    let tally = edge.tally();
    let ended = tally.ended.iter().filter(|(ended, _)| ended.signal.is_some());
    assert_eq!(ended.map(|(_, count)| count).sum::<u64>(), tally.received.values().sum::<u64>());
});
