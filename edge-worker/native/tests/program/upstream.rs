//! Tests of the program between a client and an upstream.

use crate::NOWHERE;
use crate::support::{Running, listen, read_all, read_head, read_until};
use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

#[test]
fn unusual_heads_pass_in_both_directions() {
    let (upstream, url) = listen();
    let edge = Running::configured(&format!(
        "{NOWHERE}\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\""
    ));
    let many: String = (0..300).map(|n| format!("x-{n}: {n}\r\n")).collect();
    let mut client = edge.connect();
    let request = format!("GET /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{many}\r\n");
    client.write_all(request.as_bytes()).expect("sent");
    let (mut connection, _) = upstream.accept().expect("a request");
    let head = read_head(&mut connection);
    assert!(head.contains("x-299: 299"), "{head}");
    // A blank before a colon and a line that is continued: a proxy repairs both in a
    // response (RFC 9112, 5.1 and 5.2).
    let response = format!(
        "HTTP/1.1 200 OK\r\n{many}x-blank : one\r\nx-folded: two\r\n  three\r\ncontent-length: 2\r\n\r\nok"
    );
    connection.write_all(response.as_bytes()).expect("sent");
    let response = read_all(&mut client);
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    for line in [
        "x-299: 299\r\n",
        "x-blank: one\r\n",
        "x-folded: two three\r\n",
    ] {
        assert!(response.contains(line), "{line} {response}");
    }
}

#[test]
fn a_request_on_a_connection_that_was_closing_is_sent_again() {
    let (upstream, url) = listen();
    let edge = Running::configured(&format!(
        "{NOWHERE}\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\""
    ));
    // Each connection serves one request, and closes when the next one arrives.
    thread::spawn(move || {
        for connection in upstream.incoming() {
            let mut connection = connection.expect("a connection");
            thread::spawn(move || {
                read_head(&mut connection);
                let ok = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                connection.write_all(ok).expect("sent");
                let _ = connection.read(&mut [0]);
            });
        }
    });
    for _ in 0..20 {
        let response = edge.get("/x");
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    }
}

#[test]
fn a_connection_that_was_idle_for_as_long_as_servers_wait_is_not_used_again() {
    let (upstream, url) = listen();
    let edge = Running::configured(&format!(
        "{NOWHERE}\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\""
    ));
    // The body of a response is the number of its connection.
    thread::spawn(move || {
        for (number, connection) in upstream.incoming().enumerate() {
            let mut connection = connection.expect("a connection");
            thread::spawn(move || {
                let response = format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n#{number}");
                while !read_head(&mut connection).is_empty() {
                    connection.write_all(response.as_bytes()).expect("sent");
                }
            });
        }
    });
    // One core has all requests of a connection, and a pool of its own.
    let mut client = edge.connect();
    let mut responds = |path: &str, wanted: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n");
        client.write_all(request.as_bytes()).expect("sent");
        read_until(&mut client, wanted);
    };
    responds("/x", "#0");
    responds("/x", "#0");
    // Node waits for five seconds. The client's own connection may not be idle for two.
    for _ in 0..3 {
        thread::sleep(Duration::from_millis(1_500));
        responds("/healthz", "ok");
    }
    responds("/x", "#1");
}

#[test]
fn a_client_of_ipv4_has_one_address() {
    let (upstream, url) = listen();
    let edge = Running::configured_on(
        "[::]:0",
        &format!("{NOWHERE}\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\""),
    );
    let mut client = edge.connect();
    let request = b"GET /x HTTP/1.1\r\nhost: a\r\n\r\n";
    client.write_all(request).expect("sent");
    let (mut connection, _) = upstream.accept().expect("a request");
    let head = read_head(&mut connection);
    assert!(head.contains("x-forwarded-for: 127.0.0.1\r\n"), "{head}");
    assert!(head.contains("forwarded: for=127.0.0.1;"), "{head}");
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
        .expect("sent");
    let (mut connection, _) = upstream.accept().expect("a request");
    let head = read_head(&mut connection);
    assert!(head.starts_with("POST /x HTTP/1.1\r\n"), "{head}");
    // The upstream receives the beginning while the client still writes, …
    read_until(&mut connection, "first");
    connection
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n4\r\none \r\n")
        .expect("sent");
    // … and the client receives the response's beginning while the upstream still writes.
    let response = read_until(&mut client, "one ");
    assert!(
        response.contains("server-timing: trace;desc=00-"),
        "{response}"
    );
    client.write_all(b"4\r\nlast\r\n0\r\n\r\n").expect("sent");
    read_until(&mut connection, "last");
    connection
        .write_all(b"4\r\ntwo \r\n0\r\n\r\n")
        .expect("sent");
    read_until(&mut client, "two ");
}

