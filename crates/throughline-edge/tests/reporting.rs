//! Tests of reports of browsers: each is exported or rejected, whatever it holds, at the time of
//! its event.

use http::header::HeaderValue;
use http::{Method, Request, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};
use throughline_edge::config::{BackendCompression, BackendConfig};
use throughline_edge::host::Clock;
use throughline_edge::outcome::{Outcome, RejectReason};
use throughline_edge::{Config, Edge};
use throughline_otlp::{Signal, json as otlp_json, schema};
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::{SimBody, SimHost};

#[test]
fn a_record_has_the_time_of_its_event() {
    let (host, backend) = host();
    let now = host.now_unix_nano();
    let aged = |age: Value| json!({"type": "crash", "age": age});
    let ages = [
        json!(1500),
        json!(2.5),
        json!(-7),
        json!("x"),
        json!(u64::MAX),
    ];
    let reports = ages.into_iter().map(aged).collect();
    send(&edge(), &host, &Value::Array(reports).to_string());
    let times: Vec<u64> = records(&backend)
        .iter()
        .map(|record| {
            assert_eq!(record["observedTimeUnixNano"], now.to_string());
            let time = record["timeUnixNano"].as_str().expect("a time");
            now - time.parse::<u64>().expect("a number")
        })
        .collect();
    assert_eq!(times, [1_500_000_000, 2_000_000, 0, 0, 0]);
}

#[test]
fn what_joins_a_crash_is_long_or_odd_and_the_report_still_arrives() {
    let (host, backend) = host();
    let edge = edge();
    let texts = [
        json!({"session.id": "", "traceparent": ""}),
        json!({"session.id": null, "traceparent": ["00"]}),
        json!({"session.id": "x".repeat(40_000), "traceparent": "x".repeat(10_000)}),
        json!("no map"),
    ];
    let crash = |texts| json!({"type": "crash", "body": {"crash_report_api": texts}});
    let reports: Vec<Value> = texts.into_iter().map(crash).collect();
    send(&edge, &host, &Value::Array(reports).to_string());
    assert_eq!(ended(&edge), (4, 0));
    for record in records(&backend) {
        assert_eq!(record["eventName"], "browser.crash");
        assert_eq!(record["traceId"], Value::Null);
    }
}

#[test]
fn a_flood_of_reports_in_one_request_is_rejected_beyond_its_limit() {
    let (host, _) = host();
    let edge = edge();
    let reports = vec![json!({"type": "deprecation"}); 1_003];
    send(&edge, &host, &Value::Array(reports).to_string());
    assert_eq!(ended(&edge), (1_000, 3));
}

