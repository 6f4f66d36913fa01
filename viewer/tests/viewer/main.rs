//! Tests of the store and the API together.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in a test a panic is a failure"
)]

mod api;
#[path = "../shop/mod.rs"]
mod shop;
mod store;

use http::{Method, StatusCode, Uri};
use serde_json::Value as Json;
use shop::Telemetry;
use throughline_viewer::{Answer, Store, respond};

const NOW: u64 = 1_760_000_000_000_000_000;

fn get(store: &Store, uri: &str) -> (StatusCode, Json) {
    let uri: Uri = uri.parse().unwrap();
    match respond(store, &Method::GET, &uri) {
        Answer::Whole(response) => (
            response.status(),
            serde_json::from_slice(response.body()).unwrap(),
        ),
        Answer::Events(_) => panic!("{uri} is a stream"),
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
