//! Tests of the program as a process: its start, its serving and its end.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "in a test a panic is a failure"
)]

#[cfg(feature = "dev")]
mod ask;
mod check;
#[cfg(feature = "dev")]
mod development;
mod failures;
mod grpc;
mod guides;
mod http2;
mod inject;
#[cfg(feature = "kafka")]
mod kafka;
mod log;
mod probes;
mod queue;
mod reload;
mod source_maps;
#[cfg(feature = "sourcemaps")]
mod sourcemaps_command;
mod support;
mod systemd;
mod tls;
mod traces;
mod upgrade;
mod upstream;

use std::io::Write;
use std::net::Shutdown;
use std::thread;
use std::time::{Duration, Instant};
use support::{Running, config_file, listen, program, read_all, read_head, read_until};

#[test]
fn exports_finish_when_the_program_ends() {
    let (backend, url) = listen();
    let edge = Running::configured(&format!("open = true\n[backend]\nurl = \"http://{url}\""));
    let response = edge.post_traces(BATCH);
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    let (mut export, _) = backend.accept().expect("an export");
    let head = read_head(&mut export);
    assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
    edge.terminate();
    // The program waits for the response to the export, and accepts no connections meanwhile.
    thread::sleep(Duration::from_millis(300));
    let taken = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    export.write_all(taken).expect("sent");
    // The last export is that of the outcome counts.
    let (mut report, _) = backend.accept().expect("a report");
    let head = read_head(&mut report);
    assert!(head.starts_with("POST /v1/metrics HTTP/1.1"), "{head}");
    report.write_all(taken).expect("sent");
    let ended = edge.ended();
    assert!(ended.status.success());
    let log = String::from_utf8_lossy(&ended.stderr);
    assert!(
        log.contains("ending: no new connections, exports finish"),
        "{log}"
    );
    assert!(!log.contains("unfinished"), "{log}");
}

#[test]
fn an_error_at_the_start_is_one_line_that_names_it() {
    let (_listener, taken) = listen();
    let file = config_file(&taken, "[backend]\nkind = \"null\"");
    let broken = config_file("x:no-url", "");
    for (arguments, expected) in [
        (
            ["--config", &file.to_string_lossy()],
            format!("another program listens on {taken} already"),
        ),
        (
            ["--config", &broken.to_string_lossy()],
            "line 3: native.listen: not an address and a port, such as 127.0.0.1:4318".into(),
        ),
        (
            ["--config", "nowhere.toml"],
            "cannot read the configuration nowhere.toml".into(),
        ),
        (["dev", "--lisen"], "--lisen".into()),
    ] {
        let ended = program(&arguments).output().expect("it ends");
        assert_eq!(ended.status.code(), Some(1));
        let log = String::from_utf8_lossy(&ended.stderr);
        assert!(log.contains(&expected), "{arguments:?} logged {log}");
        assert_eq!(log.lines().count(), 1, "{log}");
    }
}

#[test]
fn a_client_that_sends_no_http_disturbs_no_other() {
    let edge = Running::configured(NOWHERE);
    for garbage in [
        &b"\0\xff\x16\x03\x01"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v1/traces HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"\r\n\r\n\r\n",
    ] {
        let mut stream = edge.connect();
        stream.write_all(garbage).expect("sent");
        stream.shutdown(Shutdown::Write).expect("half a close");
        let response = read_all(&mut stream);
        assert!(!response.starts_with("HTTP/1.1 2"), "{response}");
    }
    let mut head = String::from("GET /healthz HTTP/1.1\r\nhost: x\r\nx: ");
    head.push_str(&"y".repeat(1_000_000));
    head.push_str("\r\n\r\n");
    let mut stream = edge.connect();
    // The response may come before all of it is written.
    let _ = stream.write_all(head.as_bytes());
    let response = read_all(&mut stream);
    assert!(
        response.is_empty() || response.starts_with("HTTP/1.1 431"),
        "{response}"
    );
    assert!(edge.get("/healthz").ends_with("ok"));
}

#[test]
fn an_ambiguous_request_is_refused() {
    let (upstream, url) = listen();
    upstream.set_nonblocking(true).expect("it does not wait");
    let edge = Running::configured(&format!(
        "{NOWHERE}\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\""
    ));
    for (request, status, expected) in [
        ("GET /x HTTP/1.1\r\n\r\n", 400, "one Host header"),
        (
            "GET /x HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
            400,
            "one Host header",
        ),
        (
            "GET /x HTTP/1.1\r\nhost: a b\r\n\r\n",
            400,
            "one Host header",
        ),
        (
            "GET http://me@a/x HTTP/1.1\r\nhost: a\r\n\r\n",
            400,
            "without a user",
        ),
        (
            "GET ftp://a/x HTTP/1.1\r\nhost: a\r\n\r\n",
            400,
            "an http URL",
        ),
        (
            "POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            501,
            "chunked is the only transfer coding",
        ),
        (
            "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
            400,
            "",
        ),
        (
            "POST /x HTTP/1.1\r\nhost: a\r\nx: y\r\n z\r\ncontent-length: 0\r\n\r\n",
            400,
            "",
        ),
    ] {
        let response = edge.send(request);
        let wanted = format!("HTTP/1.1 {status} ");
        assert!(response.starts_with(&wanted), "{request}\n{response}");
        assert!(response.contains(expected), "{request}\n{response}");
        assert!(upstream.accept().is_err(), "{request} was passed on");
    }
    // With both headers the length is ignored, and no next request is read.
    let response = edge.send(
        "POST /v1/traces HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
         content-length: 50\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n\
         GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n",
    );
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    assert_eq!(response.matches("HTTP/1.1").count(), 1, "{response}");
}

