//! Tests of the commands and tools that ask a `throughline dev`.

use crate::BATCH;
use crate::support::{Running, listen, post_to, program, send_signal};
use std::io::{BufRead, Write};
use std::process::{Output, Stdio};
use std::time::Instant;

const TRACE: &str = "5b8efff798038103d269b633813fc60c";

/// A `throughline dev` with [`BATCH`], and its address.
fn dev() -> (Running, String) {
    let dev = Running::dev();
    assert!(dev.post_traces(BATCH).starts_with("HTTP/1.1 200"));
    // The store has what it was sent only after the response to the sender.
    let begun = Instant::now();
    while !dev.get("/api/traces").contains(TRACE) {
        assert!(begun.elapsed().as_secs() < 20, "the trace is not stored");
    }
    let address = format!("http://{}", dev.authority);
    (dev, address)
}

fn run(arguments: &[&str]) -> Output {
    program(arguments).output().expect("the program runs")
}

fn printed(arguments: &[&str]) -> String {
    let output = run(arguments);
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {log}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn commands_ask_the_program_that_runs() {
    let (dev, address) = dev();
    let list = printed(&["traces", "--from", &address]);
    assert!(list.contains(TRACE), "{list}");
    let json = printed(&["traces", "--from", &address, "--json"]);
    let [shown, served] = [json.as_str(), body(&dev.get("/api/traces"))]
        .map(|json| serde_json::from_str::<serde_json::Value>(json).expect("JSON"));
    assert_eq!(shown, served);
    assert!(printed(&["trace", TRACE, "--from", &address]).contains(TRACE));

    let archive = std::env::temp_dir().join(format!("throughline-ask-{}.zip", std::process::id()));
    let archive = archive.to_string_lossy();
    printed(&[
        "export",
        "--trace-id",
        TRACE,
        "--to",
        &archive,
        "--from",
        &address,
    ]);
    let other = Running::dev();
    let address = format!("http://{}", other.authority);
    printed(&["import", &archive, "--from", &address]);
    // At once, as the next command of a script asks.
    let stored = other.get("/api/traces");
    assert!(stored.contains(TRACE), "{stored}");
    std::fs::remove_file(&*archive).expect("the archive");
}

#[test]
fn wait_takes_a_program_that_does_not_listen_yet() {
    // A port that is free again.
    let (listener, authority) = listen();
    drop(listener);
    let address = format!("http://{authority}");
    let begun = Instant::now();
    let wait = ["wait", "--trace-of", "x", "--since", "1"];
    let refused = run(&[&wait[..], &["--timeout", "500ms", "--from", &address]].concat());
    assert_eq!(refused.status.code(), Some(1));
    assert!(begun.elapsed().as_millis() >= 500);
    let log = String::from_utf8_lossy(&refused.stderr);
    assert!(log.contains("is `throughline dev` running there?"), "{log}");

    let waiting = program(&[&wait[..], &["--timeout", "30s", "--from", &address]].concat())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let dev = Running::dev_on(&authority);
    assert!(dev.post_traces(BATCH).starts_with("HTTP/1.1 200"));
    let output = waiting.wait_with_output().expect("it ends");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains(TRACE), "{shown}");
}

#[test]
fn follow_prints_what_comes_and_ends_with_0_by_ctrl_c() {
    let (dev, address) = dev();
    for (list, path, first, second) in [
        (
            "traces",
            "/v1/traces",
            TRACE,
            "00000000000000000000000000000007",
        ),
        ("logs", "/v1/logs", "", "TypeError"),
    ] {
        let mut follow = program(&[list, "--follow", "--from", &address])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let stdout = follow.stdout.take().expect("piped");
        let mut lines = std::io::BufReader::new(stdout).lines();
        if !first.is_empty() {
            let line = lines.next().expect("a line").expect("text");
            assert!(line.contains(first), "{line}");
        }
        let later = match list {
            "traces" => BATCH.replace(TRACE, second),
            _ => EXCEPTION.to_owned(),
        };
        let stored = post_to(&dev.authority, path, &later).expect("a response");
        assert!(stored.starts_with("HTTP/1.1 200"), "{stored}");
        let line = lines.next().expect("a line").expect("text");
        assert!(line.contains(second), "{line}");
        assert!(send_signal("-INT", follow.id()));
        let ended = follow.wait().expect("it ends");
        assert_eq!(ended.code(), Some(0), "{list}");
    }
    let file = run(&["logs", "--follow", "--limit", "5"]);
    let log = String::from_utf8_lossy(&file.stderr);
    assert!(log.contains("leave --limit out"), "{log}");
}

