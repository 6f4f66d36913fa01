//! Tests of telemetry that contradicts itself: odd times, ids used twice.

use crate::{NOW, TRACE, append_logs, append_spans, attribute, ok, rows, span};
use serde_json::{Value as Json, json};
use throughline_otlp::Signal;
use throughline_otlp::json::to_protobuf;
use throughline_viewer::Store;

const MS: u64 = 1_000_000;

#[test]
fn odd_times_are_marked_and_no_part_of_a_duration() {
    let store = Store::in_memory().unwrap();
    let traces = ["01", "02", "03", "04", "05"].map(|digits| digits.repeat(16));
    let [zero, future, seconds, all, backwards] = &traces;
    append_spans(
        &store,
        "shop",
        json!([
            span(zero, 1, 0, "GET /zero", NOW, NOW + 50 * MS),
            span(zero, 2, 1, "no start", 0, NOW + 20 * MS),
            span(future, 1, 0, "GET /future", NOW, NOW + 50 * MS),
            span(future, 2, 1, "no end", NOW, u64::MAX),
            span(
                seconds,
                1,
                2,
                "in seconds",
                NOW / 1_000_000_000,
                NOW / 1_000_000_000 + 1
            ),
            span(seconds, 2, 0, "GET /seconds", NOW, NOW + 50 * MS),
            span(all, 1, 0, "GET /unset", 0, 0),
            span(backwards, 1, 0, "GET /backwards", NOW + 50 * MS, NOW),
        ]),
    );
    let found: Vec<(String, u64, u64)> = rows(&store, "")
        .iter()
        .map(|row| {
            let time = |key: &str| row[key].as_str().unwrap().parse::<u64>().unwrap();
            (
                row["root"]["name"].as_str().unwrap().to_owned(),
                (time("end_unix_nano") - time("start_unix_nano")) / MS,
                row["odd_times"].as_u64().unwrap(),
            )
        })
        .collect();
    let named = |name: &str, duration, odd| {
        assert!(
            found.contains(&(name.to_owned(), duration, odd)),
            "{name}: {found:?}"
        );
    };
    named("GET /zero", 50, 1);
    named("GET /future", 50, 1);
    named("GET /seconds", 50, 1);
    named("GET /unset", 0, 1);
    named("GET /backwards", 0, 0);
    let spans = &ok(&store, &format!("/api/traces/{future}"))["spans"];
    let no_end = spans
        .as_array()
        .unwrap()
        .iter()
        .find(|span| span["name"] == "no end");
    assert_eq!(no_end.unwrap()["odd_times"], json!(["end"]));
}

#[test]
fn a_plausible_time_replaces_that_of_reception() {
    let store = Store::in_memory().unwrap();
    append_spans(&store, "shop", json!([span(TRACE, 1, 0, "unset", 0, 0)]));
    append_spans(
        &store,
        "shop",
        json!([span(TRACE, 2, 1, "set", NOW - 9 * MS, NOW - 8 * MS)]),
    );
    append_spans(
        &store,
        "shop",
        json!([span(TRACE, 3, 1, "unset too", 0, 0)]),
    );
    let row = &rows(&store, "")[0];
    assert_eq!(row["start_unix_nano"], (NOW - 9 * MS).to_string());
    assert_eq!(row["end_unix_nano"], (NOW - 8 * MS).to_string());
}