#[test]
fn a_sender_that_expects_100_continue_is_refused_before_it_sends() {
    let edge = Running::configured("[backend]\nkind = \"null\"");
    let head = "POST /v1/traces HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
    // Nothing of the body is ever sent.
    let response = edge.send(&format!(
        "{head}expect: 100-continue\r\ncontent-length: 100000000\r\n\r\n"
    ));
    assert!(response.starts_with("HTTP/1.1 401"), "{response}");
    let open = Running::configured(NOWHERE);
    for (path, form) in [
        ("traces", "content-length: 300000000"),
        (
            "traces",
            "content-encoding: gzip\r\ncontent-length: 300000000",
        ),
        ("bundle", "content-length: 300000000"),
    ] {
        let response = open.send(&format!(
            "POST /v1/{path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
             expect: 100-continue\r\n{form}\r\n\r\n"
        ));
        assert!(response.starts_with("HTTP/1.1 413"), "{response}");
    }
    let mut stream = open.connect();
    let head = format!("{head}connection: close\r\ncontent-length: 2\r\n");
    stream
        .write_all(format!("{head}expect: 100-continue\r\n\r\n").as_bytes())
        .expect("sent");
    read_until(&mut stream, "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"{}").expect("sent");
    let response = read_all(&mut stream);
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
}

#[test]
fn a_malformed_body_is_refused_with_400() {
    let (_upstream, url) = listen();
    let edge = Running::configured(&format!(
        "{NOWHERE}\n[[proxy.routes]]\npath = \"/api/*\"\nupstream = \"http://{url}\""
    ));
    for path in ["/v1/traces", "/api/x"] {
        let response = edge.send(&format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
             transfer-encoding: chunked\r\n\r\nzz\r\n"
        ));
        assert!(response.starts_with("HTTP/1.1 400"), "{response}");
        assert!(response.contains("Invalid chunk size"), "{response}");
    }
}

#[test]
fn a_client_that_never_ends_its_headers_is_disconnected() {
    let edge = Running::configured(NOWHERE);
    let mut slow = edge.connect();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost:")
        .expect("sent");
    let begun = Instant::now();
    read_all(&mut slow);
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(edge.get("/healthz").ends_with("ok"));
}

#[test]
fn a_request_of_a_client_that_goes_away_is_cancelled_upstream() {
    let (upstream, url) = listen();
    let (backend, backend_url) = listen();
    let edge = Running::configured(&format!(
        "[backend]\nurl = \"http://{backend_url}\"\nencoding = \"json\"\ncompression = \"none\"\n\
         [[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\""
    ));
    for (request, response) in [
        ("GET /hang HTTP/1.1\r\nhost: edge.test\r\n\r\n", ""),
        // With an incomplete body, with a next request behind it, …
        (
            "POST /hang HTTP/1.1\r\nhost: edge.test\r\ncontent-length: 9\r\n\r\nhalf",
            "",
        ),
        ("GET /hang HTTP/1.1\r\nhost: edge.test\r\n\r\nGET /", ""),
        // … and in the middle of an idle response.
        (
            "GET /events HTTP/1.1\r\nhost: edge.test\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\none \r\n",
        ),
    ] {
        let mut client = edge.connect();
        client.write_all(request.as_bytes()).expect("sent");
        let (mut connection, _) = upstream.accept().expect("a request");
        read_head(&mut connection);
        connection.write_all(response.as_bytes()).expect("sent");
        if !response.is_empty() {
            read_until(&mut client, "one ");
        }
        drop(client);
        // To the end of the connection, or its reset.
        read_all(&mut connection);
    }
    // Each core exports its own spans; this is the first export.
    let (mut export, _) = backend.accept().expect("the spans");
    let spans = read_until(&mut export, "]}]}]}");
    assert!(spans.contains(r#" /*","kind":2"#), "{spans}");
    assert!(!spans.contains("error.type"), "{spans}");
}

#[test]
fn the_last_telemetry_of_a_closed_page_is_exported() {
    let (backend, url) = listen();
    let edge = Running::configured(&format!("open = true\n[backend]\nurl = \"http://{url}\""));
    let mut page = edge.connect();
    let head = "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let request = format!("{head}content-length: {}\r\n\r\n{BATCH}", BATCH.len());
    page.write_all(request.as_bytes()).expect("sent");
    drop(page);
    let (mut export, _) = backend.accept().expect("an export");
    let head = read_head(&mut export);
    assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
}

#[test]
fn a_body_over_the_limit_is_refused_with_the_reason() {
    let edge = Running::configured(NOWHERE);
    let response = edge.post_traces(&" ".repeat((64 << 20) + 1));
    assert!(response.starts_with("HTTP/1.1 413"), "{response}");
    assert!(response.contains("over 67108864 bytes"), "{response}");
}

#[cfg(not(feature = "dev"))]
#[test]
fn a_build_without_the_development_mode_says_how_to_get_one() {
    let ended = program(&["dev"]).output().expect("it ends");
    assert_eq!(ended.status.code(), Some(1));
    let log = String::from_utf8_lossy(&ended.stderr);
    assert!(log.contains("this build has no development mode"), "{log}");
    assert!(
        log.contains("cargo build --release -p throughline"),
        "{log}"
    );
    let help = program(&["--help"]).output().expect("it ends");
    assert!(String::from_utf8_lossy(&help.stdout).contains("Not in this build"));
}

/// A configuration whose backend discards everything.
const NOWHERE: &str = "open = true\n[backend]\nkind = \"null\"";
const BATCH: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"x","startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000"}]}]}]}"#;
