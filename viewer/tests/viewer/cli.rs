//! Tests of the command line on a store.

use crate::shop::{Purchase, purchase};
use crate::{NOW, append_logs, append_spans, ok, span, stored};
use serde_json::{Value as Json, json};
use std::ffi::OsString;
use std::path::PathBuf;
use throughline_otlp::json::to_protobuf;
use throughline_otlp::{Signal, schema};
use throughline_viewer::Store;
use throughline_viewer::cli::{self, Invocation};

/// The output of a command, or why it fails.
pub(crate) fn run(store: &Store, arguments: &[&str]) -> Result<String, String> {
    let (output, failure) = output(store, arguments);
    failure.map_or(Ok(output), Err)
}

/// The output of a command, and why it fails.
fn output(store: &Store, arguments: &[&str]) -> (String, Option<String>) {
    let invocation = Invocation::parse(arguments.iter().map(OsString::from));
    let invocation = match invocation {
        Ok(invocation) => invocation,
        Err(error) => return (String::new(), Some(error.to_string())),
    };
    let mut out = Vec::new();
    let result = cli::run(&invocation.command, store, &mut out);
    let output = String::from_utf8(out).unwrap();
    (output, result.err().map(|error| error.to_string()))
}

fn file(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("throughline-cli-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

#[test]
fn each_query_is_a_command_with_a_table_and_json() {
    let store = stored(&purchase(NOW, 1, Purchase::BreaksInPricing));
    let json = |arguments: &[&str]| -> Json {
        let arguments = [arguments, &["--json"]].concat();
        serde_json::from_str(&run(&store, &arguments).unwrap()).unwrap()
    };
    for (command, path) in [("traces", "traces"), ("errors", "errors"), ("logs", "logs")] {
        assert_eq!(json(&[command]), ok(&store, &format!("/api/{path}")));
    }
    let list = json(&["traces", "--service", "pricing-api", "--limit", "1"]);
    let id = list["traces"][0]["trace_id"].as_str().unwrap().to_owned();
    assert_eq!(
        json(&["trace", &id]),
        ok(&store, &format!("/api/trace?trace_id={id}"))
    );

    let table = run(&store, &["errors"]).unwrap();
    assert!(table.contains("ZeroDivisionError: "), "{table}");
    let tree = run(&store, &["trace", &id]).unwrap();
    let lines: Vec<_> = tree.lines().collect();
    assert!(lines[1].starts_with("click"), "{tree}");
    // Each child is further to the right than its parent, and the error is marked.
    assert!(lines[2].starts_with("  ") && tree.contains('✗'), "{tree}");
}

#[test]
fn the_help_says_how_a_time_is_written_and_each_form_is_taken() {
    let help = cli::help();
    assert!(help.contains("--since TIME"), "{help}");
    let (_, forms) = help.split_once("TIME is ").unwrap();
    let (forms, _) = forms.split_once("\n\n").unwrap();
    assert!(forms.contains("ns since the Unix epoch"), "{forms}");
    let examples: Vec<_> = forms.split('`').skip(1).step_by(2).collect();
    assert_eq!(examples.len(), 3, "{forms}");
    let store = Store::in_memory().unwrap();
    for example in examples {
        let result = run(&store, &["traces", "--since", example]);
        assert_eq!(result, Err("no traces match".to_owned()), "{example}");
    }
    for line in help.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn an_empty_list_fails_with_its_reason_and_is_printed_as_json_alone() {
    let store = Store::in_memory().unwrap();
    for (command, list, expected) in [
        ("traces", "traces", "no traces match"),
        ("logs", "logs", "no log records match"),
        ("errors", "errors", "no errors match"),
        ("vitals", "pages", "no web vitals match"),
        ("exemplars", "exemplars", "no exemplars match"),
        ("routes", "routes", "no requests, messages and page loads"),
        ("durations", "cells", "no traces and no spans match"),
        ("services", "nodes", "no services match"),
        ("sessions", "sessions", "no sessions match"),
        ("attributes", "keys", "no attribute matches"),
    ] {
        let (text, failure) = output(&store, &[command]);
        assert_eq!(text, "", "{command}");
        assert!(failure.unwrap().starts_with(expected), "{command}");
        let (text, failure) = output(&store, &[command, "--json"]);
        let json: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(json[list], json!([]), "{command}");
        assert!(failure.unwrap().starts_with(expected), "{command}");
    }
    assert!(run(&store, &["status"]).is_ok());
    // A service that calls no other one is a result.
    append_spans(
        &store,
        "shop",
        json!([span(crate::TRACE, 1, 0, "GET /", NOW, NOW + 1)]),
    );
    let services = run(&store, &["services"]).unwrap();
    assert!(services.starts_with("shop  service  1 spans"), "{services}");
    assert!(run(&store, &["traces", "--service", "nope"]).is_err());
}

#[test]
fn a_command_has_a_help_of_its_own() {
    for (command, own, others) in [
        ("traces", "--min-ms MS", "throughline trace TRACE_ID"),
        ("trace", "throughline trace TRACE_ID", "--service"),
        ("errors", "throughline errors --resolve ID", "--min-ms"),
        ("wait", "throughline wait --trace-of NAME", "--service"),
        ("export", "--min-ms MS", "--limit"),
        ("import", "throughline import FILE", "--service"),
        ("mcp", "Model Context Protocol", "--service"),
    ] {
        let help = cli::help_of(command).unwrap();
        assert!(
            help.starts_with(&format!("throughline {command}")),
            "{help}"
        );
        assert!(help.contains(own) && !help.contains(others), "{help}");
        assert!(help.contains("--from URL"), "{help}");
        assert_eq!(
            help.contains(" TIME"),
            help.contains("TIME is RFC 3339"),
            "{help}"
        );
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
    assert_eq!(cli::help_of("dance"), None);
}

#[test]
fn no_control_character_of_telemetry_reaches_the_terminal() {
    let store = Store::in_memory().unwrap();
    append_logs(
        &store,
        "shop",
        json!([
            {"body": {"stringValue": "\u{1b}[2J\u{7}gone\r\n"}},
            {"body": {"kvlistValue": {"values": [
                {"key": "\u{9b}2J", "value": {"stringValue": "\u{9d}\u{7f}"}},
            ]}}},
        ]),
    );
    append_spans(
        &store,
        "sh\u{1b}op",
        json!([span(
            crate::TRACE,
            1,
            0,
            "a\u{9b}b\u{202e}c\u{2066}d",
            NOW,
            NOW + 1
        )]),
    );
    for arguments in [
        &["logs"][..],
        &["logs", "--json"],
        &["traces"],
        &["trace", crate::TRACE],
        &["trace", crate::TRACE, "--json"],
        &["status"],
    ] {
        let text = run(&store, arguments).unwrap();
        assert!(
            text.chars()
                .all(|c| c == '\n' || !(c.is_control() || "\u{202e}\u{2066}".contains(c))),
            "{text:?}"
        );
    }
}

#[test]
fn spans_that_are_their_own_ancestors_end() {
    let store = Store::in_memory().unwrap();
    let spans = [
        span(crate::TRACE, 1, 2, "a", NOW, NOW + 1),
        span(crate::TRACE, 2, 1, "b", NOW, NOW + 1),
    ];
    append_spans(&store, "shop", json!(spans));
    assert!(run(&store, &["trace", crate::TRACE]).is_ok());
}

#[test]
fn what_is_exported_is_imported_as_it_was() {
    let store = stored(&purchase(NOW, 1, Purchase::BreaksInPricing));
    append_logs(
        &store,
        "shop",
        json!([{"timeUnixNano": NOW.to_string(), "body": {"stringValue": "alone"}}]),
    );
    let archive = file("all.zip");
    run(&store, &["export", "--to", archive.to_str().unwrap()]).unwrap();
    let imported = Store::in_memory().unwrap();
    run(&imported, &["import", archive.to_str().unwrap()]).unwrap();
    let ids = |store: &Store| -> Vec<String> {
        let list = ok(store, "/api/traces?limit=1000");
        let ids = list["traces"].as_array().unwrap().iter();
        ids.map(|trace| trace["trace_id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(!ids(&store).is_empty());
    assert_eq!(ids(&imported), ids(&store));
    for id in ids(&store) {
        let mut traces = [&store, &imported].map(|store| ok(store, &format!("/api/traces/{id}")));
        // Resources and scopes are numbered in the order in which they came.
        for trace in &mut traces {
            trace["spans"]
                .as_array_mut()
                .unwrap()
                .sort_by_key(|span| span["span_id"].to_string());
            for key in ["resources", "scopes"] {
                trace[key]
                    .as_array_mut()
                    .unwrap()
                    .sort_by_key(ToString::to_string);
            }
            for span in trace["spans"].as_array_mut().unwrap() {
                span["resource"].take();
            }
            for log in trace["logs"].as_array_mut().unwrap() {
                log["resource"].take();
            }
        }
        let [before, after] = traces;
        assert_eq!(before["logs"], after["logs"]);
        assert_eq!(
            before["spans"].as_array().unwrap().len(),
            after["spans"].as_array().unwrap().len()
        );
        assert_eq!(before, after);
    }
    let alone = |store: &Store| {
        ok(store, "/api/logs?q=alone")["logs"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((alone(&store), alone(&imported)), (1, 1));
    // Again: what is stored is not stored twice.
    run(&imported, &["import", archive.to_str().unwrap()]).unwrap();
    assert_eq!((ids(&imported), alone(&imported)), (ids(&store), 1));
    std::fs::remove_file(archive).unwrap();
}

#[test]
fn an_export_has_the_traces_of_its_filter_alone() {
    let mut telemetry = purchase(NOW, 1, Purchase::Succeeds);
    telemetry.extend(purchase(NOW + 1_000_000_000, 2, Purchase::BreaksInPricing));
    let store = stored(&telemetry);
    let archive = file("errors.zip");
    let to = archive.to_str().unwrap();
    run(&store, &["export", "--status", "error", "--to", to]).unwrap();
    let imported = Store::in_memory().unwrap();
    run(&imported, &["import", to]).unwrap();
    assert_eq!(
        ok(&imported, "/api/traces")["traces"]
            .as_array()
            .unwrap()
            .len(),
        ok(&store, "/api/traces?status=error")["traces"]
            .as_array()
            .unwrap()
            .len(),
    );
    std::fs::remove_file(archive).unwrap();
}

#[test]
fn an_export_of_one_trace_has_no_other() {
    let mut telemetry = purchase(NOW, 1, Purchase::Succeeds);
    telemetry.extend(purchase(NOW + 1_000_000_000, 2, Purchase::Succeeds));
    let store = stored(&telemetry);
    let listed = ok(&store, "/api/traces");
    let id = listed["traces"][1]["trace_id"].as_str().unwrap();
    let other = listed["traces"][0]["trace_id"].as_str().unwrap();
    let archive = file("one.zip");
    let to = archive.to_str().unwrap();
    let upper_case = id.to_uppercase();
    run(&store, &["export", "--trace-id", &upper_case, "--to", to]).unwrap();
    assert_eq!(ok(&store, &format!("/api/durations?q={id}"))["traces"], 1);
    // A log record of another trace names it.
    append_logs(
        &store,
        "shop",
        json!([{
            "timeUnixNano": NOW.to_string(),
            "traceId": other,
            "body": {"stringValue": format!("after {id}")},
        }]),
    );
    run(&store, &["export", "--trace-id", id, "--to", to]).unwrap();
    let imported = Store::in_memory().unwrap();
    run(&imported, &["import", to]).unwrap();
    let only = ok(&imported, "/api/traces");
    assert_eq!(only["traces"].as_array().unwrap().len(), 1, "{only}");
    assert_eq!(only["traces"][0]["trace_id"], id);
    std::fs::remove_file(archive).unwrap();
}

#[test]
fn an_export_of_nothing_writes_no_file() {
    let store = stored(&purchase(NOW, 1, Purchase::Succeeds));
    let archive = file("nothing.zip");
    let to = archive.to_str().unwrap();
    for (arguments, expected) in [
        (
            &["export", "--service", "nobody", "--to", to][..],
            "no trace matches",
        ),
        (
            &["export", "--trace-id", &"1".repeat(32), "--to", to],
            "no such trace",
        ),
        (
            &["export", "--trace-id", "button", "--to", to],
            "trace_id: \"button\" is not a trace id of 32 hexadecimal digits",
        ),
    ] {
        let error = run(&store, arguments).expect_err("nothing to export");
        assert!(error.contains(expected), "{error}");
        assert!(!archive.exists(), "{arguments:?}");
    }
}

#[test]
fn lines_are_stored_whatever_their_texts_and_their_first_bytes() {
    let store = Store::in_memory().unwrap();
    let path = file("odd.jsonl");
    // A byte order mark, an empty line, and a value that is the key of another signal.
    let lines = "\u{feff}\r\n{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"timeUnixNano\":\"1700000000000000000\",\"body\":{\"stringValue\":\"resourceSpans\"}}]}]}]}\r\n";
    std::fs::write(&path, lines).unwrap();
    run(&store, &["import", path.to_str().unwrap()]).unwrap();
    let logs = ok(&store, "/api/logs");
    assert_eq!(logs["logs"].as_array().unwrap().len(), 1, "{logs}");
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_file_that_is_no_export_is_named_with_what_is_wrong() {
    let store = Store::in_memory().unwrap();
    for (name, content, expected) in [
        ("bad.zip", &b"PK\x03\x04 nothing"[..], "bad.zip: "),
        ("empty.jsonl", b"\n\n", "it has no line of OTLP/JSON"),
        (
            "other.jsonl",
            b"{\"a\": 1}\n",
            "line 1 has none of resourceSpans",
        ),
        (
            "cut.jsonl",
            b"\n{\"resourceSpans\": [\n",
            "cut.jsonl: line 2: ",
        ),
        ("latin.jsonl", b"\"resourceSpans\" \xff\n", "latin.jsonl"),
    ] {
        let path = file(name);
        std::fs::write(&path, content).unwrap();
        let error = run(&store, &["import", path.to_str().unwrap()]).expect_err(name);
        assert!(error.contains(expected), "{error}");
        std::fs::remove_file(path).unwrap();
    }
    let error = run(&store, &["import", "/no/such/file.zip"]).expect_err("no file");
    assert_eq!(
        error,
        "cannot read /no/such/file.zip: there is no such file; `throughline export --to FILE.zip` writes one"
    );
    let shop = stored(&purchase(NOW, 1, Purchase::Succeeds));
    let error = run(&shop, &["export", "--to", "/no/such/x.zip"]).expect_err("no folder");
    assert_eq!(
        error,
        "cannot write /no/such/x.zip: its folder does not exist; create it, or name a file in another one"
    );
}

#[test]
fn a_wrong_argument_of_a_command_is_named() {
    let store = Store::in_memory().unwrap();
    for (arguments, expected) in [
        (&["traces", "--colour", "red"][..], "--colour"),
        (&["traces", "x"], "\"x\""),
        (
            &["errors", "--min-ms", "5"],
            "--min-ms is no option of `throughline errors`: an error has no duration, and `traces`",
        ),
        (
            &["errors", "--status", "5xx"],
            "an error has a `state`, and `traces` has a status; its options are --q, --group, --state, --service, --route, --release, --attribute, --since, --until, --limit, --before, --resolve, --reopen, --json, --from, --store",
        ),
        (&["logs", "--max-ms", "5"], "a log record has no duration"),
        (&["vitals", "--min-ms", "5"], "`traces` has durations"),
        (&["sessions", "--status", "5xx"], "`traces` has this filter"),
        (
            &["trace", "--limit", "1"],
            "--limit is no option of `throughline trace`; its options are --span-id, --expand, --json, --from, --store",
        ),
        (
            &["wait", "--route", "/x"],
            "--route is no option of `throughline wait`; its options are --trace-of, --timeout, --since, --json, --from, --store",
        ),
        (
            &["export", "--limit", "1"],
            "--limit is no option of `throughline export`; its options are --q, --name,",
        ),
        (&["mcp", "--json"], "its options are --from, --store"),
        (&["logs", "--to", "x"], "--to"),
        (&["wait"], "needs --trace-of"),
        (
            &["wait", "--trace-of", "x", "--timeout", "soon"],
            "\"soon\" is no duration",
        ),
        (&["export"], "needs --to FILE.zip"),
        (&["import"], "needs a file"),
        (&["trace"], "needs TRACE_ID"),
        (&["session"], "needs SESSION_ID"),
        (&["trace", "1", "2"], "\"2\""),
        (
            &["trace", "button"],
            "trace_id: \"button\" is not a trace id of 32 hexadecimal digits",
        ),
        (
            &["wait", "--trace-of", "x", "--timeout", "-1s"],
            "\"-1s\" is no duration",
        ),
        (
            &["traces", "--from", "http://a", "--store", "b"],
            "two stores",
        ),
        (&["traces", "--limit", "many"], "limit: \"many\""),
    ] {
        let error = run(&store, arguments).expect_err("a wrong argument");
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

#[test]
fn a_wait_ends_with_the_whole_trace_or_says_what_is_missing() {
    let store = Store::in_memory().unwrap();
    let now = u64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap();
    let append_now = |spans: Json| {
        let request = json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]});
        let schema = schema::export_request(Signal::Traces);
        let bytes = to_protobuf(schema, request.to_string().as_bytes()).unwrap();
        store.append(Signal::Traces, &bytes, now).unwrap();
    };
    let wait =
        |name, timeout: &str| run(&store, &["wait", "--trace-of", name, "--timeout", timeout]);
    let error = wait("click button#buy", "10ms").expect_err("nothing there");
    assert!(
        error.contains("no trace with a span \"click button#buy\""),
        "{error}"
    );
    let mut child = span(crate::TRACE, 2, 1, "POST /orders", now, now + 1);
    append_now(json!([child.clone()]));
    let error = wait("POST /orders", "10ms").expect_err("no root");
    assert!(
        error.contains("it has 1 spans, but not its root"),
        "{error}"
    );
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| wait("click button#buy", "30s"));
        append_now(json!([span(
            crate::TRACE,
            1,
            0,
            "click button#buy",
            now,
            now + 9
        )]));
        child["spanId"] = json!("0000000000000003");
        append_now(json!([child]));
        let tree = waiting.join().unwrap().unwrap();
        assert_eq!(tree.matches("POST /orders").count(), 2, "{tree}");
    });
    // One of an earlier day is not waited for.
    append_now(json!([span(
        &"9".repeat(32),
        1,
        0,
        "click #old",
        NOW,
        NOW + 1
    )]));
    assert!(wait("click #old", "10ms").is_err());
}
