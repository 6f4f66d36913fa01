//! Tests of errors: every query counts the same ones.

use crate::{NOW, TRACE, append_logs, append_spans, attribute, ok, rows, span};
use serde_json::{Value as Json, json};
use throughline_viewer::Store;

fn exception(span: &str, handled: bool) -> Json {
    json!({
        "traceId": TRACE,
        "spanId": span,
        "timeUnixNano": NOW.to_string(),
        "eventName": "exception",
        "attributes": [
            attribute("exception.type", json!({"stringValue": "TypeError"})),
            attribute("throughline.exception.handled", json!({"boolValue": handled})),
        ],
    })
}

fn spans() -> Json {
    json!([
        span(TRACE, 1, 0, "click", NOW, NOW + 9),
        span(TRACE, 2, 1, "GET", NOW, NOW + 9)
    ])
}

/// Errors of the list, of the trace's spans, and of the service.
fn errors(store: &Store) -> (u64, usize, u64) {
    let row = &rows(store, "")[0];
    let trace = ok(store, &format!("/api/traces/{TRACE}"));
    let spans = trace["spans"].as_array().unwrap();
    (
        row["errors"].as_u64().unwrap(),
        spans.iter().filter(|span| span["failed"] == true).count(),
        row["services"][0]["errors"].as_u64().unwrap(),
    )
}

#[test]
fn an_exception_that_nobody_handled_marks_its_span() {
    for spans_first in [true, false] {
        let store = Store::in_memory().unwrap();
        if spans_first {
            append_spans(&store, "page", spans());
        }
        append_logs(
            &store,
            "page",
            json!([exception("0000000000000001", false)]),
        );
        append_logs(
            &store,
            "page",
            json!([exception("0000000000000001", false)]),
        );
        if !spans_first {
            append_spans(&store, "page", spans());
        }
        assert_eq!(errors(&store), (1, 1, 1), "spans first: {spans_first}");
        assert_eq!(rows(&store, "errors=1").len(), 1);
    }
}

#[test]
fn a_handled_exception_is_no_error_of_its_trace() {
    let store = Store::in_memory().unwrap();
    append_spans(&store, "page", spans());
    append_logs(&store, "page", json!([exception("0000000000000001", true)]));
    assert_eq!(errors(&store), (0, 0, 0));
    assert_eq!(rows(&store, "errors=1").len(), 0);
    assert_eq!(ok(&store, "/api/errors")["errors"][0]["count"], 1);
}

#[test]
fn an_exception_in_a_span_that_is_not_there_counts() {
    let store = Store::in_memory().unwrap();
    append_spans(&store, "page", spans());
    append_logs(
        &store,
        "page",
        json!([exception("0000000000000009", false), exception("", false)]),
    );
    assert_eq!(errors(&store).0, 2);
    assert_eq!(rows(&store, "errors=1").len(), 1);
    append_spans(
        &store,
        "page",
        json!([span(TRACE, 9, 1, "late", NOW, NOW + 1)]),
    );
    assert_eq!(errors(&store), (2, 1, 1));
}

#[test]
fn an_exception_event_marks_its_span() {
    let store = Store::in_memory().unwrap();
    let mut thrown = span(TRACE, 1, 0, "work", NOW, NOW + 9);
    thrown["events"] = json!([{
        "name": "exception",
        "timeUnixNano": NOW.to_string(),
        "attributes": [attribute("exception.type", json!({"stringValue": "KeyError"}))],
    }]);
    append_spans(&store, "page", json!([thrown]));
    assert_eq!(errors(&store), (1, 1, 1));
}

#[test]
fn a_failure_of_the_pages_engine_is_no_exception() {
    let store = Store::in_memory().unwrap();
    for time in [NOW, NOW + 1] {
        append_logs(
            &store,
            "page",
            json!([{
                "timeUnixNano": time.to_string(),
                "eventName": "throughline.engine.failure",
                "attributes": [
                    attribute("throughline.engine.failure.reason", json!({"stringValue": "unavailable"})),
                    attribute("throughline.engine.failure.message", json!({"stringValue": "WebAssembly is blocked"})),
                ],
            }]),
        );
    }
    let result = ok(&store, "/api/errors");
    assert_eq!(result["errors"], json!([]));
    assert_eq!(
        result["engine_failures"],
        json!([{
            "service": "page",
            "reason": "unavailable",
            "message": "WebAssembly is blocked",
            "count": 2,
            "last_seen_unix_nano": (NOW + 1).to_string(),
        }])
    );
    assert_eq!(ok(&store, "/api/logs")["logs"][0]["exception"], json!(null));
}
