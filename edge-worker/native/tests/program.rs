//! Does the program start, serve and end as an operator expects?
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "in a test a panic is how a failure is told"
)]

mod support;

use std::io::{Read, Write};
use std::net::Shutdown;
use std::thread;
use std::time::{Duration, Instant};
use support::{Running, config_file, listen, program, read_all, read_head, read_until};

#[test]
fn exports_finish_when_it_is_told_to_end() {
    let (backend, url) = listen();
    let edge = Running::configured(&format!("open = true\n[backend]\nurl = \"http://{url}\""));
    let answer = edge.post_traces(BATCH);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (mut export, _) = backend.accept().expect("an export");
    let head = read_head(&mut export);
    assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
    edge.terminate();
    // It waits for the answer to the export, and takes no connections meanwhile.
    thread::sleep(Duration::from_millis(300));
    let taken = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    export
        .write_all(taken)
        .expect("it still listens to the backend");
    // The last it says is what became of everything.
    let (mut report, _) = backend.accept().expect("a report");
    let head = read_head(&mut report);
    assert!(head.starts_with("POST /v1/metrics HTTP/1.1"), "{head}");
    report
        .write_all(taken)
        .expect("it still listens to the backend");
    let ended = edge.ended();
    assert!(ended.status.success());
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(
        told.contains("ending: no new connections, exports finish"),
        "{told}"
    );
    assert!(!told.contains("unfinished"), "{told}");
}

#[test]
fn what_is_wrong_at_the_start_is_said() {
    let (_listener, taken) = listen();
    let file = config_file(&taken, "[backend]\nkind = \"null\"");
    let broken = config_file("x:no-url", "");
    for (arguments, told) in [
        (
            ["--config", &file.to_string_lossy()],
            format!("another program listens on {taken} already"),
        ),
        (
            ["--config", &broken.to_string_lossy()],
            "native.listen: invalid socket address".into(),
        ),
        (
            ["--config", "nowhere.toml"],
            "cannot read the configuration nowhere.toml".into(),
        ),
        (["dev", "--lisen"], "--lisen".into()),
    ] {
        let ended = program(&arguments).output().expect("it ends");
        assert_eq!(ended.status.code(), Some(1));
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(said.contains(&told), "{arguments:?} said {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn a_client_that_sends_no_http_harms_nobody() {
    let edge = Running::configured(NOWHERE);
    for garbage in [
        &b"\0\xff\x16\x03\x01"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v1/traces HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"\r\n\r\n\r\n",
    ] {
        let mut stream = edge.connect();
        stream.write_all(garbage).expect("it reads");
        stream
            .shutdown(std::net::Shutdown::Write)
            .expect("half a close");
        let answer = read_all(&mut stream);
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    }
    let mut head = String::from("GET /healthz HTTP/1.1\r\nhost: x\r\nx: ");
    head.push_str(&"y".repeat(1_000_000));
    head.push_str("\r\n\r\n");
    let mut stream = edge.connect();
    // It may answer before all of it is written.
    let _ = stream.write_all(head.as_bytes());
    let answer = read_all(&mut stream);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
    assert!(edge.get("/healthz").ends_with("ok"));
}

#[test]
fn a_request_that_can_be_read_in_two_ways_is_refused() {
    let (upstream, url) = listen();
    upstream.set_nonblocking(true).expect("it does not wait");
    let edge = Running::configured(&format!(
        "{NOWHERE}\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\""
    ));
    for (request, status, told) in [
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
            "no transfer coding but chunked",
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
        let answer = edge.ask(request);
        let wanted = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&wanted), "{request}\n{answer}");
        assert!(answer.contains(told), "{request}\n{answer}");
        assert!(upstream.accept().is_err(), "{request} was passed on");
    }
    // With both, the length does not count, and what follows is no request.
    let answer = edge.ask(
        "POST /v1/traces HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
         content-length: 50\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n\
         GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n",
    );
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
}

