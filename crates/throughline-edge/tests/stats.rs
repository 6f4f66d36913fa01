//! Tests of the counts that an operator reads at `/stats`.
#![expect(clippy::expect_used, reason = "a test fails by a panic")]

mod support;

use http::{Request, StatusCode};
use serde_json::json;
use support::{BATCH, request, text};
use throughline_edge::config::{BackendConfig, OutcomesConfig};
use throughline_edge::{Config, Edge, Machine};
use throughline_testkit::recorder::{Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost};

#[test]
fn the_counts_are_of_all_cores_and_backends() {
    let host = SimHost::new(3);
    for (name, replies) in [("tempo", vec![]), ("archive", vec![Reply::status(400)])] {
        let backend = Recorder::default();
        backend.will_reply(replies);
        host.serve(&format!("{name}.test"), &backend);
    }
    let config = config(Some("s3cret"));
    let machine = Machine::new(&config);
    let core = || Edge::on(machine.clone(), config.clone()).expect("a usable configuration");
    let cores = [core(), core()];
    for core in &cores {
        let sent = core.handle(&host, request(SimBody::whole(BATCH.into())));
        host.executor().run(sent).expect("a response");
        host.executor().run_until_idle();
    }
    let (code, body) = stats(&host, &cores[1], Some("Bearer s3cret"));
    assert_eq!(code, StatusCode::OK);
    let counts: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let expected = json!({
        "received": { "traces": 2 },
        "taken_up": {},
        "copied": { "traces": 2 },
        "queued": { "traces": 0 },
        "ended": [
            { "signal": "traces", "backend": "archive", "outcome": "exported", "records": 1 },
            { "signal": "traces", "backend": "archive", "outcome": "rejected", "reason": "backend_refused", "records": 1 },
            { "signal": "traces", "backend": "tempo", "outcome": "exported", "records": 2 },
        ],
        "backends": [
            { "backend": "tempo", "records": 0, "bytes": 0 },
            { "backend": "archive", "records": 0, "bytes": 0 },
        ],
    });
    assert_eq!(counts, expected);
}

#[test]
fn the_counts_are_for_whoever_has_the_secret() {
    let host = SimHost::new(3);
    let edge = |key| Edge::new(config(key)).expect("a usable configuration");
    let guarded = edge(Some("s3cret"));
    for (sent, message) in [
        (None, "the key for the counts is missing"),
        (Some("s3cret"), "the key for the counts is missing"),
        (Some("Bearer s3cre"), "the key for the counts is not it"),
        (Some("Bearer s3creT"), "the key for the counts is not it"),
    ] {
        let (code, body) = stats(&host, &guarded, sent);
        assert_eq!(code, StatusCode::UNAUTHORIZED);
        assert!(body.starts_with(message), "{body}");
    }
    let (code, _) = stats(&host, &edge(None), Some("Bearer "));
    assert_eq!(code, StatusCode::NOT_FOUND);
}

fn stats(host: &SimHost, edge: &Edge, authorization: Option<&str>) -> (StatusCode, String) {
    let mut request = Request::new(SimBody::default());
    *request.uri_mut() = "/stats".parse().expect("a path");
    if let Some(value) = authorization {
        let value = value.parse().expect("a header value");
        request.headers_mut().insert("authorization", value);
    }
    let response = host.executor().run(edge.handle(host, request));
    let response = response.expect("a response");
    (response.status(), text(&response))
}

fn config(key: Option<&str>) -> Config {
    let backend = |name: &str| BackendConfig {
        name: name.into(),
        url: Some(format!("http://{name}.test")),
        join_ms: 0,
        ..BackendConfig::default()
    };
    Config {
        open: true,
        backends: vec![backend("tempo"), backend("archive")],
        outcomes: OutcomesConfig {
            stats_key: key.map(Into::into),
            ..OutcomesConfig::default()
        },
        ..Config::default()
    }
}
