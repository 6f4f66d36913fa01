//! Fuzz target: any address of the viewer's API, on a store with telemetry in it. It is answered, or
//! refused as a mistake of the client.
#![no_main]

use http::{Method, Uri};
use libfuzzer_sys::fuzz_target;
use throughline_otlp::{Signal, json, schema};
use throughline_viewer::{Store, ViewerResponse, respond};

const RESOURCES: [&str; 13] = [
    "traces?q=",
    "traces?",
    "logs?",
    "errors?",
    "vitals?",
    "exemplars?",
    "metrics?",
    "metric?metric=m&",
    "durations?operation=",
    "errors/resolve?group=",
    "status?",
    "traces/0af7651916cd43dd8448eb211c80319c?",
    "",
];

fuzz_target!(|text: &str| {
    let Some(first) = text.as_bytes().first() else {
        return;
    };
    let resource = RESOURCES[usize::from(*first) % RESOURCES.len()];
    let rest = text.get(1..).unwrap_or_default();
    // A search as it is typed, and everything else as it is sent.
    let rest = match resource {
        "traces?q=" => form_urlencoded::byte_serialize(rest.as_bytes()).collect(),
        _ => rest.to_owned(),
    };
    let Ok(uri) = format!("/api/{resource}{rest}").parse::<Uri>() else {
        return;
    };
    thread_local!(static STORE: Store = store());
    STORE.with(|store| {
        let method = match uri.path() {
            "/api/errors/resolve" => Method::POST,
            _ => Method::GET,
        };
        if let ViewerResponse::Whole(response) = respond(store, &method, &uri) {
            assert!(!response.status().is_server_error(), "{uri}");
            let body = response.body();
            if uri.path().starts_with("/api/") {
                serde_json::from_slice::<serde_json::Value>(body).expect("JSON");
            }
        }
    });
});

/// A store with a trace of two spans, a log record and a metric.
fn store() -> Store {
    let store = Store::in_memory().expect("SQLite in memory");
    for (signal, text) in [
        (Signal::Traces, TRACES),
        (Signal::Logs, LOGS),
        (Signal::Metrics, METRICS),
    ] {
        let request = json::to_protobuf(schema::export_request(signal), text.as_bytes());
        let request = request.expect("well formed");
        store.append(signal, &request, 1).expect("it is stored");
    }
    store
}

const TRACES: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"spans":[
{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"GET /a","kind":2,"startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000001000000000","attributes":[{"key":"http.response.status_code","value":{"intValue":"500"}},{"key":"a","value":{"stringValue":"Straße"}}],"status":{"code":2}},
{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203332","parentSpanId":"b7ad6b7169203331","name":"SELECT","startTimeUnixNano":"1700000000500000000","endTimeUnixNano":"1700000000600000000","attributes":[{"key":"b","value":{"doubleValue":1.5}},{"key":"c","value":{"boolValue":true}}]}]}]}]}"#;
const LOGS: &str = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1700000000500000000","severityNumber":17,"body":{"stringValue":"it failed"},"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","attributes":[{"key":"exception.type","value":{"stringValue":"TypeError"}},{"key":"exception.message","value":{"stringValue":"x"}}]}]}]}]}"#;
const METRICS: &str = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"asInt":"3","timeUnixNano":"1700000000500000000"}]}}]}]}]}"#;
