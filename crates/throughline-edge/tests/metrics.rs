//! Tests of the metrics that the edge makes of spans and web vitals.
#![expect(clippy::expect_used, reason = "a test fails by a panic")]

mod support;

use serde_json::{Value, json};
use std::time::Duration;
use support::{BATCH, request, text};
use throughline_edge::config::{
    BackendCompression, BackendConfig, BackendEncoding, BackendTemporality,
};
use throughline_edge::host::Clock;
use throughline_edge::{Config, Edge};
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::{SimBody, SimHost};

#[test]
fn requests_are_measured_with_what_they_stand_for() {
    let metrics = Measured::new(BackendTemporality::Delta);
    // One kept of four, which took 0.3 s, and one that failed.
    metrics.send_spans(&[
        span(
            2,
            300,
            &[
                ("http.route", json!({ "stringValue": "/api/{id}" })),
                status(200),
            ],
            "ot=th:c",
        ),
        span(
            2,
            20,
            &[
                ("url.path", json!({ "stringValue": "/secret/5" })),
                status(503),
            ],
            "",
        ),
        span(3, 20, &[status(200)], ""),
    ]);
    // Of no known kind.
    metrics.send("/v1/traces", BATCH);
    let points = metrics.exported("throughline.request.duration");
    assert_eq!(points.len(), 2, "{points:?}");
    let (failed, kept) = (&points[0], &points[1]);
    assert_eq!(kept["count"], "4");
    assert_eq!(kept["sum"], 1.2);
    assert_eq!(
        kept["exemplars"][0]["traceId"],
        "5b8efff798038103d269b633813fc60c"
    );
    assert_eq!(kept["exemplars"][0]["asDouble"], 0.3);
    assert_eq!(
        labels(kept),
        "http.request.method=GET http.route=/api/{id} throughline.request.side=server throughline.request.status_class=2xx"
    );
    assert_eq!(failed["count"], "1");
    assert_eq!(
        labels(failed),
        "error.type=5xx http.request.method=GET throughline.request.side=server throughline.request.status_class=5xx"
    );
    assert_eq!(
        metrics.exported("throughline.request.duration").len(),
        0,
        "nothing is new"
    );
}

#[test]
fn the_requests_and_vitals_of_a_page_are_measured_by_device() {
    let mut metrics = Measured::new(BackendTemporality::Delta);
    metrics.is_page = true;
    metrics.send_spans(&[span(3, 20, &[status(204)], "")]);
    let points = metrics.exported("throughline.request.duration");
    assert!(
        labels(&points[0]).starts_with("device.class=mobile "),
        "{points:?}"
    );
    metrics.send_vital("lcp", 2_500.0, "good");
    metrics.send_vital("lcp", 2_501.0, "needs-improvement");
    let points = metrics.exported("throughline.web_vital.lcp");
    assert_eq!(points.len(), 2, "{points:?}");
    assert_eq!(
        labels(&points[0]),
        "browser.web_vital.rating=good device.class=mobile"
    );
    assert_eq!(points[0]["bucketCounts"][8], "1", "good ends at a bound");
    assert_eq!(points[1]["bucketCounts"][9], "1");
}

#[test]
fn cumulative_counts_grow_from_a_start_that_stays() {
    let metrics = Measured::new(BackendTemporality::Cumulative);
    let mut seen = Vec::new();
    for _ in 0..3 {
        metrics.send_spans(&[span(2, 20, &[status(200)], "")]);
        let points = metrics.exported("throughline.request.duration");
        seen.push((
            points[0]["count"].clone(),
            points[0]["startTimeUnixNano"].clone(),
        ));
    }
    let start = &seen[0].1;
    assert_eq!(
        seen,
        [("1", start), ("2", start), ("3", start)]
            .map(|(count, start)| (json!(count), start.clone()))
    );
}

/// An edge, and a backend that reads JSON.
struct Measured {
    host: SimHost,
    edge: Edge,
    backend: Recorder,
    is_page: bool,
}

impl Measured {
    fn new(temporality: BackendTemporality) -> Self {
        let host = SimHost::new(9);
        let backend = Recorder::default();
        host.serve("backend.test", &backend);
        let edge = Edge::new(Config {
            open: true,
            backend: BackendConfig {
                url: Some("http://backend.test".into()),
                encoding: BackendEncoding::Json,
                compression: BackendCompression::None,
                temporality,
                ..BackendConfig::default()
            },
            ..Config::default()
        });
        Self {
            host,
            edge: edge.expect("a usable configuration"),
            backend,
            is_page: false,
        }
    }