#[test]
fn a_response_that_breaks_off_upstream_breaks_off_for_the_client() {
    let (upstream, url) = listen();
    let edge = Running::configured(&format!(
        "{NOWHERE}\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\""
    ));
    let mut client = edge.connect();
    client
        .write_all(b"GET /x HTTP/1.1\r\nhost: edge.test\r\n\r\n")
        .expect("sent");
    let (mut connection, _) = upstream.accept().expect("a request");
    read_head(&mut connection);
    connection
        .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        .expect("sent");
    drop(connection);
    let response = read_all(&mut client);
    assert!(response.contains("half"), "{response}");
    assert!(
        !response.ends_with("0\r\n\r\n"),
        "it must not look whole: {response}"
    );
}

#[test]
fn the_length_of_a_body_is_what_arrives() {
    for (framing, body, wanted) in [
        // Chunks count, and not the length beside them: <https://www.rfc-editor.org/rfc/rfc9112#section-6.3>
        (
            "content-length: 9\r\ntransfer-encoding: chunked",
            "2\r\nok\r\n0\r\n\r\n",
            "ok",
        ),
        (
            "content-length: 1\r\ntransfer-encoding: chunked",
            "2\r\nok\r\n0\r\n\r\n",
            "ok",
        ),
        ("content-length: 2, 2", "ok", "ok"),
        ("content-length: 2\r\ncontent-length: 2", "ok", "ok"),
    ] {
        let response = response_of_upstream(&format!("HTTP/1.1 200 OK\r\n{framing}\r\n\r\n{body}"));
        let (head, body) = response.split_once("\r\n\r\n").expect("a head");
        let lengths: Vec<&str> = (head.lines())
            .filter_map(|line| line.strip_prefix("content-length: "))
            .collect();
        match head.contains("transfer-encoding: chunked") {
            true => {
                assert_eq!(lengths, [""; 0], "{framing}: {response}");
                assert_eq!(body, format!("{:x}\r\n{wanted}\r\n0\r\n\r\n", wanted.len()));
            }
            false => {
                assert_eq!(lengths, [wanted.len().to_string()], "{framing}: {response}");
                assert_eq!(body, wanted, "{framing}: {response}");
            }
        }
    }
}

#[test]
fn a_response_that_is_not_http_is_a_502_that_says_so() {
    for (response, why) in [
        ("SSH-2.0-OpenSSH_9.2\r\n", "invalid HTTP version"),
        ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "invalid HTTP header"),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            "it has a transfer coding other than chunked",
        ),
    ] {
        let response = response_of_upstream(response);
        assert!(response.starts_with("HTTP/1.1 502 "), "{response}");
        let wanted =
            format!("the service behind this address did not respond in valid HTTP: {why}");
        assert!(response.contains(&wanted), "{response}");
    }
}

/// The response that a client gets where an upstream responds with this text to each request.
fn response_of_upstream(response: &str) -> String {
    let (upstream, url) = listen();
    let edge = Running::configured(&format!(
        "{NOWHERE}\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\""
    ));
    let response = response.to_owned();
    thread::spawn(move || {
        for connection in upstream.incoming() {
            let mut connection = connection.expect("a connection");
            read_head(&mut connection);
            connection.write_all(response.as_bytes()).expect("sent");
            // Until the edge closes it.
            let _ = connection.read(&mut [0]);
        }
    });
    edge.get("/x")
}
