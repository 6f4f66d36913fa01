//! Tests of log records that come without spans: of visits, of traces, and for completion.

use crate::cli::run;
use crate::shop::{Purchase, purchase};
use crate::{
    NOW, TRACE, append, append_logs, append_spans, attribute, get, ok, rows, span, stored,
};
use http::StatusCode;
use serde_json::{Value as Json, json};
use throughline_otlp::Signal;
use throughline_viewer::{Bounds, Store};

const SECOND: u64 = 1_000_000_000;

fn text(key: &str, value: &str) -> Json {
    attribute(key, json!({"stringValue": value}))
}

/// An exception in a page that sends errors alone, so many seconds after [`NOW`].
fn error(session: &str, message: &str, seconds: u64) -> Json {
    json!({
        "timeUnixNano": (NOW + seconds * SECOND).to_string(),
        "eventName": "exception",
        "severityNumber": 17,
        "attributes": [
            text("session.id", session),
            text("exception.type", "TypeError"),
            text("exception.message", message),
        ],
    })
}

fn sessions(store: &Store, query: &str) -> Vec<String> {
    let list = ok(store, &format!("/api/sessions?{query}"));
    let rows = list["sessions"].as_array().unwrap().iter();
    rows.map(|session| session["session_id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_visit_of_errors_alone_is_listed_and_found() {
    let store = Store::in_memory().unwrap();
    append_logs(
        &store,
        "shop",
        json!([
            error("one", "first", 1),
            {"timeUnixNano": (NOW + 2 * SECOND).to_string(), "body": {"stringValue": "a line"},
             "attributes": [text("session.id", "one"), text("step", "pay")]},
            error("two", "second", 3),
        ]),
    );
    let list = ok(&store, "/api/sessions");
    assert_eq!(
        list["sessions"][1],
        json!({
            "session_id": "one",
            "start_unix_nano": (NOW + SECOND).to_string(),
            "end_unix_nano": (NOW + 2 * SECOND).to_string(),
            "traces": 0, "failed_traces": 0, "logs": 2, "failed_logs": 1,
        })
    );
    let session = ok(&store, "/api/session?session_id=one");
    let events = session["events"].as_array().unwrap();
    assert_eq!(events[0]["exception"]["message"], "first");
    assert_eq!(events[1]["body"], "a line");
    assert_eq!((events.len(), &session["traces"]), (2, &json!([])));
    // The link of an error's newest visit leads there.
    let errors = ok(&store, "/api/errors?q=second");
    let id = &errors["errors"][0]["latest"]["attributes"]["session.id"];
    let session = ok(
        &store,
        &format!("/api/session?session_id={}", id.as_str().unwrap()),
    );
    assert_eq!(session["events"].as_array().unwrap().len(), 1);

    let until = NOW + 3 * SECOND;
    for (query, expected) in [
        ("", &["two", "one"][..]),
        ("limit=1", &["two"]),
        ("service=shop", &["two", "one"]),
        ("service=other", &[]),
        ("attribute=step=pay", &["one"]),
        (
            "attribute=service.name=shop&attribute=exception.message=sec*",
            &["two"],
        ),
        (&format!("until={until}"), &["one"]),
    ] {
        assert_eq!(sessions(&store, query), expected, "{query}");
    }
    let table = run(&store, &["sessions"]).unwrap();
    assert!(
        table.contains("2 log records") && table.contains("1 error"),
        "{table}"
    );
    let table = run(&store, &["session", "one"]).unwrap();
    assert!(
        table.contains("TypeError: first") && table.contains("a line"),
        "{table}"
    );
}

#[test]
fn a_visit_has_its_traces_and_its_log_records_of_none() {
    let store = Store::in_memory().unwrap();
    let mut page = span(TRACE, 1, 0, "documentLoad", NOW, NOW + SECOND);
    page["attributes"] = json!([text("session.id", "mixed")]);
    append_spans(&store, "web", json!([page]));
    append_logs(&store, "web", json!([error("mixed", "outside", 5)]));
    let list = ok(&store, "/api/sessions");
    let row = &list["sessions"][0];
    assert_eq!(
        (&row["traces"], &row["logs"], &row["failed_logs"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(row["end_unix_nano"], (NOW + 5 * SECOND).to_string());
    let session = ok(&store, "/api/session?session_id=mixed");
    assert_eq!(session["traces"].as_array().unwrap().len(), 1);
    assert_eq!(session["events"][0]["exception"]["message"], "outside");
    // Found by what one trace has, or one log record: not by parts of both.
    assert_eq!(
        sessions(&store, "attribute=exception.message=outside"),
        ["mixed"]
    );
    assert_eq!(
        sessions(&store, "service=web&attribute=session.id=mixed"),
        ["mixed"]
    );
}

#[test]
fn a_crash_in_a_span_that_never_came_has_a_trace_and_a_visit() {
    let store = Store::in_memory().unwrap();
    append_logs(
        &store,
        "web",
        json!([{
            "timeUnixNano": NOW.to_string(), "eventName": "browser.crash", "traceId": TRACE,
            "spanId": "00000000000000aa",
            "attributes": [text("session.id", "crashed"), text("browser.crash.reason", "oom")],
        }]),
    );
    assert_eq!(sessions(&store, ""), ["crashed"]);
    let session = ok(&store, "/api/session?session_id=crashed");
    assert_eq!(session["traces"][0]["trace_id"], TRACE);
    assert_eq!(session["events"][0]["event_name"], "browser.crash");
}

#[test]
fn a_trace_without_spans_is_listed_by_all_filters_but_those_of_spans() {
    let store = Store::in_memory().unwrap();
    let mut record = error("s", "no basket", 2);
    record["traceId"] = json!(TRACE);
    record["spanId"] = json!("00000000000000aa");
    let line = json!({"timeUnixNano": (NOW + SECOND).to_string(), "traceId": TRACE, "body": {"stringValue": "Served"}});
    append_logs(&store, "shop", json!([record, line]));
    let (since, until) = (NOW + SECOND, NOW + 2 * SECOND);
    for query in [
        String::new(),
        "q=basket".to_owned(),
        "q=shop".to_owned(),
        "q=served".to_owned(),
        format!("q={TRACE}"),
        format!("q={}", &TRACE[..8]),
        "service=shop".to_owned(),
        "status=error".to_owned(),
        "attribute=session.id=s".to_owned(),
        format!("since={since}&until={until}"),
    ] {
        let found = rows(&store, &query);
        assert_eq!(found.len(), 1, "{query}");
        let row = &found[0];
        assert_eq!(row["trace_id"], TRACE, "{query}");
        assert_eq!(
            (&row["spans"], &row["logs"], &row["errors"], &row["root"]),
            (&json!(0), &json!(2), &json!(1), &Json::Null)
        );
        assert_eq!(row["headline"], "TypeError: no basket");
        assert_eq!(row["start_unix_nano"], since.to_string());
        assert_eq!(row["end_unix_nano"], until.to_string());
        assert_eq!(
            row["services"],
            json!([{"name": "shop", "spans": 0, "errors": 0}])
        );
    }
    for query in [
        "service=other",
        "status=ok",
        "min_ms=0",
        "max_ms=9000",
        "name=GET",
        "until=1000",
    ] {
        assert_eq!(rows(&store, query), [] as [Json; 0], "{query}");
    }
    // It has no duration to be counted by.
    assert_eq!(ok(&store, "/api/durations")["traces"], 0);
    let table = run(&store, &["traces"]).unwrap();
    assert!(
        table.contains("no spans") && table.contains("TypeError: no basket"),
        "{table}"
    );
    // The first span takes the place of all that.
    append_spans(
        &store,
        "shop",
        json!([span(TRACE, 1, 0, "GET /", NOW, NOW + 9)]),
    );
    let row = &rows(&store, "")[0];
    assert_eq!(row["end_unix_nano"], (NOW + 9).to_string());
    assert_eq!(
        (&row["root"]["name"], &row["headline"]),
        (&json!("GET /"), &Json::Null)
    );
}

#[test]
fn a_trace_without_spans_is_exported_once() {
    let store = Store::in_memory().unwrap();
    let mut record = error("s", "no basket", 0);
    record["traceId"] = json!(TRACE);
    append_logs(&store, "shop", json!([record, error("s", "alone", 0)]));
    let file = std::env::temp_dir().join(format!("throughline-alone-{}.zip", std::process::id()));
    let to = file.to_str().unwrap();
    for (arguments, expected) in [
        (&["export", "--to", to][..], 2),
        (&["export", "--trace-id", TRACE, "--to", to], 1),
    ] {
        run(&store, arguments).unwrap();
        let imported = Store::in_memory().unwrap();
        run(&imported, &["import", to]).unwrap();
        let logs = ok(&imported, "/api/logs");
        assert_eq!(logs["logs"].as_array().unwrap().len(), expected);
    }
    std::fs::remove_file(file).unwrap();
}

#[test]
fn a_visit_of_errors_alone_is_found_in_a_file_and_leaves_with_its_records() {
    let folder = std::env::temp_dir().join(format!("throughline-alone-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("store.sqlite");
    let store = Store::open(&path).unwrap();
    let mut page = span(
        TRACE,
        1,
        0,
        "documentLoad",
        NOW + 60 * SECOND,
        NOW + 61 * SECOND,
    );
    page["attributes"] = json!([text("session.id", "later")]);
    append_spans(&store, "web", json!([page]));
    append_logs(&store, "shop", json!([error("kept", "first", 1)]));
    drop(store);
    let store = Store::open(&path).unwrap();
    // By their times, whatever was stored first.
    assert_eq!(sessions(&store, ""), ["later", "kept"]);
    drop(store);
    std::fs::remove_dir_all(folder).unwrap();

    // A quarter of the bytes is for log records of no trace.
    let bounds = Bounds {
        bytes: Some(40_000),
        ..Bounds::IN_MEMORY
    };
    let store = Store::in_memory().unwrap().with_bounds(bounds);
    append_logs(&store, "shop", json!([error("evicted", "first", 1)]));
    for nth in 0..60 {
        append_logs(&store, "shop", json!([error("newer", "again", nth)]));
    }
    assert_eq!(sessions(&store, ""), ["newer"]);
    let (status, _) = get(&store, "/api/session?session_id=evicted");
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[test]
fn attributes_of_resources_and_of_log_records_of_no_trace_are_completed() {
    let store = stored(&purchase(NOW, 1, Purchase::Succeeds));
    let resource = |version: &str| {
        json!({"attributes": [
            text("service.name", "cart"),
            text("service.version", version),
            text("k8s.pod.name", "cart-0"),
        ]})
    };
    for (version, logs) in [("1.2.0", 2), ("1.10.0", 1)] {
        let logs: Vec<_> = (0..logs).map(|nth| error("s", "m", nth)).collect();
        append(
            &store,
            Signal::Logs,
            &json!({"resourceLogs": [{"resource": resource(version), "scopeLogs": [{"logRecords": logs}]}]}),
        );
    }
    append(
        &store,
        Signal::Traces,
        &json!({"resourceSpans": [{"resource": resource("1.2.0"), "scopeSpans": [{
            "scope": {"name": "http", "attributes": [text("scope.kind", "auto")]},
            "spans": [span(TRACE, 1, 0, "GET", NOW, NOW + 1), span(TRACE, 2, 1, "SELECT", NOW, NOW + 1)],
        }]}]}),
    );
    let keys = run(&store, &["attributes", "--start", "serv"]).unwrap();
    assert!(
        keys.contains("service.name ") && keys.contains("service.version "),
        "{keys}"
    );
    for (start, traces, logs) in [("1.2", 1, 2), ("1.1", 0, 1)] {
        let values = ok(
            &store,
            &format!("/api/attributes?key=service.version&start={start}"),
        );
        let value = &values["values"][0];
        assert_eq!(
            (&value["traces"], &value["logs"]),
            (&json!(traces), &json!(logs))
        );
    }
    for (key, value) in [
        ("k8s.pod.name", "cart-0"),
        ("scope.kind", "auto"),
        ("session.id", "s"),
    ] {
        let values = ok(&store, &format!("/api/attributes?key={key}"));
        let texts: Vec<_> = (values["values"].as_array().unwrap().iter())
            .map(|row| row["text"].as_str().unwrap())
            .collect();
        assert!(texts.contains(&value), "{key}: {texts:?}");
        let start = &key[..5];
        let keys = ok(&store, &format!("/api/attributes?start={start}"));
        assert!(keys["keys"].to_string().contains(key), "{keys}");
    }
    // What is completed is found.
    assert_eq!(rows(&store, "attribute=k8s.pod.name=cart-0").len(), 1);
    assert_eq!(rows(&store, "attribute=scope.kind=auto").len(), 1);
    // What is no attribute is said.
    for start in ["kind", "otel.scope"] {
        let error = run(&store, &["attributes", "--start", start]).expect_err(start);
        assert!(
            error.contains("a span's kind and the name of its scope are none"),
            "{error}"
        );
    }
}
