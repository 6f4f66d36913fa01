//! Fuzz target: arbitrary responses of a backend: the first byte is the status, the second the media
//! type, and `Retry-After` ends with a zero byte. Each record ends in exactly one outcome.
#![no_main]

use http::{HeaderValue, Method, Request};
use libfuzzer_sys::fuzz_target;
use throughline_edge::config::{BackendConfig, BackendEncoding};
use throughline_edge::{Config, Edge};
use throughline_testkit::recorder::{Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost};

const BATCH: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"},{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b175"}]}]}]}"#;
const STATUSES: [u16; 8] = [200, 202, 206, 301, 400, 413, 429, 503];
const TYPES: [&str; 4] = [
    "application/x-protobuf",
    "application/json",
    "application/JSON; charset=utf-8",
    "text/html",
];

fuzz_target!(|sent: &[u8]| {
    let [status, media_type, rest @ ..] = sent else {
        return;
    };
    let mut parts = rest.splitn(2, |byte| *byte == 0);
    let retry_after = String::from_utf8_lossy(parts.next().unwrap_or_default());
    let body = parts.next().unwrap_or_default();
    let encoding = match media_type & 4 {
        0 => BackendEncoding::Protobuf,
        _ => BackendEncoding::Json,
    };
    let reply = Reply {
        status: Some(STATUSES[usize::from(*status) % STATUSES.len()]),
        headers: vec![
            ("retry-after".into(), retry_after.into_owned()),
            (
                "content-type".into(),
                TYPES[usize::from(*media_type) % TYPES.len()].into(),
            ),
        ],
        bytes: Some(body.to_vec().into()),
        ..Reply::default()
    };
    let edge = Edge::new(Config {
        open: true,
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            encoding,
            ..BackendConfig::default()
        },
        ..Config::default()
    })
    .expect("a usable configuration");
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
