//! Tests of the store and the API together.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in a test a panic is a failure"
)]

mod alone;
mod api;
mod cli;
mod errors;
mod failures;
mod filters;
mod groups;
mod metrics;
mod odd;
mod overviews;
mod pages;
mod resolved;
mod search;
#[path = "../shop/mod.rs"]
mod shop;
mod siblings;
mod store;

use http::{Method, StatusCode, Uri};
use serde_json::{Value as Json, json};
use shop::Telemetry;
use throughline_otlp::{Signal, schema};
use throughline_viewer::{Store, ViewerResponse, respond};

const NOW: u64 = 1_760_000_000_000_000_000;

fn get(store: &Store, uri: &str) -> (StatusCode, Json) {
    let uri: Uri = uri.parse().unwrap();
    match respond(store, &Method::GET, &uri) {
        ViewerResponse::Whole(response) => (
            response.status(),
            serde_json::from_slice(response.body()).unwrap(),
        ),
        ViewerResponse::Events(_) => panic!("{uri} is a stream"),
    }
}

fn ok(store: &Store, uri: &str) -> Json {
    let (status, json) = get(store, uri);
    assert_eq!(status, StatusCode::OK, "{uri}: {json}");
    json
}

fn stored(telemetry: &Telemetry) -> Store {
    let store = Store::in_memory().unwrap();
    telemetry.append_to(&store).unwrap();
    store
}

fn named<'a>(trace: &'a Json, service: &str, name: &str) -> &'a Json {
    trace["spans"]
        .as_array()
        .unwrap()
        .iter()
        .find(|span| span["service"] == service && span["name"] == name)
        .unwrap_or_else(|| panic!("no span {name} of {service}"))
}

/// Appends a request in OTLP/JSON.
fn append(store: &Store, signal: Signal, request: &Json) {
    let schema = schema::export_request(signal);
    let bytes =
        throughline_otlp::json::to_protobuf(schema, request.to_string().as_bytes()).unwrap();
    store.append(signal, &bytes, NOW).unwrap();
}

/// Appends spans of one service.
fn append_spans(store: &Store, service: &str, spans: Json) {
    let resource = resource(service);
    append(
        store,
        Signal::Traces,
        &json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}),
    );
}

/// Appends log records of one service.
fn append_logs(store: &Store, service: &str, logs: Json) {
    let resource = resource(service);
    append(
        store,
        Signal::Logs,
        &json!({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": logs}]}]}),
    );
}

fn resource(service: &str) -> Json {
    json!({"attributes": [attribute("service.name", json!({"stringValue": service}))]})
}

fn attribute(key: &str, value: Json) -> Json {
    json!({"key": key, "value": value})
}

/// A span whose id is `id`, below `parent` where that is not 0.
fn span(trace: &str, id: u64, parent: u64, name: &str, start: u64, end: u64) -> Json {
    json!({
        "traceId": trace,
        "spanId": format!("{id:016x}"),
        "parentSpanId": if parent == 0 { String::new() } else { format!("{parent:016x}") },
        "name": name,
        "startTimeUnixNano": start.to_string(),
        "endTimeUnixNano": end.to_string(),
    })
}

/// The rows that a query of the list finds.
fn rows(store: &Store, query: &str) -> Vec<Json> {
    let list = ok(store, &format!("/api/traces?{query}"));
    list["traces"].as_array().unwrap().clone()
}

const TRACE: &str = "01010101010101010101010101010101";
