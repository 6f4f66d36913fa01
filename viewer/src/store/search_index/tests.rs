//! Tests of the index: what is evicted, what comes in turns, and files that are opened again.

use super::*;
use crate::{Bounds, Store};
use serde_json::json;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use throughline_otlp::json::to_protobuf;
use throughline_otlp::{Signal, schema};

fn append(store: &Store, trace: u32) {
    static SPANS: AtomicU64 = AtomicU64::new(1);
    let span = SPANS.fetch_add(1, Ordering::Relaxed);
    let attributes = json!([
        {"key": format!("key.{trace}"), "value": {"stringValue": "own"}},
        {"key": "http.route", "value": {"stringValue": "/"}},
    ]);
    let id = format!("{trace:032x}");
    let request = json!({"resourceSpans": [{"scopeSpans": [{"spans": [{
        "traceId": id, "spanId": format!("{span:016x}"), "name": "GET", "attributes": attributes,
    }]}]}]});
    let schema = schema::export_request(Signal::Traces);
    let bytes = to_protobuf(schema, request.to_string().as_bytes()).expect("OTLP");
    store.append(Signal::Traces, &bytes, 1).expect("stored");
}

fn found(store: &Store, key: &str, text: Text<'_>) -> usize {
    let mut found = Traces::new();
    let find = |index: &SearchIndex| index.find(key, text, &|_| true, 1_000, &mut found);
    store.find(find).expect("found");
    found.len()
}

#[test]
fn traces_that_were_evicted_leave_the_memory() {
    let bounds = Bounds {
        traces: Some(3),
        ..Bounds::IN_MEMORY
    };
    let store = Store::in_memory().expect("a store").with_bounds(bounds);
    for trace in 1..=2_500 {
        append(&store, trace);
    }
    assert_eq!(found(&store, "http.route", Text::Exactly("/")), 3);
    assert_eq!(found(&store, "key.1", Text::Any), 0);
    assert_eq!(found(&store, "key.2500", Text::Start("o")), 1);
    let keys = store.find(|index| index.keys.len()).expect("keys");
    assert!(keys < 1_100, "{keys}");
}

/// The spans of a trace that three services send come in three turns.
#[test]
fn a_trace_that_comes_in_turns_counts_once() {
    let store = Store::in_memory().expect("a store");
    for _ in 0..3 {
        for trace in 1..=40 {
            append(&store, trace);
        }
    }
    let values = store
        .find(|index| index.values("http.route", "", 10))
        .expect("values");
    let found = Occurrences {
        traces: 40,
        logs: 0,
    };
    assert_eq!(values, [("/".to_owned(), found)]);
    // A list that is cut says that there are more.
    let mut traces = Traces::new();
    let find = |index: &SearchIndex| {
        index.find("http.route", Text::Any, &|_| true, 39, &mut traces);
    };
    store.find(find).expect("found");
    assert_eq!(traces.len(), 40);
    let newest = store.find(|index| index.newest_traces("http.route", "/", 2));
    assert_eq!(newest.expect("found"), [40_u128, 39].map(u128::to_be_bytes));
}

#[test]
fn a_file_that_is_opened_again_is_searched_as_before() {
    let folder = std::env::temp_dir().join(format!("throughline-index-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let open = |path: &Path| Store::open(path).expect("a store");
    let path = folder.join("store.sqlite");
    append(&open(&path), 1);
    let store = open(&path);
    // Before the first search and after it.
    append(&store, 2);
    assert_eq!(found(&store, "http.route", Text::Any), 2);
    append(&store, 3);
    assert_eq!(found(&store, "http.route", Text::Any), 3);
    drop(store);
    std::fs::remove_dir_all(folder).expect("the folder");
}