#[test]
fn a_report_that_is_too_large_is_rejected_alone() {
    let (host, _) = host();
    let edge = edge();
    let large = json!({"type": "crash", "body": {"stack": "x".repeat(64 << 10)}});
    let reports = json!([large, {"type": "crash"}]);
    send(&edge, &host, &reports.to_string());
    assert_eq!(ended(&edge), (1, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn each_report_is_exported_or_rejected(reports in prop::collection::vec(report(), 0..6)) {
        let (host, backend) = host();
        let edge = edge();
        let valid = reports.iter().filter(|report| is_usable(report)).count();
        send(&edge, &host, &Value::Array(reports.clone()).to_string());
        prop_assert_eq!(ended(&edge), (valid as u64, (reports.len() - valid) as u64));
        let records = records(&backend);
        prop_assert_eq!(records.len(), valid);
        for (record, report) in records.iter().zip(reports.iter().filter(|one| is_usable(one))) {
            let name = record["eventName"].as_str().unwrap_or_default();
            prop_assert!(name.starts_with("browser."), "{}", name);
            let attributes = record["attributes"].to_string();
            prop_assert!(attributes.contains(report["type"].as_str().unwrap_or_default()));
            // Members without an attribute of their own are kept.
            if let Some(novel) = report["body"]["novel"].as_str() {
                prop_assert!(attributes.contains(&json!(novel).to_string()), "{}", attributes);
            }
        }
    }
}

/// Whether a report of these tests, whose types are texts or absent, can be used.
fn is_usable(report: &Value) -> bool {
    let body = &report["body"];
    report["type"].as_str().is_some_and(|name| !name.is_empty())
        && (body.is_object() || body.is_null())
}

fn report() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![
        Just(Value::Null),
        Just(json!("")),
        proptest::sample::select(TYPES).prop_map(Value::from),
    ];
    (kind, body(), value(), value(), value()).prop_map(|(kind, body, age, url, agent)| {
        json!({"type": kind, "body": body, "age": age, "url": url, "user_agent": agent})
    })
}

fn body() -> impl Strategy<Value = Value> {
    let member = (proptest::sample::select(MEMBERS), value());
    let members = prop::collection::vec(member, 0..8).prop_map(|members| {
        let members = members.into_iter();
        Value::Object(
            members
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    });
    prop_oneof![8 => members, 1 => value()]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-zé\\\\\"]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{0,3}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn edge() -> Edge {
    Edge::new(Config {
        open: true,
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            compression: BackendCompression::None,
            ..BackendConfig::default()
        },
        ..Config::default()
    })
    .expect("a usable configuration")
}

fn host() -> (SimHost, Recorder) {
    let (host, backend) = (SimHost::new(1), Recorder::default());
    host.serve("backend.test", &backend);
    (host, backend)
}

/// Sends reports, and runs all the work they cause to its end.
fn send(edge: &Edge, host: &SimHost, reports: &str) {
    let body = reports.as_bytes().to_vec();
    let mut request = Request::new(SimBody::in_chunks(body.into(), 1000));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = "/v1/reports".parse().expect("a path");
    let media_type = HeaderValue::from_static("application/reports+json");
    request.headers_mut().insert("content-type", media_type);
    let response = host.executor().run(edge.handle(host, request));
    assert_eq!(response.expect("a response").status(), StatusCode::OK);
    host.executor().run_until_idle();
}

/// How many records were exported, and how many rejected as invalid.
fn ended(edge: &Edge) -> (u64, u64) {
    let tally = edge.tally();
    let invalid = Outcome::Rejected(RejectReason::InvalidRecord);
    let count = |outcome| tally.count(Signal::Logs, outcome);
    let (exported, rejected) = (count(Outcome::Exported), count(invalid));
    let received = tally.received.get(&Signal::Logs).copied();
    assert_eq!(received.unwrap_or_default(), exported + rejected);
    (exported, rejected)
}

/// The log records that the backend received, as OTLP/JSON.
fn records(backend: &Recorder) -> Vec<Value> {
    let requests = backend.take().into_iter();
    requests
        .flat_map(|request| {
            let logs = schema::export_request(Signal::Logs);
            let text = otlp_json::from_protobuf(logs, &request.body).expect("OTLP");
            let logs: Value = serde_json::from_str(&text).expect("JSON");
            let list = &logs["resourceLogs"][0]["scopeLogs"][0]["logRecords"];
            list.as_array().cloned().unwrap_or_default()
        })
        .collect()
}

const TYPES: &[&str] = &[
    "csp-violation",
    "deprecation",
    "intervention",
    "crash",
    "network-error",
    "coep",
    "coop",
    "permissions-policy-violation",
    "csp-hash",
];
const MEMBERS: &[&str] = &[
    "novel",
    "documentURL",
    "sourceFile",
    "source-file",
    "lineNumber",
    "line-number",
    "columnNumber",
    "disposition",
    "blockedURL",
    "statusCode",
    "status_code",
    "id",
    "message",
    "reason",
    "is_top_level",
    "stack",
    "elapsed_time",
    "type",
    "policyId",
    "featureId",
    "crash_report_api",
];
