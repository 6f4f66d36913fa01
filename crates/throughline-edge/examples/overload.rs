//! Measures what a span costs that is refused because too much waits for export, beside one
//! that is taken: ns per span, gzip and protobuf.
//!
//! `cargo run --release -p throughline-edge --example overload`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a program that measures and prints"
)]

mod load;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderValue, StatusCode};
use load::{posted, spans};
use std::io::Write;
use std::time::{Duration, Instant};
use throughline_edge::config::BackendConfig;
use throughline_edge::{Config, Edge};
use throughline_testkit::recorder::{Recorder, Reply};
use throughline_testkit::sim::SimHost;

fn main() {
    let plain = spans(0, SPANS, 466);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&plain).expect("in memory");
    let gzip = encoder.finish().expect("in memory");
    for (name, body, encoding) in [("protobuf", &plain, None), ("gzip", &gzip, Some("gzip"))] {
        let taken = fastest(body, encoding, StatusCode::OK);
        let refused = fastest(body, encoding, StatusCode::SERVICE_UNAVAILABLE);
        println!("{name:>8}: {taken:>6.0} ns per span taken, {refused:>5.0} refused");
    }
}

/// The least ns per span of requests that get this response. One that is taken waits for export.
fn fastest(body: &[u8], encoding: Option<&'static str>, wanted: StatusCode) -> f64 {
    let is_taken = wanted == StatusCode::OK;
    let host = SimHost::new(1);
    let backend = Recorder::default();
    backend.will_reply((0..ROUNDS).map(|_| Reply {
        hang: true,
        ..Reply::default()
    }));
    host.serve("backend.test", &backend);
    let edge = Edge::new(Config {
        open: true,
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            // Beyond the first batch.
            max_in_flight_bytes: if is_taken { usize::MAX } else { 1 },
            ..BackendConfig::default()
        },
        ..Config::default()
    });
    let edge = edge.expect("a usable configuration");
    let mut fastest = Duration::MAX;
    for round in 0..ROUNDS {
        let mut request = posted("/v1/traces", body);
        if let Some(encoding) = encoding {
            let encoding = HeaderValue::from_static(encoding);
            request.headers_mut().insert("content-encoding", encoding);
        }
        let begun = Instant::now();
        let response = host.executor().run(edge.handle(&host, request));
        let lasted = begun.elapsed();
        // One batch may always wait.
        if round > 0 || is_taken {
            assert_eq!(response.expect("a response").status(), wanted);
            fastest = fastest.min(lasted);
        }
    }
    fastest.as_nanos() as f64 / SPANS as f64
}

const SPANS: usize = 500;
const ROUNDS: usize = 200;
