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

use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderValue, Method, Request, StatusCode};
use std::io::Write;
use std::time::{Duration, Instant};
use throughline_edge::config::BackendConfig;
use throughline_edge::{Config, Edge};
use throughline_otlp::attribute;
use throughline_otlp::field::{export_request, resource, resource_group, scope_group, span};
use throughline_otlp::protobuf::Writer;
use throughline_testkit::recorder::{Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost};

fn main() {
    let plain = request();
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
        let mut request = Request::new(SimBody::whole(body.to_vec().into()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = "/v1/traces".parse().expect("a path");
        let protobuf = HeaderValue::from_static("application/x-protobuf");
        request.headers_mut().insert("content-type", protobuf);
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

/// Spans of 466 bytes.
fn request() -> Vec<u8> {
    let mut writer = Writer::new();
    let group = writer.open(export_request::RESOURCE);
    let open = writer.open(resource_group::RESOURCE);
    attribute::string(&mut writer, resource::ATTRIBUTES, "service.name", "shop");
    writer.close(open);
    let scope = writer.open(resource_group::SCOPE);
    for at in 0..SPANS {
        let number = at as u64;
        let random = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let open = writer.open(scope_group::RECORD);
        let id = [number.to_be_bytes(), random.to_be_bytes()].concat();
        writer.bytes(span::TRACE_ID, &id);
        writer.bytes(span::SPAN_ID, &(number + 1).to_be_bytes());
        writer.string(span::NAME, "GET /api/basket");
        writer.fixed64(span::START_TIME_UNIX_NANO, 1_800_000_000_000_000_000);
        writer.fixed64(span::END_TIME_UNIX_NANO, 1_800_000_000_005_000_000);
        let mut key = 0;
        while writer.as_bytes().len() < (at + 1) * 466 {
            let (name, value) = (format!("app.attribute.{key}"), format!("value {random}"));
            attribute::string(&mut writer, span::ATTRIBUTES, &name, &value);
            key += 1;
        }
        writer.close(open);
    }
    writer.close(scope);
    writer.close(group);
    writer.into_bytes()
}

const SPANS: usize = 500;
const ROUNDS: usize = 200;
