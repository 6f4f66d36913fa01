//! Fuzz target: arbitrary responses of a backend to a call of gRPC: the first byte is the status of HTTP, the
//! second where the status of gRPC is and how the message is compressed; then its code, its message and its
//! details, each up to a zero byte, and the body. Each record ends in exactly one outcome.
#![no_main]

use http::{HeaderValue, Method, Request};
use libfuzzer_sys::fuzz_target;
use std::num::NonZeroUsize;
use throughline_edge::config::{BackendConfig, BackendProtocol};
use throughline_edge::{Config, Edge, Machine};
use throughline_otlp::json::base64;
use throughline_testkit::recorder::{Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost};

const BATCH: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"},{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b175"}]}]}]}"#;
const STATUSES: [u16; 8] = [200, 200, 204, 302, 404, 413, 429, 503];
const TYPES: [&str; 4] = [
    "application/grpc",
    "application/grpc+proto",
    "application/x-protobuf",
    "text/html",
];
const ENCODINGS: [&str; 4] = ["identity", "gzip", "zstd", "snappy"];

fuzz_target!(|sent: &[u8]| {
    let [status, form, rest @ ..] = sent else {
        return;
    };
    let mut parts = rest.splitn(4, |byte| *byte == 0);
    let mut next = || parts.next().unwrap_or_default();
    let (code, message, details, body) = (next(), next(), next(), next());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let of_grpc = vec![
        ("grpc-status".into(), text(code)),
        ("grpc-message".into(), text(message)),
        ("grpc-status-details-bin".into(), base64::encode(details)),
    ];
    let mut headers = vec![
        ("content-type".into(), TYPES[usize::from(form & 3)].into()),
        (
            "grpc-encoding".into(),
            ENCODINGS[usize::from(form >> 2 & 3)].into(),
        ),
    ];
    let mut trailers = Vec::new();
    match form & 16 {
        0 => trailers = of_grpc,
        _ => headers.extend(of_grpc),
    }
    let reply = Reply {
        status: Some(STATUSES[usize::from(*status) % STATUSES.len()]),
        headers,
        trailers,
        bytes: Some(body.to_vec().into()),
        breaks_off: form & 32 != 0,
        ..Reply::default()
    };
    let config = Config {
        open: true,
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            protocol: BackendProtocol::Grpc,
            ..BackendConfig::default()
        },
        ..Config::default()
    };
    let machine = Machine::of::<SimHost>(&config, NonZeroUsize::MIN);
    let edge = Edge::on(machine, config).expect("a usable configuration");
    let host = SimHost::new(1);
    let backend = Recorder::default();
    backend.will_reply([reply.clone(), reply]);
    host.serve("backend.test", &backend);
    let mut request = Request::new(SimBody::whole(BATCH.into()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = "/v1/traces".parse().expect("a path");
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert("content-type", json);
    let response = host.executor().run(edge.handle(&host, request));
    assert!(response.is_some_and(|response| response.status() == 200));
    host.executor().run_until_idle();
    assert!(backend.count() > 0);
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
