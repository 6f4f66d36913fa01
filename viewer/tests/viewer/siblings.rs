//! Tests of traces with equal siblings, in the API and on the command line.

use crate::cli::run;
use crate::{NOW, TRACE, append_logs, append_spans, get, ok, span};
use http::StatusCode;
use serde_json::{Value as Json, json};
use throughline_viewer::Store;

const MS: u64 = 1_000_000;

/// A loop that sends one query 400 times, each of half a millisecond with a log record; one of them
/// fails. Below each is another span.
fn loops() -> Store {
    let store = Store::in_memory().unwrap();
    let mut spans = vec![span(TRACE, 1, 0, "GET /cart", NOW, NOW + 900 * MS)];
    let mut logs = Vec::new();
    for nth in 0..400 {
        let start = NOW + nth * 2 * MS;
        let id = 1_000 + nth;
        let mut query = span(TRACE, id, 1, "SELECT products", start, start + MS / 2);
        if nth == 7 {
            query["status"] = json!({"code": 2});
        }
        spans.push(query);
        spans.push(span(
            TRACE,
            id + 1_000,
            id,
            "read row",
            start,
            start + 1_000,
        ));
        logs.push(json!({
            "timeUnixNano": start.to_string(), "body": {"stringValue": format!("row {nth}")},
            "traceId": TRACE, "spanId": format!("{id:016x}"),
        }));
    }
    append_spans(&store, "cart", spans.into());
    append_logs(&store, "cart", logs.into());
    store
}

#[test]
fn equal_siblings_are_one_entry_and_one_line() {
    let store = loops();
    let trace = ok(&store, &format!("/api/trace?trace_id={TRACE}"));
    let siblings = trace["siblings"].as_array().unwrap();
    assert_eq!(siblings.len(), 1);
    let entry = &siblings[0];
    assert_eq!(entry["name"], "SELECT products");
    // The one that fails is not among them, so that it is seen.
    assert_eq!(entry["count"], 399);
    assert_eq!(
        (&entry["spans"], &entry["logs"]),
        (&json!(798), &json!(399))
    );
    assert_eq!(entry["sum_ms"], 199.5);
    assert_eq!(entry["longest_ms"], 0.5);
    let names: Vec<&Json> = (trace["spans"].as_array().unwrap().iter())
        .map(|span| &span["name"])
        .collect();
    assert_eq!(names, ["GET /cart", "SELECT products", "read row"]);
    assert_eq!(trace["spans"][1]["failed"], true);
    assert_eq!(trace["logs"].as_array().unwrap().len(), 1);
    assert_eq!(trace["left_out"]["spans"], 798);
    assert_eq!(trace["left_out"]["logs"], 399);

    let tree = run(&store, &["trace", TRACE]).unwrap();
    assert!(tree.contains("  399 × SELECT products"), "{tree}");
    assert!(tree.contains("sum 199.5 ms"), "{tree}");
    assert!(
        tree.contains("joined: 798 spans and 399 log records"),
        "{tree}"
    );
    assert!(tree.lines().count() < 10, "{tree}");
}

#[test]
fn all_spans_are_there_when_they_are_asked_for() {
    let store = loops();
    let whole = ok(&store, &format!("/api/traces/{TRACE}"));
    assert_eq!(whole["spans"].as_array().unwrap().len(), 801);
    let mut expanded = ok(&store, &format!("/api/trace?trace_id={TRACE}&expand=1"));
    assert_eq!(expanded["siblings"], json!([]));
    expanded.as_object_mut().unwrap().remove("siblings");
    assert_eq!(expanded, whole);
    let tree = run(&store, &["trace", TRACE, "--expand"]).unwrap();
    assert_eq!(tree.matches("SELECT products").count(), 400, "{tree}");
}

#[test]
fn one_span_has_those_below_it() {
    let store = loops();
    let id = format!("{:016x}", 1_007);
    let trace = ok(&store, &format!("/api/trace?trace_id={TRACE}&span_id={id}"));
    let names: Vec<&Json> = (trace["spans"].as_array().unwrap().iter())
        .map(|span| &span["name"])
        .collect();
    assert_eq!(names, ["SELECT products", "read row"]);
    assert_eq!(trace["logs"][0]["body"], "row 7");
    let none = get(
        &store,
        &format!("/api/trace?trace_id={TRACE}&span_id={:016x}", 9),
    );
    assert_eq!(none.0, StatusCode::NOT_FOUND);
    let wrong = get(&store, &format!("/api/trace?trace_id={TRACE}&span_id=7"));
    assert_eq!(wrong.0, StatusCode::BAD_REQUEST);
}
