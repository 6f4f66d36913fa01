//! Fuzz target: arbitrary bytes are appended to the store; every trace that it lists can be read.
#![no_main]

use http::Method;
use libfuzzer_sys::fuzz_target;
use throughline_otlp::Signal;
use throughline_viewer::{ViewerResponse, Store, StoreError, respond};

fuzz_target!(|export_request: &[u8]| {
    let store = Store::in_memory().expect("SQLite in memory");
    for signal in Signal::ALL {
        match store.append(signal, export_request, 1) {
            Ok(()) | Err(StoreError::Malformed(_) | StoreError::Identity) => {}
            Err(error) => panic!("malformed bytes are reported as an error of the machine: {error}"),
        }
    }
    for resource in ["logs", "errors", "vitals", "exemplars", "metrics?q=a&attribute=a%3D*", "status", "traces?q=a%3D*+b", "traces?q=a%3E1+abcd&errors=1"] {
        query(&store, &format!("/api/{resource}"));
    }
    let metrics = query(&store, "/api/metrics?limit=1000");
    for metric in metrics["metrics"].as_array().into_iter().flatten() {
        let name = metric["metric"].as_str().unwrap_or_default();
        let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
        if !name.is_empty() {
            query(&store, &format!("/api/metric?metric={name}"));
        }
    }
    let list = query(&store, "/api/traces?limit=1000");
    for trace in list["traces"].as_array().into_iter().flatten() {
        let trace_id = trace["trace_id"].as_str().unwrap_or_default();
        query(&store, &format!("/api/traces/{trace_id}"));
    }
});

fn query(store: &Store, path: &str) -> serde_json::Value {
    let uri = path.parse().expect("a path");
    let ViewerResponse::Whole(response) = respond(store, &Method::GET, &uri) else {
        panic!("{path} is a stream");
    };
    assert!(response.status().is_success(), "{path}");
    serde_json::from_slice(response.body()).expect("JSON")
}
