//! Tests of upstreams that fail: the client gets a status, and the spans have the reason.

use crate::support::{Running, listen, read_all, read_head, read_until, refusing};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

#[test]
fn a_refused_connection_is_a_502() {
    let nobody = refusing();
    let (response, spans) = failure_of(&format!("http://{}", nobody.authority));
    assert!(response.starts_with("HTTP/1.1 502 "), "{response}");
    assert!(response.contains("Connection refused"), "{response}");
    assert_failed(&spans, "no_response", "502");
}

#[test]
fn a_name_without_an_address_is_a_502() {
    let (response, spans) = failure_of("http://no.such.invalid");
    assert!(response.starts_with("HTTP/1.1 502 "), "{response}");
    assert!(response.contains("could not find the host: "), "{response}");
    assert_failed(&spans, "name_resolution_error", "502");
}

#[test]
fn a_connection_that_is_not_secure_is_a_502() {
    let (upstream, url) = listen();
    thread::spawn(move || {
        for connection in upstream.incoming() {
            let mut connection = connection.expect("a connection");
            let _ = connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            let _ = connection.read(&mut [0; 1024]);
        }
    });
    let (response, spans) = failure_of(&format!("https://{url}"));
    assert!(response.starts_with("HTTP/1.1 502 "), "{response}");
    let why = "could not make a secure connection: ";
    assert!(response.contains(why), "{response}");
    assert_failed(&spans, "secure_connection_error", "502");
}

#[test]
fn a_response_that_does_not_begin_in_time_is_a_504() {
    let (upstream, url) = listen();
    let (response, spans) = failure_of(&format!("http://{url}"));
    assert!(response.starts_with("HTTP/1.1 504 "), "{response}");
    assert!(
        response.contains("did not respond within 1500 ms"),
        "{response}"
    );
    assert_failed(&spans, "timeout", "504");
    drop(upstream);
}

#[test]
fn a_connection_that_breaks_in_the_head_is_a_502() {
    let (upstream, url) = listen();
    thread::spawn(move || {
        for connection in upstream.incoming() {
            let mut connection = connection.expect("a connection");
            read_head(&mut connection);
            let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nx-hal");
        }
    });
    let (response, spans) = failure_of(&format!("http://{url}"));
    assert!(response.starts_with("HTTP/1.1 502 "), "{response}");
    assert_failed(&spans, "no_response", "502");
}

#[test]
fn a_connection_that_breaks_in_the_body_is_a_span_of_its_own() {
    assert_broken_body_has_a_span("/x", "", "half");
}

#[test]
fn a_document_with_the_script_that_breaks_off_is_a_span_of_its_own() {
    let html = "<head><script src=x></script></head>half";
    assert_broken_body_has_a_span("/page", "content-type: text/html\r\n", html);
}

#[test]
fn a_document_whose_gzip_is_broken_is_a_span_of_its_own() {
    let (upstream, url) = listen();
    let (backend, edge) = edge(&format!("http://{url}"));
    thread::spawn(move || {
        let (mut connection, _) = upstream.accept().expect("a request");
        read_head(&mut connection);
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-encoding: gzip\r\n";
        let _ = write!(connection, "{head}content-length: 14\r\n\r\n");
        let _ = connection.write_all(b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xff\xff\xff\xff");
    });
    let response = edge.get("/page");
    assert!(!response.ends_with("0\r\n\r\n"), "{response}");
    let (mut exporter, _) = backend.accept().expect("an export");
    while !export(&mut exporter).contains(r#""name":"response body""#) {}
}

#[track_caller]
fn assert_broken_body_has_a_span(path: &str, header: &str, body: &str) {
    let (upstream, url) = listen();
    let (backend, edge) = edge(&format!("http://{url}"));
    let mut client = edge.connect();
    client
        .write_all(format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n").as_bytes())
        .expect("sent");
    let (mut connection, _) = upstream.accept().expect("a request");
    read_head(&mut connection);
    let response = format!("HTTP/1.1 200 OK\r\n{header}content-length: 100\r\n\r\n{body}");
    connection.write_all(response.as_bytes()).expect("sent");
    read_until(&mut client, "half");
    // What went well until now has left.
    let (mut exporter, _) = backend.accept().expect("an export");
    let head_spans = export(&mut exporter);
    assert!(!head_spans.contains("error.type"), "{head_spans}");
    drop(connection);
    assert_eq!(
        read_all(&mut client),
        "",
        "it breaks off for the client too"
    );
    let broken = export(&mut exporter);
    for part in [
        r#""name":"response body""#,
        r#"{"key":"error.type","value":{"stringValue":"response_ended"}}"#,
        r#""status":{"code":2}"#,
    ] {
        assert!(broken.contains(part), "{part} {broken}");
    }
    let trace = |spans: &str| {
        let id = spans.split(r#""traceId":""#).nth(1).expect("a span");
        id.get(..32).expect("an id").to_owned()
    };
    assert_eq!(trace(&broken), trace(&head_spans));
}

/// The response to a request for an upstream that fails, and the spans of it.
fn failure_of(upstream: &str) -> (String, String) {
    let (backend, edge) = edge(upstream);
    let response = edge.get("/x");
    let (mut exporter, _) = backend.accept().expect("an export");
    (response, export(&mut exporter))
}

/// An edge in front of an upstream, and its backend.
fn edge(upstream: &str) -> (TcpListener, Running) {
    let (backend, url) = listen();
    let edge = Running::configured_native(
        &format!(
            "[backend]\nurl = \"http://{url}\"\nencoding = \"json\"\ncompression = \"none\"\n\
             [outcomes]\ninterval_ms = 0\n\
             [proxy]\ntimeout_ms = 1500\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"{upstream}\"\n\
             [[proxy.routes]]\npath = \"/page\"\nupstream = \"{upstream}\"\n\
             [proxy.routes.inject]\nscript = \"/t.js\"\nendpoint = \"/_t\"\nservice_name = \"shop-web\""
        ),
        "",
    );
    (backend, edge)
}

/// Reads the next export on a connection and takes it.
fn export(exporter: &mut TcpStream) -> String {
    let head = read_head(exporter);
    assert!(head.starts_with("POST /v1/traces "), "{head}");
    let length = head.split("content-length: ").nth(1).expect("a length");
    let length = length
        .split("\r\n")
        .next()
        .and_then(|digits| digits.parse().ok());
    let mut body = vec![0; length.expect("a number")];
    exporter.read_exact(&mut body).expect("a body");
    exporter
        .write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
        )
        .expect("sent");
    String::from_utf8(body).expect("JSON")
}

/// Both spans have the status ERROR and the reason, the server's the status of the response.
#[track_caller]
fn assert_failed(spans: &str, error_type: &str, status: &str) {
    let error = format!(r#"{{"key":"error.type","value":{{"stringValue":"{error_type}"}}}}"#);
    assert_eq!(spans.matches(&error).count(), 2, "{spans}");
    assert_eq!(
        spans.matches(r#""status":{"code":2}"#).count(),
        2,
        "{spans}"
    );
    let code =
        format!(r#"{{"key":"http.response.status_code","value":{{"intValue":"{status}"}}}}"#);
    assert_eq!(spans.matches(&code).count(), 1, "{spans}");
}
