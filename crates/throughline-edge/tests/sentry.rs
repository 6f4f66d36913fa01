//! Tests that items of Sentry SDKs without telemetry are counted, and that an event which arrives
//! twice is counted once.

use http::{Method, Request, Response};
use throughline_edge::config::{BackendConfig, BackendKind, LimitsConfig, ProjectConfig};
use throughline_edge::host::Outgoing;
use throughline_edge::outcome::{DiscardReason, Outcome, RejectReason};
use throughline_edge::{Config, Edge};
use throughline_otlp::Signal;
use throughline_testkit::sim::{SimBody, SimHost};

#[test]
fn what_is_no_telemetry_is_counted_by_reason() {
    let edge = Edge::new(config()).expect("a usable configuration");
    let report = r#"{"discarded_events":[
        {"reason":"ratelimit_backoff","category":"error","quantity":3},
        {"reason":"sample_rate","category":"transaction","quantity":7},
        {"reason":"sample_rate","category":"span","quantity":2},
        {"reason":"of tomorrow","category":"span","quantity":1},
        {"reason":"before_send","category":"span","quantity":-1}]}"#;
    let items = [
        ("replay_recording", "x"),
        ("check_in", "{}"),
        ("client_report", &report.replace('\n', "")),
        ("event", "not JSON"),
        ("log", r#"{"items":[{"body":"a"},{},7]}"#),
        (
            "trace_metric",
            r#"{"items":[{"name":"a","type":"counter","value":1}]}"#,
        ),
        ("transaction", r#"{"spans":[{}]}"#),
    ];
    let mut envelope = String::from("{}");
    for (item_type, payload) in items {
        envelope += &format!("\n{{\"type\":\"{item_type}\"}}\n{payload}");
    }
    assert_eq!(send(&edge, &envelope).status(), 200);
    let tally = edge.tally();
    let without_signal = |outcome| {
        let ended = tally
            .ended
            .iter()
            .find(|(ended, _)| ended.signal.is_none() && ended.outcome == outcome);
        ended.map_or(0, |(_, count)| *count)
    };
    assert_eq!(
        without_signal(Outcome::Rejected(RejectReason::UnsupportedItem)),
        2
    );
    assert_eq!(
        without_signal(Outcome::Rejected(RejectReason::InvalidRecord)),
        1 + 2
    );
    for (reason, count) in [
        (DiscardReason::RatelimitBackoff, 3),
        (DiscardReason::SampleRate, 9),
        (DiscardReason::Other, 1),
        (DiscardReason::BeforeSend, 0),
    ] {
        assert_eq!(
            without_signal(Outcome::DiscardedBySdk(reason)),
            count,
            "{reason:?}"
        );
    }
    assert_eq!(tally.count(Signal::Logs, Outcome::Exported), 1);
    assert_eq!(tally.count(Signal::Metrics, Outcome::Exported), 1);
    // A span without a trace id is of no use, and is counted as any other.
    let invalid = Outcome::Rejected(RejectReason::InvalidRecord);
    assert_eq!(tally.count(Signal::Traces, invalid), 2);
}

#[test]
fn an_event_that_arrives_twice_is_counted_once() {
    let edge = Edge::new(config()).expect("a usable configuration");
    let event = |item: &str| {
        format!(
            "{{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\"}}\n{{\"type\":\"{item}\"}}\n{{\"message\":\"a\",\"comments\":\"b\"}}\n"
        )
    };
    let logs = || edge.tally().count(Signal::Logs, Outcome::Exported);
    for _ in 0..2 {
        let response = send(&edge, &event("event"));
        assert_eq!(
            text(response),
            r#"{"id":"9ec79c33ec9942ab8353589fcb2e04dc"}"#
        );
        assert_eq!(logs(), 1);
    }
    // The id in front of a report is that of the event it is about.
    send(&edge, &event("user_report"));
    assert_eq!(logs(), 2);
}

#[test]
fn the_response_to_an_sdk_says_how_long_to_wait() {
    let config = config();
    let backend = BackendConfig {
        max_in_flight_bytes: 10,
        ..config.backend
    };
    let edge = Edge::new(Config { backend, ..config }).expect("a usable configuration");
    let host = SimHost::new(7);
    let event = "{}\n{\"type\":\"event\"}\n{\"message\":\"a\"}\n";
    // One batch may always wait for its export, which no idle moment has begun yet.
    assert_eq!(post(&edge, &host, event).status(), 200);
    let response = post(&edge, &host, event);
    assert_eq!(response.status(), 429);
    let headers = response.headers();
    assert_eq!(headers["retry-after"], "5");
    assert_eq!(
        headers["x-sentry-rate-limits"],
        "5::organization:overloaded"
    );
}

#[test]
fn the_response_to_an_sdk_names_what_its_project_may_not_send() {
    let records = LimitsConfig {
        log_records_per_second: Some(1),
        ..LimitsConfig::default()
    };
    let bytes = LimitsConfig {
        log_record_bytes_per_second: Some(35),
        ..LimitsConfig::default()
    };
    for limits in [records, bytes] {
        send_too_many_logs(limits);
    }
}

fn send_too_many_logs(limits: LimitsConfig) {
    let project = ProjectConfig {
        name: "shop".into(),
        keys: vec!["pk_shop".into()],
        secret_keys: Vec::new(),
        upload_keys: Vec::new(),
        allowed_origins: Vec::new(),
        limits,
    };
    let edge = Edge::new(Config {
        projects: vec![project],
        ..config()
    });
    let edge = edge.expect("a usable configuration");
    let host = SimHost::new(7);
    let dsn = "{\"dsn\":\"https://pk_shop@edge.test/1\"}";
    let logs = format!(
        "{dsn}\n{{\"type\":\"log\"}}\n{{\"items\":[{{\"body\":\"a\"}},{{\"body\":\"b\"}}]}}"
    );
    assert_eq!(post(&edge, &host, &logs).status(), 200);
    let response = post(&edge, &host, &logs);
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "2");
    assert_eq!(
        response.headers()["x-sentry-rate-limits"],
        "2:default;error;feedback;log_item;session:project:quota"
    );
    // Of metrics it may send as many as before.
    let metric = "{\"items\":[{\"name\":\"a\",\"type\":\"counter\",\"value\":1}]}";
    let metrics = format!("{dsn}\n{{\"type\":\"trace_metric\"}}\n{metric}");
    assert_eq!(post(&edge, &host, &metrics).status(), 200);
}

fn config() -> Config {
    Config {
        open: true,
        backend: BackendConfig {
            kind: BackendKind::Null,
            ..BackendConfig::default()
        },
        ..Config::default()
    }
}

fn send(edge: &Edge, envelope: &str) -> Response<Outgoing<SimBody>> {
    let host = SimHost::new(7);
    let response = post(edge, &host, envelope);
    host.executor().run_until_idle();
    response
}

fn post(edge: &Edge, host: &SimHost, envelope: &str) -> Response<Outgoing<SimBody>> {
    let body = SimBody::in_chunks(envelope.as_bytes().to_vec().into(), 100);
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = "/api/1/envelope/".parse().expect("a path");
    let response = host.executor().run(edge.handle(host, request));
    response.expect("the edge responds")
}

fn text(response: Response<Outgoing<SimBody>>) -> String {
    match response.into_body() {
        Outgoing::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Outgoing::Incoming(_) | Outgoing::Rewritten(_) => String::new(),
    }
}