#[test]
fn a_command_that_has_no_result_ends_with_1_and_says_why() {
    let (_dev, address) = dev();
    for (arguments, expected) in [
        (
            &["trace", &"1".repeat(32), "--from", &address][..],
            "no such trace in this store",
        ),
        (
            &["trace", "00", "--from", &address],
            "trace_id: \"00\" is not a trace id of 32 hexadecimal digits",
        ),
        (
            &["traces", "--from", "http://127.0.0.1:431800"],
            "is not the address of a `throughline dev`",
        ),
        (
            &["traces", "--from", "http://127.0.0.1:1"],
            "Connection refused",
        ),
        (
            &["traces", "--status", "x", "--from", &address],
            "status: \"x\" is not `error`",
        ),
        (
            &["traces", "--from", "http://127.0.0.1:1"],
            "is `throughline dev` running there?",
        ),
        (
            &["traces", "--from", "127.0.0.1:4318"],
            "is not the address of a `throughline dev`",
        ),
        (
            &["traces", "--store", "/no/such/store"],
            "there is no store /no/such/store",
        ),
        (
            &[
                "wait",
                "--trace-of",
                "nothing",
                "--timeout",
                "10ms",
                "--from",
                &address,
            ],
            "no trace with a span \"nothing\" arrived within 10ms",
        ),
    ] {
        let output = run(arguments);
        let log = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(log.contains(expected), "{log}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_store_that_is_in_use_is_not_opened_beside_its_owner() {
    let store = std::env::temp_dir().join(format!("throughline-ask-{}.sqlite", std::process::id()));
    let store = store.to_string_lossy();
    printed(&["import", "--store", &store, &sample()]);
    assert!(printed(&["traces", "--store", &store]).contains(TRACE));
    let _dev = Running::dev_with(&["--store", &store]);
    let output = run(&["traces", "--store", &store]);
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains("To ask that one, leave --store out"), "{log}");
}

#[test]
fn an_import_of_which_a_part_is_rejected_says_so() {
    let dev = Running::dev();
    let file = std::env::temp_dir().join(format!("throughline-part-{}.jsonl", std::process::id()));
    let span = |id: &str| {
        format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{TRACE}","spanId":"{id}","name":"n"}}]}}]}}]}}"#
        )
    };
    let lines = format!("{}\n{}\n", span("0000000000000001"), span("01"));
    std::fs::write(&file, lines).expect("a file");
    let address = format!("http://{}", dev.authority);
    let output = run(&["import", &file.to_string_lossy(), "--from", &address]);
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{log}");
    let wanted = ".jsonl: line 2: not all of it is stored: spans no backend could use: 1";
    assert!(log.contains(wanted), "{log}");
    std::fs::remove_file(file).expect("the file");
}