    fn resource(&self) -> Value {
        let attribute = |key: &str, value: Value| json!({ "key": key, "value": value });
        let language = if self.is_page { "webjs" } else { "go" };
        let mut attributes = vec![
            attribute("service.name", json!({ "stringValue": "shop" })),
            attribute("telemetry.sdk.language", json!({ "stringValue": language })),
        ];
        if self.is_page {
            attributes.push(attribute("browser.mobile", json!({ "boolValue": true })));
        }
        json!({ "attributes": attributes })
    }

    fn send_spans(&self, spans: &[Value]) {
        let resource = self.resource();
        let scopes = json!([{ "spans": spans }]);
        let body = json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": scopes }] });
        self.send("/v1/traces", &body.to_string());
    }

    fn send_vital(&self, name: &str, value: f64, rating: &str) {
        let record = json!({
            "timeUnixNano": "1794657600000000000",
            "eventName": "browser.web_vital",
            "attributes": [
                { "key": "browser.web_vital.name", "value": { "stringValue": name } },
                { "key": "browser.web_vital.value", "value": { "doubleValue": value } },
                { "key": "browser.web_vital.rating", "value": { "stringValue": rating } },
            ],
        });
        let resource = self.resource();
        let scopes = json!([{ "logRecords": [record] }]);
        let body = json!({ "resourceLogs": [{ "resource": resource, "scopeLogs": scopes }] });
        self.send("/v1/logs", &body.to_string());
    }

    fn send(&self, path: &str, body: &str) {
        let mut request = request(SimBody::whole(body.to_owned().into()));
        *request.uri_mut() = path.parse().expect("a path");
        let response = self
            .host
            .executor()
            .run(self.edge.handle(&self.host, request));
        let response = response.expect("a response");
        assert_eq!(response.status(), 200, "{}", text(&response));
    }

    /// The data points of a metric that leave within the next minute.
    fn exported(&self, name: &str) -> Vec<Value> {
        self.host
            .executor()
            .run(self.host.sleep(Duration::from_secs(60)));
        let flush = self.edge.flush_outcomes(&self.host);
        self.host.executor().run(flush).expect("an end");
        let received = self.backend.take();
        let metrics = received
            .iter()
            .filter(|request| request.path.ends_with("metrics"));
        let requests =
            metrics.map(|request| serde_json::from_slice::<Value>(&request.body).expect("JSON"));
        let groups = requests.flat_map(|request| list(&request["resourceMetrics"]));
        let scopes = groups.flat_map(|group| list(&group["scopeMetrics"]));
        let all = scopes.flat_map(|scope| list(&scope["metrics"]));
        all.filter(|metric| metric["name"] == name)
            .flat_map(|metric| list(&metric["histogram"]["dataPoints"]))
            .collect()
    }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// A span of this kind that took `ms` milliseconds.
fn span(kind: u8, ms: u64, attributes: &[(&str, Value)], tracestate: &str) -> Value {
    let start = 1_794_657_600_000_000_000u64;
    let method = ("http.request.method", json!({ "stringValue": "GET" }));
    let attributes = core::iter::once(&method)
        .chain(attributes)
        .map(|(key, value)| json!({ "key": key, "value": value }));
    json!({
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "traceState": tracestate,
        "kind": kind,
        "startTimeUnixNano": start.to_string(),
        "endTimeUnixNano": (start + ms * 1_000_000).to_string(),
        "attributes": attributes.collect::<Vec<_>>(),
    })
}

fn status(code: u16) -> (&'static str, Value) {
    (
        "http.response.status_code",
        json!({ "intValue": code.to_string() }),
    )
}

fn labels(point: &Value) -> String {
    let attributes = list(&point["attributes"]);
    let texts = attributes.iter().map(|attribute| {
        let value = &attribute["value"]["stringValue"];
        format!(
            "{}={}",
            attribute["key"].as_str().expect("a key"),
            value.as_str().expect("text")
        )
    });
    texts.collect::<Vec<_>>().join(" ")
}