#[test]
fn a_sender_that_asks_first_is_told_before_it_sends() {
    let edge = Running::configured("[backend]\nkind = \"null\"");
    let head = "POST /v1/traces HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
    // Nothing of the body is ever sent.
    let answer = edge.ask(&format!(
        "{head}expect: 100-continue\r\ncontent-length: 100000000\r\n\r\n"
    ));
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let open = Running::configured(NOWHERE);
    let mut stream = open.connect();
    let head = format!("{head}connection: close\r\ncontent-length: 2\r\n");
    stream
        .write_all(format!("{head}expect: 100-continue\r\n\r\n").as_bytes())
        .expect("it reads");
    read_until(&mut stream, "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"{}").expect("it reads");
    let answer = read_all(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn a_body_that_is_no_body_is_its_senders_fault() {
    let (_upstream, url) = listen();
    let edge = Running::configured(&format!(
        "{NOWHERE}\n[[proxy.routes]]\npath = \"/api/*\"\nupstream = \"http://{url}\""
    ));
    for path in ["/v1/traces", "/api/x"] {
        let answer = edge.ask(&format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
             transfer-encoding: chunked\r\n\r\nzz\r\n"
        ));
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.contains("Invalid chunk size"), "{answer}");
    }
}

#[test]
fn a_client_that_never_ends_its_headers_is_let_go() {
    let edge = Running::configured(NOWHERE);
    let mut slow = edge.connect();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost:")
        .expect("it reads");
    let begun = Instant::now();
    read_all(&mut slow);
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(edge.get("/healthz").ends_with("ok"));
}

#[test]
fn bodies_stream_through_the_proxy() {
    let (upstream, url) = listen();
    let edge = Running::configured(&format!(
        "{NOWHERE}\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\""
    ));
    let mut client = edge.connect();
    client
        .write_all(b"POST /x HTTP/1.1\r\nhost: edge.test\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        .expect("it reads");
    let (mut connection, _) = upstream.accept().expect("a request");
    let head = read_head(&mut connection);
    assert!(head.starts_with("POST /x HTTP/1.1\r\n"), "{head}");
    // The upstream has the beginning while the client still writes, …
    read_until(&mut connection, "first");
    connection
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n4\r\none \r\n")
        .expect("it reads");
    // … and the client has the answer's beginning while the upstream still writes.
    let answer = read_until(&mut client, "one ");
    assert!(answer.contains("server-timing: trace;desc=00-"), "{answer}");
    client
        .write_all(b"4\r\nlast\r\n0\r\n\r\n")
        .expect("it reads");
    read_until(&mut connection, "last");
    connection
        .write_all(b"4\r\ntwo \r\n0\r\n\r\n")
        .expect("it reads");
    read_until(&mut client, "two ");
}

#[test]
fn a_client_that_goes_away_takes_its_upstream_request_along() {
    let (upstream, url) = listen();
    let (backend, backend_url) = listen();
    let edge = Running::configured(&format!(
        "[backend]\nurl = \"http://{backend_url}\"\nencoding = \"json\"\ncompression = \"none\"\n\
         [[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\""
    ));
    for (request, answered) in [
        ("GET /hang HTTP/1.1\r\nhost: edge.test\r\n\r\n", ""),
        // With a body that never comes whole, with a next request behind it, …
        (
            "POST /hang HTTP/1.1\r\nhost: edge.test\r\ncontent-length: 9\r\n\r\nhalf",
            "",
        ),
        ("GET /hang HTTP/1.1\r\nhost: edge.test\r\n\r\nGET /", ""),
        // … and in the middle of an answer that is silent.
        (
            "GET /events HTTP/1.1\r\nhost: edge.test\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\none \r\n",
        ),
    ] {
        let mut client = edge.connect();
        client.write_all(request.as_bytes()).expect("it reads");
        let (mut connection, _) = upstream.accept().expect("a request");
        read_head(&mut connection);
        connection.write_all(answered.as_bytes()).expect("it reads");
        if !answered.is_empty() {
            read_until(&mut client, "one ");
        }
        drop(client);
        // To the end of the connection, or its reset.
        read_all(&mut connection);
    }
    // Each core exports its own; whichever comes first.
    let (mut export, _) = backend.accept().expect("the spans");
    let spans = read_until(&mut export, "]}]}]}");
    assert!(spans.contains(r#" /*","kind":2"#), "{spans}");
    assert!(!spans.contains("error.type"), "{spans}");
}

#[test]
fn the_last_telemetry_of_a_page_that_is_closed_is_taken() {
    let (backend, url) = listen();
    let edge = Running::configured(&format!("open = true\n[backend]\nurl = \"http://{url}\""));
    let mut page = edge.connect();
    let head = "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let request = format!("{head}content-length: {}\r\n\r\n{BATCH}", BATCH.len());
    page.write_all(request.as_bytes()).expect("it reads");
    drop(page);
    let (mut export, _) = backend.accept().expect("an export");
    let head = read_head(&mut export);
    assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
}

#[test]
fn an_answer_that_breaks_off_breaks_off_for_the_client_too() {
    let (upstream, url) = listen();
    let edge = Running::configured(&format!(
        "{NOWHERE}\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\""
    ));
    let mut client = edge.connect();
    client
        .write_all(b"GET /x HTTP/1.1\r\nhost: edge.test\r\n\r\n")
        .expect("it reads");
    let (mut connection, _) = upstream.accept().expect("a request");
    read_head(&mut connection);
    connection
        .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        .expect("it reads");
    drop(connection);
    let answer = read_all(&mut client);
    assert!(answer.contains("half"), "{answer}");
    assert!(
        !answer.ends_with("0\r\n\r\n"),
        "it must not look whole: {answer}"
    );
}

#[test]
fn a_large_body_is_refused_and_the_sender_gets_to_read_why() {
    let edge = Running::configured(NOWHERE);
    let answer = edge.post_traces(&" ".repeat((64 << 20) + 1));
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("over 67108864 bytes"), "{answer}");
}

#[test]
fn development_shows_what_it_was_sent() {
    let dev = Running::dev();
    let mut events = dev.connect();
    events
        .write_all(b"GET /api/events HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .expect("it reads");
    read_until(&mut events, "event: telemetry");
    assert!(dev.post_traces(BATCH).starts_with("HTTP/1.1 200"));
    read_until(&mut events, "5b8efff798038103d269b633813fc60c");
    let traces = dev.get("/api/traces");
    assert!(
        traces.contains("5b8efff798038103d269b633813fc60c"),
        "{traces}"
    );
    assert!(dev.get("/").contains("text/html"));
    // A page whose name was made to lead here is not shown it.
    let rebound =
        dev.ask("GET /api/traces HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n");
    assert!(rebound.starts_with("HTTP/1.1 421"), "{rebound}");
    assert!(dev.get("/v1/traces").starts_with("HTTP/1.1 405"));
    // A page that listens does not keep it from ending.
    let begun = Instant::now();
    dev.terminate();
    let mut rest = String::new();
    let _ = events.read_to_string(&mut rest);
    assert!(dev.ended().status.success());
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_page_that_is_closed_leaves_no_connection_behind() {
    let dev = Running::dev();
    let mut events = dev.connect();
    events
        .write_all(b"GET /api/events HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .expect("it reads");
    read_until(&mut events, "event: telemetry");
    // What a client that closes sends; this one sees when the program closes as well.
    events.shutdown(Shutdown::Write).expect("half a close");
    // Nothing is published meanwhile, and no heartbeat is due.
    let patience = Some(Duration::from_secs(10));
    events.set_read_timeout(patience).expect("a timeout");
    read_all(&mut events);
}

/// An edge that keeps nothing.
const NOWHERE: &str = "open = true\n[backend]\nkind = \"null\"";
const BATCH: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"x","startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000"}]}]}]}"#;
