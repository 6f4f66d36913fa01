//! Source maps: uploads, look-ups, and what happens when a store, an index or an id is not as it
//! should be.

mod fingerprint;
mod limits;
mod look_up;
mod served;
mod upload;
mod whatever_fails;

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};
use throughline_edge::config::{BackendConfig, ProjectConfig, SourceMapsConfig};
use throughline_edge::host::Outgoing;
use throughline_edge::{Config, Edge};
use throughline_otlp::Signal;
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::{SimBody, SimHost, SimSourceMaps};
use throughline_testkit::source_map::{ADDRESS, DEBUG_ID, STACK};

use crate::support::json_backend::{backend, list};
use crate::support::text;
use throughline_edge::config::BackendTemporality::Delta;

/// An edge with the projects `shop` and `other`, a store, and a backend that reads JSON.
struct World {
    host: SimHost,
    store: SimSourceMaps,
    backend: Recorder,
    edge: Edge,
}

impl World {
    fn new() -> Self {
        Self::with(SourceMapsConfig::default(), backend("backend.test", Delta))
    }

    fn with(sourcemaps: SourceMapsConfig, to: BackendConfig) -> Self {
        let store = SimSourceMaps::default();
        let host = SimHost::new(7).with_source_maps(&store);
        let backend = Recorder::default();
        host.serve("backend.test", &backend);
        Self {
            edge: Edge::new(config(sourcemaps, to)).expect("a usable configuration"),
            host,
            store,
            backend,
        }
    }

    fn request(&self, request: Request<SimBody>) -> Response<Outgoing<SimBody>> {
        let (edge, host) = (self.edge.clone(), self.host.clone());
        let response = self
            .host
            .executor()
            .run(async move { edge.handle(&host, request).await });
        response.expect("it ends")
    }

    /// The response to an upload, with a key as `authorization: Bearer`.
    fn upload(&self, method: Method, id: &str, key: &str, body: Bytes) -> (u16, String) {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("https://edge.test/v1/sourcemaps/{id}"));
        if !key.is_empty() {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let request = request.body(SimBody::whole(body)).expect("a request");
        let response = self.request(request);
        let status = response.status().as_u16();
        (status, text(&response))
    }

    fn put(&self, body: Bytes) -> (u16, String) {
        self.upload(Method::PUT, DEBUG_ID, UPLOAD, body)
    }

    /// Sends an exception of a page of `shop`, and returns the record that the backend gets.
    fn send(&self, attributes: &Value) -> Value {
        self.send_with("pk_shop", attributes)
    }

    fn send_with(&self, key: &str, attributes: &Value) -> Value {
        assert_eq!(self.send_only(key, attributes), 200);
        self.host.executor().run_until_idle();
        let records = self.records();
        assert_eq!(records.len(), 1, "{records:?}");
        records.into_iter().next().expect("a record")
    }

    fn send_only(&self, key: &str, attributes: &Value) -> u16 {
        self.request(of_exceptions(key, core::slice::from_ref(attributes)))
            .status()
            .as_u16()
    }

    fn send_body(&self, body: &Value) -> u16 {
        self.request(of_json("pk_shop", body)).status().as_u16()
    }

    /// The log records that the backend has got, each as a map of its attributes.
    fn records(&self) -> Vec<Value> {
        let received = self.backend.take().into_iter();
        let logs = received.filter(|request| request.path.ends_with("logs"));
        let groups = logs.flat_map(|request| {
            let request: Value = serde_json::from_slice(&request.body).expect("JSON");
            list(&request["resourceLogs"])
        });
        let scopes = groups.flat_map(|group| list(&group["scopeLogs"]));
        let records = scopes.flat_map(|scope| list(&scope["logRecords"]));
        records
            .map(|record| plain_map(&record["attributes"]))
            .collect()
    }

    fn counted(&self) -> Vec<(&'static str, u64)> {
        let counts = self.edge.tally().symbolicated;
        counts
            .iter()
            .map(|(how, frames)| (how.as_str(), *frames))
            .collect()
    }
}

fn config(sourcemaps: SourceMapsConfig, backend: BackendConfig) -> Config {
    let project = |name: &str, upload: &str| ProjectConfig {
        name: name.into(),
        keys: vec![format!("pk_{name}").as_str().into()],
        secret_keys: vec![format!("sk_{name}_0123456789abcdef").as_str().into()],
        upload_keys: vec![upload.into()],
        ..ProjectConfig::default()
    };
    Config {
        projects: vec![project("shop", UPLOAD), project("other", OTHER_UPLOAD)],
        backend,
        sourcemaps,
        ..Config::default()
    }
}

/// A request of exceptions with these attributes.
fn of_exceptions(key: &str, attributes: &[Value]) -> Request<SimBody> {
    let records = attributes.iter();
    let records: Vec<Value> = records
        .map(|attributes| json!({ "eventName": "exception", "attributes": attributes }))
        .collect();
    let body = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": records }] }] });
    of_json(key, &body)
}

fn of_json(key: &str, body: &Value) -> Request<SimBody> {
    let request = Request::post(format!("https://edge.test/v1/logs?key={key}"))
        .header("content-type", "application/json");
    let body = SimBody::whole(body.to_string().into());
    request.body(body).expect("a request")
}

/// Attributes of an exception, with the images of its script.
fn exception(more: &[(&str, Value)]) -> Value {
    let mut attributes = vec![
        string("exception.type", "Error"),
        string("exception.message", "x"),
        string("exception.stacktrace", STACK),
        images(ADDRESS, DEBUG_ID),
    ];
    attributes.extend(
        more.iter()
            .map(|(key, value)| json!({ "key": key, "value": value })),
    );
    attributes.into()
}

fn string(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

/// The image of a script as an attribute.
fn images(address: &str, id: &str) -> Value {
    let image = json!({ "kvlistValue": { "values": [
        string("type", "sourcemap"), string("code_file", address), string("debug_id", id),
    ] } });
    json!({ "key": "throughline.exception.images", "value": { "arrayValue": { "values": [image] } } })
}

/// A list of attributes of OTLP as a plain map.
fn plain_map(attributes: &Value) -> Value {
    let entries = list(attributes).into_iter();
    let entries = entries.map(|entry| {
        let key = entry["key"].as_str().expect("a key").to_owned();
        (key, plain(&entry["value"]))
    });
    Value::Object(entries.collect())
}

fn plain(value: &Value) -> Value {
    let Some((kind, inner)) = value.as_object().and_then(|value| value.iter().next()) else {
        return Value::Null;
    };
    match kind.as_str() {
        "arrayValue" => list(&inner["values"]).iter().map(plain).collect(),
        "kvlistValue" => plain_map(&inner["values"]),
        "intValue" => inner
            .as_str()
            .and_then(|text| text.parse::<i64>().ok())
            .into(),
        _ => inner.clone(),
    }
}

fn frames(record: &Value) -> Vec<Value> {
    list(&record["throughline.exception.frames"])
}

/// Records of log that ended so.
fn ended(edge: &Edge, outcome: throughline_edge::outcome::Outcome) -> u64 {
    edge.tally().count(Signal::Logs, outcome)
}

const UPLOAD: &str = "uk_shop_0123456789abcdef";
const OTHER_UPLOAD: &str = "uk_other_0123456789abcdef";
