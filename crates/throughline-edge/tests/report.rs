//! The report of the outcomes and of the requests, as each backend gets it.

use crate::support::json_backend::{backend, list, of_metric};
use crate::support::{BATCH, request, text};
use http::{HeaderValue, Request};
use serde_json::{Value, json};
use std::time::Duration;
use throughline_edge::config::{
    BackendConfig, BackendTemporality, IngestConfig, MetricsConfig, OutcomesConfig, ProjectConfig,
};
use throughline_edge::host::Clock;
use throughline_edge::{Config, Edge, PartitionLag};
use throughline_testkit::recorder::{Received, Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost};

#[test]
fn each_backend_is_told_in_its_temporality() {
    let told = Reported::new();
    let mut seen = Vec::new();
    for _ in 0..3 {
        told.send(BATCH, &[("authorization", "Bearer pk_shop")]);
        told.flush();
        let delta = exported(&told.delta, "delta");
        let cumulative = exported(&told.cumulative, "delta");
        seen.push((delta, cumulative));
    }
    let [first, second, third] = &seen[..] else {
        panic!("three reports");
    };
    for (index, (delta, cumulative)) in seen.iter().enumerate() {
        assert_eq!(delta.count, 1, "{index}");
        assert_eq!(cumulative.count, index as u64 + 1);
        assert_eq!((delta.temporality, cumulative.temporality), (1, 2));
        assert!(delta.is_monotonic && cumulative.is_monotonic);
        assert_eq!(cumulative.start, first.1.start, "the start stays");
        assert!(cumulative.start > 0 && cumulative.start <= cumulative.end);
    }
    assert_eq!(first.0.start, first.1.start);
    for (before, after) in [(first, second), (second, third)] {
        assert_eq!(
            after.0.start, before.0.end,
            "a delta begins where the last one ended"
        );
    }
}

#[test]
fn what_one_backend_did_not_take_is_not_told_twice_to_another() {
    let told = Reported::new();
    told.send(BATCH, &[("authorization", "Bearer pk_shop")]);
    told.delta.will_reply([Reply::status(400)]);
    told.flush();
    told.other.take();
    told.delta.take();
    told.send(BATCH, &[("authorization", "Bearer pk_shop")]);
    told.flush();
    assert_eq!(exported(&told.delta, "delta").count, 2, "both are in one");
    assert_eq!(exported(&told.other, "other").count, 1);
}

#[test]
fn a_backend_that_hangs_delays_no_report_to_another() {
    let told = Reported::new();
    told.send(BATCH, &[("authorization", "Bearer pk_shop")]);
    told.delta.will_reply((0..9).map(|_| Reply {
        hang: true,
        ..Reply::default()
    }));
    let (edge, host) = (told.edge.clone(), told.host.clone());
    told.host
        .executor()
        .spawn(async move { edge.flush_outcomes(&host).await });
    told.sleep(1);
    assert_eq!(exported(&told.other, "other").count, 1);
}