#[test]
fn two_spans_with_one_id_are_both_there_and_a_repeated_one_is_not() {
    let store = Store::in_memory().unwrap();
    let web = json!([
        span(TRACE, 1, 0, "GET /basket", NOW, NOW + 9_000),
        span(TRACE, 2, 1, "call (client)", NOW + 1_000, NOW + 8_000),
    ]);
    let orders = json!([
        span(TRACE, 2, 1, "call (server)", NOW + 2_000, NOW + 7_000),
        span(TRACE, 3, 2, "SELECT", NOW + 3_000, NOW + 4_000),
    ]);
    for _ in 0..2 {
        append_spans(&store, "web", web.clone());
        append_spans(&store, "orders", orders.clone());
    }
    let trace = ok(&store, &format!("/api/traces/{TRACE}"));
    let spans: Vec<(&str, u64)> = trace["spans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|span| {
            (
                span["name"].as_str().unwrap(),
                span["copy"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        spans,
        [
            ("GET /basket", 1),
            ("call (client)", 1),
            ("call (server)", 2),
            ("SELECT", 1)
        ]
    );
    assert_eq!(rows(&store, "")[0]["spans"], 4);
}

#[test]
fn log_records_that_are_sent_again_are_not_stored_again() {
    let store = Store::in_memory().unwrap();
    let log = |time: u64| {
        json!({
            "traceId": TRACE,
            "spanId": "0000000000000001",
            "timeUnixNano": time.to_string(),
            "body": {"stringValue": "retrying"},
        })
    };
    // Written twice in one moment, and sent twice.
    let request = json!([log(NOW), log(NOW), log(NOW + 1)]);
    append_logs(&store, "shop", request.clone());
    append_logs(&store, "shop", request);
    assert_eq!(count(&store), 3);
    append_logs(&store, "web", json!([log(NOW)]));
    assert_eq!(count(&store), 4, "another service wrote the same");
}

#[test]
fn a_record_with_its_fields_in_another_order_is_the_same() {
    let store = Store::in_memory().unwrap();
    let resources = [
        r#"{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}],"droppedAttributesCount":1}"#,
        r#"{"droppedAttributesCount":1,"attributes":[{"value":{"stringValue":"shop"},"key":"service.name"}]}"#,
    ];
    let records = [
        (
            r#""traceId":"TRACE","spanId":"0000000000000002","parentSpanId":"0000000000000001","name":"GET","kind":2"#,
            r#""kind":2,"name":"GET","parentSpanId":"0000000000000001","spanId":"0000000000000002","traceId":"TRACE""#,
        ),
        (
            r#""timeUnixNano":"1700000000000000000","body":{"stringValue":"retrying"},"traceId":"TRACE""#,
            r#""traceId":"TRACE","body":{"stringValue":"retrying"},"timeUnixNano":"1700000000000000000""#,
        ),
    ];
    for (signal, (first, second)) in [Signal::Traces, Signal::Logs].into_iter().zip(records) {
        let (groups, scopes, list) = match signal {
            Signal::Traces => ("resourceSpans", "scopeSpans", "spans"),
            _ => ("resourceLogs", "scopeLogs", "logRecords"),
        };
        for resource in resources {
            for record in [first, second] {
                let record = record.replace("TRACE", TRACE);
                let text = format!(
                    r#"{{"{groups}":[{{"resource":{resource},"{scopes}":[{{"scope":{{"name":"a"}},"{list}":[{{{record}}}]}}]}}]}}"#
                );
                let message = throughline_otlp::schema::export_request(signal);
                let request = to_protobuf(message, text.as_bytes()).unwrap();
                store.append(signal, &request, NOW).unwrap();
            }
        }
    }
    let trace = ok(&store, &format!("/api/traces/{TRACE}"));
    assert_eq!(trace["spans"].as_array().unwrap().len(), 1, "{trace}");
    assert_eq!(trace["logs"].as_array().unwrap().len(), 1, "{trace}");
}

#[test]
fn a_severity_that_there_is_not_is_none_or_the_highest() {
    let store = Store::in_memory().unwrap();
    for (given, shown) in [(-5, 0), (0, 0), (9, 9), (24, 24), (99, 24), (i32::MAX, 24)] {
        let body = given.to_string();
        let log = json!({
            "timeUnixNano": NOW.to_string(),
            "severityNumber": given,
            "body": {"stringValue": body},
        });
        append_logs(&store, "shop", json!([log]));
        let logs = ok(&store, &format!("/api/logs?q={given}"));
        let found = logs["logs"].as_array().unwrap().iter();
        let found = found.filter(|log| log["body"] == body);
        let severities: Vec<&Json> = found.map(|log| &log["severity_number"]).collect();
        assert_eq!(severities, [&json!(shown)], "{given}");
    }
}

#[test]
fn an_odd_time_of_a_log_record_is_marked() {
    let store = Store::in_memory().unwrap();
    let log = |time: u64| json!({"timeUnixNano": time.to_string(), "body": {"stringValue": "x"}});
    for _ in 0..2 {
        append_logs(&store, "shop", json!([log(u64::MAX), log(1), log(NOW - 1)]));
    }
    let logs = ok(&store, "/api/logs");
    let times: Vec<(&Json, &Json)> = logs["logs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|log| (&log["time_unix_nano"], &log["odd_time_unix_nano"]))
        .collect();
    let [now, before, future, past] =
        [NOW, NOW - 1, u64::MAX, 1].map(|time| Json::from(time.to_string()));
    assert_eq!(
        times,
        [(&now, &past), (&now, &future), (&before, &Json::Null)]
    );
}

#[test]
fn a_repeated_exception_counts_once() {
    let store = Store::in_memory().unwrap();
    for _ in 0..2 {
        append_logs(
            &store,
            "shop",
            json!([{
                "timeUnixNano": NOW.to_string(),
                "eventName": "exception",
                "attributes": [attribute("exception.type", json!({"stringValue": "TypeError"}))],
            }]),
        );
    }
    assert_eq!(ok(&store, "/api/errors")["errors"][0]["count"], 1);
}

fn count(store: &Store) -> usize {
    let logs: Json = ok(store, "/api/logs");
    logs["logs"].as_array().unwrap().len()
}