#[test]
fn every_command_prints_its_own_help() {
    for (arguments, own) in [
        (
            &["traces", "-h"][..],
            "throughline traces [--follow] [--json]\n",
        ),
        (
            &["wait", "--trace-of", "x", "--help"],
            "throughline wait --trace-of",
        ),
        (&["help", "mcp"], "throughline mcp\n"),
        (&["dev", "--help"], "throughline dev [--listen"),
        (&["check", "-h"], "throughline check [FILE]"),
        (&["account", "-h"], "throughline account"),
        (
            &["sourcemaps", "upload", "-h"],
            "throughline sourcemaps upload",
        ),
    ] {
        assert!(printed(arguments).starts_with(own), "{arguments:?}");
    }
    let all = printed(&["--help"]);
    assert!(all.starts_with("Receives telemetry") && all.contains("throughline wait --trace-of"));
    assert_eq!(printed(&["help"]), all);
    let output = run(&["help", "dance"]);
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(
        log.contains("no command \"dance\"; `throughline help` lists them"),
        "{log}"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn an_empty_list_ends_with_1_and_is_printed_as_json_alone() {
    let (_dev, address) = dev();
    for command in ["traces", "logs", "errors", "vitals", "sessions"] {
        let arguments = [command, "--service", "nope", "--from", &address];
        let output = run(&arguments);
        let log = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{command}");
        assert!(output.stdout.is_empty() && log.contains(" match"), "{log}");
        let output = run(&[&arguments[..], &["--json"]].concat());
        assert_eq!(output.status.code(), Some(1), "{command}");
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let mut lists = json.as_object().expect("an object").values();
        assert!(lists.any(|list| *list == serde_json::json!([])), "{json}");
    }
}

#[test]
fn tools_of_a_program_that_does_not_run_say_so_at_once() {
    let output = program(&["mcp", "--from", "http://127.0.0.1:1"])
        .stdin(Stdio::null())
        .output()
        .expect("it ends");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(
        log.contains("the tools will fail until this is mended: no answer from http://127.0.0.1:1: Connection refused"),
        "{log}"
    );
}

#[test]
fn a_folder_that_does_not_exist_is_named() {
    let output = run(&[
        "dev",
        "--listen",
        "127.0.0.1:0",
        "--store",
        "/nonexistent/a.db",
    ]);
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        log.contains("cannot open the store /nonexistent/a.db: there is no folder /nonexistent; create it, or choose another file"),
        "{log}"
    );
}

/// A file of one line with [`BATCH`].
fn sample() -> String {
    let file = std::env::temp_dir().join(format!("throughline-ask-{}.jsonl", std::process::id()));
    std::fs::write(&file, BATCH.replace('\n', " ")).expect("a file");
    file.to_string_lossy().into_owned()
}

#[test]
fn an_error_is_resolved_by_a_command_and_by_the_viewers_own_page_alone() {
    let dev = Running::dev();
    let address = format!("http://{}", dev.authority);
    let sent = post_to(&dev.authority, "/v1/logs", EXCEPTION).expect("a response");
    assert!(sent.starts_with("HTTP/1.1 200"), "{sent}");
    let begun = Instant::now();
    let id = loop {
        // It ends with 1 until then.
        let output = run(&["errors", "--from", &address, "--json"]);
        let errors: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        if let Some(id) = errors["errors"][0]["id"].as_str() {
            break id.to_owned();
        }
        assert!(
            begun.elapsed().as_secs() < 20,
            "the exception is not stored"
        );
    };
    let state = || {
        let list = printed(&["errors", "--from", &address]);
        ["resolved", "open"]
            .into_iter()
            .find(|state| list.contains(state))
    };
    assert_eq!(
        printed(&["errors", "--resolve", &id, "--from", &address]),
        format!("error {id} is resolved\n")
    );
    assert_eq!(state(), Some("resolved"));
    let reopen = |host: &str, headers: &str| {
        dev.send(&format!(
            "POST /api/errors/reopen?group={id} HTTP/1.1\r\nhost: {host}\r\n{headers}content-length: 0\r\nconnection: close\r\n\r\n"
        ))
    };
    let own = &dev.authority;
    // Neither another site, nor another page of this machine, nor a name that resolves to it.
    for origin in [
        "https://evil.example",
        "http://localhost:5173",
        "null",
        "http://",
    ] {
        let refused = reopen(own, &format!("origin: {origin}\r\n"));
        assert!(refused.starts_with("HTTP/1.1 403"), "{origin}: {refused}");
        assert!(refused.contains("viewer's own page"), "{refused}");
    }
    let rebound = reopen("evil.example", "origin: http://evil.example\r\n");
    assert!(rebound.starts_with("HTTP/1.1 421"), "{rebound}");
    assert_eq!(state(), Some("resolved"));
    let reopened = reopen(own, &format!("origin: http://{own}\r\n"));
    assert!(reopened.starts_with("HTTP/1.1 200"), "{reopened}");
    assert_eq!(state(), Some("open"));
    let unknown = run(&[
        "errors",
        "--resolve",
        "00000000000000aa",
        "--from",
        &address,
    ]);
    let log = String::from_utf8_lossy(&unknown.stderr);
    assert!(
        !unknown.status.success() && log.contains("no such error"),
        "{log}"
    );
}

#[test]
fn an_agent_asks_by_mcp_on_standard_input_and_by_http() {
    let (dev, address) = dev();
    let call = format!(
        r#"{{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{{"name":"trace","arguments":{{"trace_id":"{TRACE}"}}}}}}"#
    );
    let mut child = program(&["mcp", "--from", &address])
        .stdin(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("its input");
    for line in [INITIALIZE, INITIALIZED, LIST, &call] {
        writeln!(input, "{line}").expect("it reads");
    }
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(
        child.stdout.take().expect("its output"),
    ));
    let mut next = || lines.next().expect("a response").expect("text");
    assert!(next().contains(r#""serverInfo":{"name":"throughline""#));
    let listed = next();
    for tool in [
        "traces",
        "trace",
        "logs",
        "errors",
        "vitals",
        "exemplars",
        "status",
    ] {
        assert!(
            listed.contains(&format!(r#"{{"name":"{tool}""#)),
            "{tool}: {listed}"
        );
    }
    assert!(listed.contains(r#""readOnlyHint":true"#), "{listed}");
    let by_input = next();
    drop(input);
    assert!(child.wait().expect("its end").success());

    let by_http = dev_post(&dev, &call, "");
    assert!(by_http.starts_with("HTTP/1.1 200"), "{by_http}");
    let [by_input, by_http] = [by_input.as_str(), body(&by_http)]
        .map(|json| serde_json::from_str::<serde_json::Value>(json).expect("JSON"));
    assert_eq!(by_input["result"]["structuredContent"]["trace_id"], TRACE);
    assert_eq!(by_input["result"], by_http["result"]);

    // A wrong argument is a result that the agent reads, not an error of the protocol.
    let wrong = call.replace(TRACE, &"1".repeat(32));
    let refused = dev_post(&dev, &wrong, "");
    assert!(
        refused.contains(r#""isError":true"#) && refused.contains("no such trace"),
        "{refused}"
    );
    // No page may ask, whatever its origin.
    for origin in ["http://127.0.0.1:3000", "https://evil.example", "null"] {
        let refused = dev_post(&dev, &call, &format!("origin: {origin}\r\n"));
        assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    }
    let rebound = dev.send("POST /mcp HTTP/1.1\r\nhost: evil.example\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    assert!(rebound.starts_with("HTTP/1.1 421"), "{rebound}");
    let large = "x".repeat((1 << 20) + 1);
    let refused = post_to(&dev.authority, "/mcp", &large).unwrap_or_default();
    assert!(
        refused.is_empty() || refused.starts_with("HTTP/1.1 413"),
        "{refused}"
    );
}

#[test]
fn an_agent_gets_a_large_trace_as_a_short_tree_and_all_of_it_in_parts() {
    let dev = Running::dev();
    let span = |id: u64, parent: u64, name: &str| {
        // The loop is in front of the steps.
        let start = 1_544_712_660_000_000_000 + id;
        let detail = format!("SELECT {} FROM products", "column, ".repeat(100));
        format!(
            r#"{{"traceId":"{TRACE}","spanId":"{id:016x}","parentSpanId":"{parent:016x}","name":"{name}","startTimeUnixNano":"{start}","endTimeUnixNano":"1544712660000500000","attributes":[{{"key":"db.query.text","value":{{"stringValue":"{detail}"}}}}]}}"#
        )
    };
    let mut spans = vec![span(1, 99, "GET /cart")];
    spans.extend((0..400).map(|nth| span(1000 + nth, 1, "SELECT products")));
    // A trace of as many different spans is long however it is joined.
    spans.extend((0..400).map(|nth| span(2000 + nth, 1, &format!("step {nth}"))));
    let request = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    );
    let archive =
        std::env::temp_dir().join(format!("throughline-mcp-{}.jsonl", std::process::id()));
    std::fs::write(&archive, request).expect("a file");
    let address = format!("http://{}", dev.authority);
    printed(&["import", &archive.to_string_lossy(), "--from", &address]);
    std::fs::remove_file(archive).expect("the file");

    let ask = |arguments: &str| {
        let call = format!(
            r#"{{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{{"name":"trace","arguments":{{"trace_id":"{TRACE}"{arguments}}}}}}}"#
        );
        let response = dev_post(&dev, &call, "");
        let json = serde_json::from_str::<serde_json::Value>(body(&response)).expect("JSON");
        json["result"].clone()
    };
    for arguments in ["", r#","expand":true"#] {
        let result = ask(arguments);
        assert!(result.to_string().len() < 80_000, "{arguments}");
        let text = result["content"][0]["text"].as_str().expect("a text");
        assert!(text.starts_with(&format!("trace {TRACE}\n")), "{text}");
        assert_eq!(
            text.contains("400 × SELECT products"),
            arguments.is_empty(),
            "{text}"
        );
        assert!(
            text.contains("more lines are left out. Ask for less"),
            "{text}"
        );
        let cut = &result["structuredContent"]["cut"];
        assert!(cut["spans"]["left_out"].as_u64() > Some(300), "{cut}");
        let how = cut["how_to_get_it"].as_str().unwrap_or_default();
        assert!(how.contains("`span_id`"), "{cut}");
    }
    let one = ask(&format!(r#","span_id":"{:016x}""#, 1007));
    let spans = one["structuredContent"]["spans"].as_array().map(Vec::len);
    assert_eq!(
        (spans, &one["structuredContent"]["cut"]),
        (Some(1), &serde_json::Value::Null)
    );
}

fn dev_post(dev: &Running, json: &str, headers: &str) -> String {
    let length = json.len();
    dev.send(&format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\n{headers}content-type: application/json\r\naccept: application/json, text/event-stream\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{json}"
    ))
}

fn body(response: &str) -> &str {
    response.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

const EXCEPTION: &str = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":[{"key":"exception.type","value":{"stringValue":"TypeError"}}]}]}]}]}"#;
const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}"#;
const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