#[test]
fn what_was_cut_for_a_backend_is_counted() {
    let told = Reported::new();
    let note = "a".repeat(100);
    let attributes =
        json!([{ "key": "note", "value": { "stringValue": note } }, { "key": "short" }]);
    let batch = BATCH.replace(r#""name""#, &format!(r#""attributes":{attributes},"name""#));
    told.send(&batch, &[("authorization", "Bearer pk_shop")]);
    told.flush();
    let expected = ["1 traces delta"];
    assert_eq!(
        counts(&told.delta.take(), "throughline.edge.truncations"),
        expected
    );
    assert_eq!(
        counts(&told.cumulative.take(), "throughline.edge.truncations"),
        expected
    );
    assert_eq!(
        told.stats()["truncated"],
        json!([{ "signal": "traces", "backend": "delta", "values": 1 }])
    );
}

#[test]
fn lags_are_told_though_nothing_else_has_changed() {
    let told = Reported::new();
    let lag = |partition, messages| PartitionLag {
        group: "shop".into(),
        topic: "otlp_spans".into(),
        partition,
        messages,
    };
    told.edge.set_lags(vec![lag(0, 5), lag(7, 0)]);
    for _ in 0..2 {
        told.flush();
        let expected = ["5 shop otlp_spans 0", "0 shop otlp_spans 7"];
        assert_eq!(lags(&told.delta), expected);
        assert_eq!(lags(&told.cumulative), expected);
    }
    // Another machine has them now.
    told.edge.set_lags(Vec::new());
    told.flush();
    assert!(lags(&told.delta).is_empty());
    assert!(lags(&told.cumulative).is_empty());
}

#[test]
fn requests_are_counted_by_response() {
    let told = Reported::new();
    let key = ("authorization", "Bearer pk_shop");
    told.send(BATCH, &[key]);
    told.send(BATCH, &[]);
    told.send(BATCH, &[("authorization", "Bearer pk_other")]);
    told.send("{", &[key]);
    told.send(&BATCH.repeat(9), &[key]);
    told.send(BATCH, &[key, ("content-type", "text/html")]);
    told.send(BATCH, &[key, ("origin", "https://evil.example")]);
    told.send_to("/v1/trace", BATCH, &[key]);
    told.flush();
    let expected = [
        "1 404 not_found",
        "1 /v1/traces 200",
        "1 /v1/traces 400 invalid",
        "1 /v1/traces 401 key_missing",
        "1 /v1/traces 401 key_unknown",
        "1 /v1/traces 403 origin",
        "1 /v1/traces 413 too_large",
        "1 /v1/traces 415 content_type",
    ];
    assert_eq!(requests(&told.delta), expected);
    assert_eq!(requests(&told.cumulative), expected);
    told.send("{", &[key]);
    told.flush();
    assert_eq!(requests(&told.delta), ["1 /v1/traces 400 invalid"]);
    let stats = told.stats();
    let requests_of = |wanted: &str| {
        let all = list(&stats["requests"]);
        let found = all.into_iter().find(|row| row["reason"] == wanted);
        found.expect("a row")
    };
    assert_eq!(
        requests_of("invalid"),
        json!({ "route": "/v1/traces", "status": 400, "reason": "invalid", "requests": 2 })
    );
    assert_eq!(
        requests_of("not_found"),
        json!({ "status": 404, "reason": "not_found", "requests": 1 })
    );
    assert_eq!(requests(&told.cumulative).len(), expected.len());
}

/// An edge with three backends that read JSON: two want deltas.
struct Reported {
    host: SimHost,
    edge: Edge,
    delta: Recorder,
    other: Recorder,
    cumulative: Recorder,
}

impl Reported {
    fn new() -> Self {
        let host = SimHost::new(5);
        let [delta, other, cumulative] = [(); 3].map(|()| Recorder::default());
        let mut backends = Vec::new();
        for (name, recorder) in [
            ("delta", &delta),
            ("other", &other),
            ("cumulative", &cumulative),
        ] {
            let authority = format!("{name}.test");
            host.serve(&authority, recorder);
            let temporality = match name {
                "cumulative" => BackendTemporality::Cumulative,
                _ => BackendTemporality::Delta,
            };
            backends.push(BackendConfig {
                name: name.into(),
                join_ms: 0,
                max_attribute_bytes: if name == "delta" { 64 } else { 0 },
                ..backend(&authority, temporality)
            });
        }
        let edge = Edge::new(Config {
            projects: vec![ProjectConfig {
                name: "shop".into(),
                keys: vec!["pk_shop".into()],
                allowed_origins: vec!["https://shop.example".into()],
                ..ProjectConfig::default()
            }],
            ingest: IngestConfig {
                max_body_bytes: 1_000,
                ..IngestConfig::default()
            },
            metrics: MetricsConfig {
                requests: false,
                ..MetricsConfig::default()
            },
            outcomes: OutcomesConfig {
                stats_key: Some("s3cret".into()),
                ..OutcomesConfig::default()
            },
            backends,
            ..Config::default()
        });
        Self {
            host,
            edge: edge.expect("a usable configuration"),
            delta,
            other,
            cumulative,
        }
    }

    fn send(&self, body: &str, headers: &[(&'static str, &'static str)]) {
        self.send_to("/v1/traces", body, headers);
    }

    fn send_to(&self, path: &str, body: &str, headers: &[(&'static str, &'static str)]) {
        let mut request = request(SimBody::whole(body.to_owned().into()));
        *request.uri_mut() = path.parse().expect("a path");
        for (name, value) in headers {
            let value = HeaderValue::from_static(value);
            request.headers_mut().insert(*name, value);
        }
        let sent = self.edge.handle(&self.host, request);
        self.host.executor().run(sent).expect("a response");
        self.sleep(1);
    }

    fn stats(&self) -> Value {
        let mut request = Request::new(SimBody::default());
        *request.uri_mut() = "/stats".parse().expect("a path");
        let key = HeaderValue::from_static("Bearer s3cret");
        request.headers_mut().insert("authorization", key);
        let response = self
            .host
            .executor()
            .run(self.edge.handle(&self.host, request));
        serde_json::from_str(&text(&response.expect("a response"))).expect("JSON")
    }

    fn sleep(&self, seconds: u64) {
        let sleep = self.host.sleep(Duration::from_secs(seconds));
        self.host.executor().run(sleep).expect("an end");
    }

    fn flush(&self) {
        let flush = self.edge.flush_outcomes(&self.host);
        self.host.executor().run(flush).expect("an end");
    }
}

/// The data point of the spans that a backend got, in the one report since the last.
#[derive(Debug)]
struct Point {
    count: u64,
    start: u64,
    end: u64,
    temporality: u64,
    is_monotonic: bool,
}

fn exported(recorder: &Recorder, backend: &str) -> Point {
    let sums = of_metric(&recorder.take(), "throughline.edge.records");
    assert_eq!(sums.len(), 1, "one report: {sums:?}");
    let (_, sum) = &sums[0];
    let number = |value: &Value| match value.as_str() {
        Some(text) => text.parse().expect("a number"),
        None => value.as_u64().unwrap_or_default(),
    };
    let points = list(&sum["dataPoints"]);
    let of_backend = |point: &&Value| {
        let has = |key: &str, text: &str| {
            let attributes = list(&point["attributes"]);
            attributes.contains(&json!({ "key": key, "value": { "stringValue": text } }))
        };
        has("throughline.backend", backend)
            && has("throughline.signal", "traces")
            && has("throughline.outcome", "exported")
    };
    let point = points.iter().find(of_backend).expect("a data point");
    Point {
        count: number(&point["asInt"]),
        start: number(&point["startTimeUnixNano"]),
        end: number(&point["timeUnixNano"]),
        temporality: number(&sum["aggregationTemporality"]),
        is_monotonic: sum["isMonotonic"] == true,
    }
}

/// The counts of requests in the last reports.
fn requests(recorder: &Recorder) -> Vec<String> {
    counts(&recorder.take(), "throughline.edge.requests")
}

/// The lags of topics in the last reports.
fn lags(recorder: &Recorder) -> Vec<String> {
    counts(&recorder.take(), "kafka.consumer_group.lag")
}

/// The numbers of a metric: the number, then the values of the attributes.
fn counts(received: &[Received], name: &str) -> Vec<String> {
    let sums = of_metric(received, name);
    let points = sums.iter().flat_map(|(_, sum)| list(&sum["dataPoints"]));
    let lines = points.map(|point| {
        let count = point["asInt"].as_str().expect("a count").to_owned();
        let values = list(&point["attributes"]).into_iter().map(|attribute| {
            let value = attribute["value"]
                .as_object()
                .and_then(|value| value.values().next());
            let value = value.and_then(Value::as_str);
            value.expect("a text or a number").to_owned()
        });
        core::iter::once(count)
            .chain(values)
            .collect::<Vec<_>>()
            .join(" ")
    });
    lines.collect()
}
