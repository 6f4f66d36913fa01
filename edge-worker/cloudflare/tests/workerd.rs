//! Tests of the Worker in workerd that no other host could replace.
//!
//! `tests/cases` has the behaviour of every host. These tests are about a Worker alone:
//! panics in an isolate that requests share, bodies that the runtime would decode, a
//! configuration in an environment variable.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod backend;
mod edge;
mod metrics;
mod upstream;
mod web_socket;

use backend::Backend;
use edge::Served;
use socket2::SockRef;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use upstream::Upstream;

#[test]
fn a_panic_costs_a_request_under_way_its_telemetry_or_a_500_and_later_ones_nothing() {
    let (arrived, has_arrived) = mpsc::channel();
    let upstream = Upstream::start(move |path, client| {
        if path == "/held" && arrived.send(()).is_ok() {
            loop {
                thread::park();
            }
        }
        write(client, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
    });
    let edge = Served::start(&upstream.as_only_route(), &["--panic-route"]);

    // The first may be sent twice, the second may not.
    let send = |method: &str| {
        let (address, method) = (edge.address, method.to_owned());
        let request = format!(
            "{method} /held HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        );
        thread::spawn(move || edge::send_to(address, &request))
    };
    let under_way = ["GET", "POST"].map(send);
    for _ in &under_way {
        has_arrived
            .recv()
            .expect("the request reaches the upstream");
    }
    // From now on the upstream responds.
    drop(has_arrived);
    let panicked = edge.get("/panic");
    assert_eq!((panicked.status, panicked.text()), (200, "hi"));
    let untraced = panicked.header("server-timing").is_empty();
    assert!(untraced, "{panicked:?}");

    let [got, posted] = under_way.map(|request| request.join().expect("a response, not a hang"));
    assert_eq!((got.status, got.text()), (200, "hi"));
    assert_eq!(posted.status, 500);
    assert!(posted.text().contains("internal error"), "{posted:?}");
    assert_eq!(edge.get("/healthz").text(), "ok");
    assert_eq!(edge.get("/anything").text(), "hi");
    let empty = "POST /panic HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(edge.send(empty).status, 500, "the second panic");
    let traced = edge.get("/anything");
    assert_eq!(traced.text(), "hi");
    assert_eq!(traced.header("server-timing").len(), 1, "{traced:?}");
}

#[test]
fn encoded_bodies_are_proxied_unchanged() {
    let upstream = Upstream::start(|path, client| match path {
        "/gzip" => {
            let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 26\r\n\r\n";
            write(client, head);
            client.write_all(GZIPPED_WORLD).expect("sent");
        }
        "/unknown" => write(
            client,
            "HTTP/1.1 200 OK\r\ncontent-encoding: own\r\ncontent-length: 3\r\n\r\nxyz",
        ),
        "/cookies" => write(
            client,
            "HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nset-cookie: b=2, c\r\ncontent-length: 0\r\n\r\n",
        ),
        "/moved" => write(
            client,
            "HTTP/1.1 302 Found\r\nlocation: /gzip\r\ncontent-length: 0\r\n\r\n",
        ),
        _ => write(client, "HTTP/1.1 304 Not Modified\r\netag: x\r\n\r\n"),
    });
    let edge = Served::start(&upstream.as_only_route(), &[]);

    let gzip = edge.get("/gzip");
    assert_eq!(gzip.header("content-encoding"), ["gzip"]);
    assert_eq!(gzip.header("content-length"), ["26"]);
    assert_eq!(gzip.body, GZIPPED_WORLD);
    assert_eq!(edge.get("/unknown").text(), "xyz");
    assert_eq!(edge.get("/cookies").header("set-cookie"), ["a=1", "b=2, c"]);
    let moved = edge.get("/moved");
    assert_eq!(
        (moved.status, moved.header("location")),
        (302, vec!["/gzip"])
    );
    assert_eq!(edge.get("/unchanged").status, 304);
}

#[test]
fn a_body_is_proxied_as_a_stream() {
    let (seen, was_seen) = mpsc::channel();
    let was_seen = Mutex::new(was_seen);
    let upstream = Upstream::start(move |_, client| {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                    transfer-encoding: chunked\r\n\r\n";
        write(client, head);
        write(client, "5\r\nfirst\r\n");
        let was_seen = was_seen.lock().expect("one request at a time");
        was_seen.recv().expect("the test has read the first part");
        write(client, "4\r\nlast\r\n0\r\n\r\n");
    });
    let edge = Served::start(&upstream.as_only_route(), &[]);

    let mut stream = edge.send_get("/events");
    let mut text = String::new();
    for part in ["first", "last"] {
        while !text.contains(part) {
            let mut bytes = [0; 1024];
            let read = stream.read(&mut bytes).expect("more of the body");
            assert_ne!(read, 0, "ended before {part}: {text}");
            text.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        // After the last part the upstream does not wait any more.
        let _ = seen.send(());
    }
}

#[test]
fn a_document_is_proxied_as_a_stream_with_the_script_in_it() {
    let (seen, was_seen) = mpsc::channel();
    let was_seen = Mutex::new(was_seen);
    let upstream = Upstream::start(move |_, client| {
        write(client, DOCUMENT);
        write(client, "6\r\n<p>one\r\n");
        let was_seen = was_seen.lock().expect("one request at a time");
        was_seen.recv().expect("the test has read the first part");
        write(client, "7\r\n<p>last\r\n0\r\n\r\n");
    });
    let edge = Served::start(&injecting(&upstream), &[]);

    let mut stream = edge.send_get("/page");
    let mut text = String::new();
    for part in ["<p>one", "<p>last"] {
        while !text.contains(part) {
            let mut bytes = [0; 1024];
            let read = stream.read(&mut bytes).expect("more of the body");
            assert_ne!(read, 0, "ended before {part}: {text}");
            text.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        // After the last part the upstream does not wait any more.
        let _ = seen.send(());
    }
    let script = text.find("<script src='/t.js'").expect("the script");
    assert!(script < text.find("<link>").expect("the head"), "{text}");
}

#[test]
fn a_document_that_breaks_off_is_not_whole() {
    let upstream = Upstream::start(|path, client| {
        // Before the place is known, and after it.
        let part = match path {
            "/early" => "3\r\n<s\n\r\n",
            _ => "6\r\n<p>one\r\n",
        };
        write(client, DOCUMENT.trim_end_matches("d\r\n<link></head>\r\n"));
        write(client, part);
        let _ = client.shutdown(Shutdown::Both);
    });
    let edge = Served::start(&injecting(&upstream), &[]);
    for path in ["/early", "/late"] {
        let mut text = Vec::new();
        let _ = edge.send_get(path).read_to_end(&mut text);
        let text = String::from_utf8_lossy(&text);
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
        assert!(!text.ends_with("0\r\n\r\n"), "{text}");
    }
}

#[test]
fn a_long_body_or_a_document_that_breaks_off_is_a_span_of_its_own() {
    let (exported, was_exported) = mpsc::channel();
    let backend = Upstream::start(move |path, client| {
        exported.send(path.to_owned()).expect("the test waits");
        write(client, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
    let (end, is_ended) = mpsc::channel::<()>();
    let is_ended = Mutex::new(is_ended);
    let upstream = Upstream::start(move |path, client| {
        match path {
            "/long" => write(client, LONG),
            _ => {
                write(client, DOCUMENT);
                write(client, "6\r\n<p>one\r\n");
            }
        }
        let is_ended = is_ended.lock().expect("one request at a time");
        is_ended.recv().expect("the test ends it");
        let _ = client.shutdown(Shutdown::Both);
    });
    let url = format!("url = \"http://{}\"", backend.address);
    let edge = Served::start(&injecting(&upstream).replace("kind = \"null\"", &url), &[]);
    for (path, header) in [
        ("/long", "content-length: 70000"),
        ("/page", "transfer-encoding: chunked"),
    ] {
        let mut stream = edge.send_get(path);
        let mut text = String::new();
        while !text.contains("one") {
            let mut bytes = [0; 1024];
            let read = stream.read(&mut bytes).expect("more of the body");
            assert_ne!(read, 0, "ended early: {text}");
            text.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        assert!(text.to_lowercase().contains(header), "{text}");
        // The spans of the head have left, and now the body breaks off.
        let of_head = was_exported.recv_timeout(TIMEOUT);
        assert_eq!(of_head.as_deref(), Ok("/v1/traces"));
        end.send(()).expect("the upstream waits");
        let of_body = was_exported.recv_timeout(TIMEOUT);
        assert_eq!(of_body.as_deref(), Ok("/v1/traces"), "{path}");
    }
}

#[test]
fn a_client_that_leaves_a_document_ends_its_upstream_request() {
    let (ended, has_ended) = mpsc::channel();
    let upstream = Upstream::start(move |_, client| {
        write(client, DOCUMENT);
        // Without an end, until nobody reads.
        while client.write_all(b"6\r\n<p>one\r\n").is_ok() {}
        ended.send(()).expect("the test waits");
    });
    let edge = Served::start(&injecting(&upstream), &[]);
    let mut client = edge.send_get("/page");
    client.read_exact(&mut [0; 4096]).expect("a beginning");
    let reset = SockRef::from(&client).set_linger(Some(Duration::ZERO));
    reset.expect("set");
    drop(client);
    assert_eq!(has_ended.recv_timeout(TIMEOUT), Ok(()));
    assert_eq!(edge.get("/healthz").text(), "ok");
}

#[test]
fn a_client_that_disconnects_ends_its_upstream_request() {
    let (ended, has_ended) = mpsc::channel();
    let (arrived, has_arrived) = mpsc::channel();
    let upstream = Upstream::start(move |_, client| {
        arrived.send(()).expect("the test waits");
        let rest = client.read(&mut [0]);
        // An end or a reset; no more bytes come.
        ended.send(rest.unwrap_or(0)).expect("the test waits");
    });
    let (exported, was_exported) = mpsc::channel();
    let backend = Upstream::start(move |path, client| {
        exported.send(path.to_owned()).expect("the test waits");
        write(client, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
    let configuration = upstream.as_only_route().replace(
        "kind = \"null\"",
        &format!("url = \"http://{}\"", backend.address),
    );
    let edge = Served::start(&configuration, &[]);

    let client = edge.send_get("/hang");
    has_arrived
        .recv_timeout(TIMEOUT)
        .expect("the request reaches the upstream");
    // For workerd a client that only ends its side still waits for the response.
    let reset = SockRef::from(&client).set_linger(Some(Duration::ZERO));
    reset.expect("set");
    drop(client);
    assert_eq!(
        has_ended.recv_timeout(TIMEOUT),
        Ok(0),
        "the connection ends"
    );
    // The span of the request is exported all the same.
    let path = was_exported.recv_timeout(TIMEOUT);
    assert_eq!(path.as_deref(), Ok("/v1/traces"));
}

#[test]
fn a_client_that_leaves_a_stream_of_events_ends_it_upstream() {
    let (ended, has_ended) = mpsc::channel();
    let upstream = Upstream::start(move |path, client| {
        if path == "/after" {
            return write(client, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
        }
        write(
            client,
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
             transfer-encoding: chunked\r\n\r\nd\r\ndata: first\n\n\r\n",
        );
        // An end or a reset; no more bytes come.
        let rest = client.read(&mut [0]);
        ended.send(rest.unwrap_or(0)).expect("the test waits");
    });
    let backend = Backend::start();
    let to_backend = upstream
        .as_only_route()
        .replace("kind = \"null\"\n", &backend.as_toml());
    let edge = Served::start(&to_backend, &[]);

    let mut client = edge.send_get("/events");
    let mut text = String::new();
    while !text.contains("data: first\n\n") {
        let mut bytes = [0; 1024];
        let read = client.read(&mut bytes).expect("more of the body");
        assert_ne!(read, 0, "ended early: {text}");
        text.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    let reset = SockRef::from(&client).set_linger(Some(Duration::ZERO));
    reset.expect("set");
    drop(client);
    assert_eq!(has_ended.recv_timeout(TIMEOUT), Ok(0), "the stream ends");

    // It did not break off. Spans of what is over leave no later than those of a later request.
    assert_eq!(edge.get("/after").text(), "hi");
    let mut spans = String::new();
    while !spans.contains("/after") {
        let (_, request) = backend.received.recv_timeout(TIMEOUT).expect("spans");
        spans += &request.to_string();
    }
    assert!(!spans.contains("response body"), "{spans}");
}

#[test]
fn exports_over_the_concurrency_limit_start_when_one_ends() {
    let (exported, was_exported) = mpsc::channel();
    let backend = Upstream::start(move |_, client| {
        // Long enough for the requests of all others to have ended.
        thread::sleep(Duration::from_millis(200));
        let taken = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        write(client, taken);
        exported.send(()).expect("the test waits");
    });
    let edge = Served::start(
        &format!(
            "[backend]\nurl = \"http://{}\"\nmax_requests = 1\n",
            backend.address
        ),
        &[],
    );
    const BATCHES: usize = 12;
    for _ in 0..BATCHES {
        assert_eq!(edge.post_traces(BATCH).status, 200);
    }
    let begun = Instant::now();
    for _ in 0..BATCHES {
        was_exported.recv_timeout(TIMEOUT).expect("exported");
    }
    // A waiting export is notified; without that it would look again after ten seconds.
    assert!(
        begun.elapsed() < Duration::from_secs(9),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn the_wrong_key_of_a_configuration_is_logged() {
    let log = edge::refusal("[backend]\nkind = \"otlp\"\n");
    assert!(log.contains("backend.url"), "{log}");
    let log = edge::refusal("[ingest]\nmax_body_bytes = \"64MB\"\n");
    assert!(log.contains("ingest.max_body_bytes"), "{log}");
    // In the log alone, and without the value, which may be a secret.
    let log = edge::refusal("[backend]\nheaders = \"Bearer s3cret\"\n");
    assert!(log.contains("backend.headers"), "{log}");
    assert!(!log.contains("s3cret"), "{log}");
    let response = log.lines().find(|line| line.contains("500"));
    let response = response.expect("the response to a visitor");
    assert!(response.contains("throughline is not configured"), "{log}");
    assert!(!response.contains("backend"), "{log}");
}

#[test]
fn a_request_that_would_become_another_one_is_refused() {
    let upstream = Upstream::start(|path, client| {
        let (length, path) = (path.len(), path.to_owned());
        write(
            client,
            &format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{path}"),
        );
    });
    let edge = Served::start(&upstream.as_only_route(), &[]);
    for (request, status, expected) in [
        ("GET /x HTTP/1.1\r\nhost: a/admin", 400, "one Host header"),
        (
            "OPTIONS * HTTP/1.1\r\nhost: a",
            404,
            "no protocol or route has this path",
        ),
        (
            "GET /x HTTP/1.1\r\nhost: a\r\ncontent-length: 17",
            501,
            "a GET or HEAD request cannot have a body",
        ),
        (
            "GET /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked",
            501,
            "a GET or HEAD request cannot have a body",
        ),
        ("GET /x HTTP/1.1\r\nhost: a\r\ncontent-length: 0", 200, "/x"),
    ] {
        let body = if request.contains("17") {
            r#"{"query":"hello"}"#
        } else if request.contains("chunked") {
            "2\r\n{}\r\n0\r\n\r\n"
        } else {
            ""
        };
        let response = edge.send(&format!("{request}\r\nconnection: close\r\n\r\n{body}"));
        assert_eq!(response.status, status, "{request}: {response:?}");
        assert!(
            response.text().contains(expected),
            "{request}: {response:?}"
        );
    }
}

#[test]
fn a_sender_that_announces_too_much_is_refused_before_it_sends() {
    let edge = Served::start("[backend]\nkind = \"null\"\n", &[]);
    let head = "POST /v1/traces HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nexpect: 100-continue";
    let response = edge.send(&format!("{head}\r\ncontent-length: 300000000\r\n\r\n"));
    assert_eq!(response.status, 413, "{response:?}");
}

#[test]
fn workerd_ends_with_serve() {
    let edge = Served::start("[backend]\nkind = \"null\"\n", &[]);
    let address = edge.address;
    drop(edge);
    assert!(TcpStream::connect(address).is_err(), "workerd still runs");
}

fn write(client: &mut TcpStream, text: &str) {
    client.write_all(text.as_bytes()).expect("sent");
}

/// A configuration that inserts a script into what this server sends.
fn injecting(upstream: &Upstream) -> String {
    let inject =
        "[proxy.routes.inject]\nscript = \"/t.js\"\nendpoint = \"/_t\"\nservice_name = \"web\"\n";
    upstream.as_only_route() + inject
}

/// The head of a response, and of the document in it.
const DOCUMENT: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\
    transfer-encoding: chunked\r\n\r\n15\r\n<!doctype html><head>\r\nd\r\n<link></head>\r\n";

/// The head of a long response, and the first bytes of its body.
const LONG: &str = "HTTP/1.1 200 OK\r\ncontent-length: 70000\r\n\r\none";

const BATCH: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"x"}]}]}]}"#;

/// How long a test waits for an event.
const TIMEOUT: Duration = Duration::from_secs(20);

/// "world\n"
const GZIPPED_WORLD: &[u8] =
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x2b\xcf\x2f\xca\x49\xe1\x02\x00\
    \xa8\x61\x38\xdd\x06\x00\x00\x00";
