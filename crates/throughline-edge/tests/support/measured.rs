//! An edge that measures, and a backend that reads its metrics.

use super::json_backend::{backend, list, of_metric};
use super::{request, text};
use serde_json::{Value, json};
use std::time::Duration;
use throughline_edge::config::{BackendConfig, BackendTemporality};
use throughline_edge::host::Clock;
use throughline_edge::{Config, Edge};
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::{SimBody, SimHost};

/// An edge, and a backend that reads JSON.
pub(crate) struct Measured {
    pub(crate) host: SimHost,
    pub(crate) edge: Edge,
    pub(crate) backend: Recorder,
    pub(crate) is_page: bool,
    pub(crate) resource_attributes: Vec<(&'static str, Value)>,
}

impl Measured {
    pub(crate) fn new(temporality: BackendTemporality) -> Self {
        Self::with(backend("backend.test", temporality))
    }

    /// With a backend that is `backend.test`.
    pub(crate) fn with(backend: BackendConfig) -> Self {
        Self::of(Config {
            backend,
            ..Config::default()
        })
    }

    /// With a configuration whose backend is `backend.test`.
    pub(crate) fn of(config: Config) -> Self {
        let host = SimHost::new(9);
        let recorder = Recorder::default();
        host.serve("backend.test", &recorder);
        let edge = Edge::new(Config {
            open: true,
            ..config
        });
        Self {
            host,
            edge: edge.expect("a usable configuration"),
            backend: recorder,
            is_page: false,
            resource_attributes: Vec::new(),
        }
    }

    pub(crate) fn resource(&self) -> Value {
        let attribute = |key: &str, value: Value| json!({ "key": key, "value": value });
        let language = if self.is_page { "webjs" } else { "go" };
        let mut attributes = vec![
            attribute("service.name", json!({ "stringValue": "shop" })),
            attribute("telemetry.sdk.language", json!({ "stringValue": language })),
        ];
        if self.is_page {
            attributes.push(attribute("browser.mobile", json!({ "boolValue": true })));
        }
        let more = self.resource_attributes.iter();
        attributes.extend(more.map(|(key, value)| attribute(key, value.clone())));
        json!({ "attributes": attributes })
    }

    pub(crate) fn send_spans(&self, spans: &[Value]) {
        assert_eq!(self.response_to_spans(spans), 200);
    }

    pub(crate) fn send_vital(&self, name: &str, value: f64, rating: &str) {
        self.send_vital_with(name, value, rating, &[]);
    }

    pub(crate) fn send_vital_with(
        &self,
        name: &str,
        value: f64,
        rating: &str,
        more: &[(&str, Value)],
    ) {
        let mut record = vital(name, value, rating);
        if let Some(attributes) = record["attributes"].as_array_mut() {
            let more = more.iter();
            attributes.extend(more.map(|(key, value)| json!({ "key": key, "value": value })));
        }
        self.send_log_record(&record);
    }

    /// Sends a web vital of a span in this trace.
    pub(crate) fn send_vital_of(&self, trace_id: &str) {
        let mut record = vital("lcp", 2_000.0, "good");
        record["traceId"] = trace_id.into();
        record["spanId"] = "eee19b7ec3c1b174".into();
        self.send_log_record(&record);
    }

    fn send_log_record(&self, record: &Value) {
        let resource = self.resource();
        let scopes = json!([{ "logRecords": [record] }]);
        let body = json!({ "resourceLogs": [{ "resource": resource, "scopeLogs": scopes }] });
        self.send("/v1/logs", &body.to_string());
    }

    pub(crate) fn send(&self, path: &str, body: &str) {
        assert_eq!(self.response(path, body), 200);
    }

    pub(crate) fn response_to_spans(&self, spans: &[Value]) -> u16 {
        let resource = self.resource();
        let scopes = json!([{ "spans": spans }]);
        let body = json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": scopes }] });
        self.response("/v1/traces", &body.to_string())
    }

    pub(crate) fn response(&self, path: &str, body: &str) -> u16 {
        let mut request = request(SimBody::whole(body.to_owned().into()));
        *request.uri_mut() = path.parse().expect("a path");
        let response = self
            .host
            .executor()
            .run(self.edge.handle(&self.host, request));
        let response = response.expect("a response");
        let refusal = text(&response);
        assert!(response.status() != 400, "{refusal}");
        response.status().as_u16()
    }

    pub(crate) fn sleep(&self, seconds: u64) {
        let sleep = self.host.sleep(Duration::from_secs(seconds));
        self.host.executor().run(sleep).expect("an end");
    }

    pub(crate) fn flush(&self, edge: &Edge) {
        let flush = edge.flush_outcomes(&self.host);
        self.host.executor().run(flush).expect("an end");
    }

    /// The data points of a metric that leave within the next minute.
    pub(crate) fn exported(&self, name: &str) -> Vec<Value> {
        let exported = self.exported_by_kind(name).into_iter();
        exported
            .flat_map(|(_, data)| list(&data["dataPoints"]))
            .collect()
    }

    /// The data of a metric that leaves within the next minute, with the name of its kind.
    pub(crate) fn exported_by_kind(&self, name: &str) -> Vec<(String, Value)> {
        self.sleep(60);
        self.flush(&self.edge);
        of_metric(&self.backend.take(), name)
    }
}

/// The log record of a web vital.
fn vital(name: &str, value: f64, rating: &str) -> Value {
    json!({
        "timeUnixNano": "1794657600000000000",
        "eventName": "browser.web_vital",
        "attributes": [
            { "key": "browser.web_vital.name", "value": { "stringValue": name } },
            { "key": "browser.web_vital.value", "value": { "doubleValue": value } },
            { "key": "browser.web_vital.rating", "value": { "stringValue": rating } },
        ],
    })
}

/// A span of this kind that took `ms` milliseconds.
pub(crate) fn span(kind: u8, ms: u64, attributes: &[(&str, Value)], tracestate: &str) -> Value {
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

pub(crate) fn status(code: u16) -> (&'static str, Value) {
    (
        "http.response.status_code",
        json!({ "intValue": code.to_string() }),
    )
}
