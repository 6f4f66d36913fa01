//! Tests of bodies that pass through the Worker while they arrive, and of clients that leave.

use crate::backend::Backend;
use crate::edge::Served;
use crate::upstream::Upstream;
use crate::{TIMEOUT, write};
use socket2::SockRef;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

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
