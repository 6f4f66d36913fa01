//! Tests of HTTP/2 on the port of HTTP/1.1.

use crate::support::http2::{
    Client, DATA, END_STREAM, HEADERS, RST_STREAM, frame, post, preface, run,
};
use crate::support::{Running, accept, listen, read_all, read_head};
use crate::{BATCH, NOWHERE};
use http::{Request, StatusCode};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

#[test]
fn both_versions_are_spoken_on_one_port() {
    let edge = Running::configured(NOWHERE);
    run(async {
        let mut client = Client::connect(&edge.authority).await;
        let url = |path: &str| format!("http://{}{path}", edge.authority);
        let health = Request::get(url("/healthz")).body(()).expect("a request");
        let traces = Request::post(url("/v1/traces"))
            .header("content-type", "application/json")
            .body(())
            .expect("a request");
        // Side by side on one connection.
        let health = client.begin(health, b"").await;
        let traces = client.begin(traces, BATCH.as_bytes()).await;
        let (traces, health) = (traces.end().await, health.end().await);
        assert_eq!((traces.status, traces.body.as_str()), (200, "{}"));
        assert_eq!((health.status, health.body.as_str()), (200, "ok"));
    });
    assert!(edge.get("/healthz").ends_with("ok"));
}

#[test]
fn an_upstream_of_http_1_gets_a_request_of_http_1() {
    let (upstream, url) = listen();
    let edge = Running::configured(&proxying(&url));
    run(async {
        let mut client = Client::connect(&edge.authority).await;
        let request = Request::get("http://shop.example/x?y=1")
            .header("cookie", "a=1")
            .header("cookie", "b=2")
            .header("te", "trailers")
            .body(());
        let response = client.begin(request.expect("valid"), b"").await;
        let mut connection = accept_beside(&upstream).await;
        let head = read_head(&mut connection);
        assert!(head.starts_with("GET /x?y=1 HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("\r\ncookie: a=1; b=2\r\n"), "{head}");
        assert!(
            head.contains("\r\nx-forwarded-host: shop.example\r\n"),
            "{head}"
        );
        assert!(!head.contains("\r\nte:"), "{head}");
        connection
            .write_all(b"HTTP/1.1 200 OK\r\nconnection: x\r\nx: y\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
            .expect("sent");
        let response = response.end().await;
        assert_eq!((response.status, response.body.as_str()), (200, "hi"));
        assert!(!response.headers.contains_key("x"), "of the hop");
    });
}

#[test]
fn a_head_has_the_limits_of_http_1() {
    let edge = Running::configured(NOWHERE);
    run(async {
        let mut client = Client::connect(&edge.authority).await;
        let mut many = Request::get("http://a/healthz");
        for number in 0..600 {
            many = many.header(format!("x-{number}"), "y");
        }
        let large = Request::get("http://a/healthz").header("x", "y".repeat(70_000));
        let other_host = Request::get("http://a/healthz").header("host", "b");
        for (request, status) in [(many, 431), (large, 431), (other_host, 400)] {
            let request = request.body(()).expect("valid");
            let response = client.begin(request, b"").await.end().await;
            assert_eq!(response.status, status);
        }
        // The connection is still good.
        let request = Request::get("http://a/healthz").body(()).expect("valid");
        assert_eq!(client.begin(request, b"").await.end().await.status, 200);
    });
}

#[test]
fn a_client_that_never_ends_a_head_or_asks_nothing_is_disconnected() {
    let edge = Running::configured(NOWHERE);
    // Without END_HEADERS.
    let half_a_head = frame(HEADERS, END_STREAM, 1, &[0x82, 0x84]);
    for begun in [
        b"PRI * HT".to_vec(),
        preface(),
        [preface(), half_a_head].concat(),
    ] {
        let mut slow = edge.connect();
        slow.write_all(&begun).expect("sent");
        let since = Instant::now();
        let mut received = Vec::new();
        // To the end of the connection, or its reset.
        let _ = slow.read_to_end(&mut received);
        assert!(since.elapsed() < Duration::from_secs(10), "{begun:?}");
    }
    assert!(edge.get("/healthz").ends_with("ok"));
}

#[test]
fn a_client_that_is_idle_is_told_of_the_end_of_the_connection() {
    let edge = Running::configured(NOWHERE);
    run(async {
        let mut client = Client::connect(&edge.authority).await;
        let request = Request::get("http://a/healthz").body(()).expect("valid");
        assert_eq!(client.begin(request, b"").await.end().await.status, 200);
        let end = client.ended().await;
        assert_eq!(end, Ok(()), "a GOAWAY without an error, and the end");
    });
}

#[test]
fn requests_in_flight_end_when_the_program_does() {
    let (upstream, url) = listen();
    let edge = Running::configured(&proxying(&url));
    run(async {
        let mut client = Client::connect(&edge.authority).await;
        let request = Request::get("http://a/slow").body(()).expect("valid");
        let response = client.begin(request, b"").await;
        let mut connection = accept_beside(&upstream).await;
        read_head(&mut connection);
        edge.terminate();
        // GOAWAY: this client sends nothing more on the connection.
        client.is_told_to_go().await;
        connection
            .write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\nlate")
            .expect("sent");
        let response = response.end().await;
        assert_eq!((response.status, response.body.as_str()), (200, "late"));
        assert_eq!(client.ended().await, Ok(()));
    });
    let ended = edge.ended();
    assert!(ended.status.success());
    let log = String::from_utf8_lossy(&ended.stderr);
    assert!(!log.contains("unfinished"), "{log}");
}

#[test]
fn a_request_that_is_reset_is_cancelled_upstream() {
    let (upstream, url) = listen();
    let edge = Running::configured(&proxying(&url));
    run(async {
        let mut client = Client::connect(&edge.authority).await;
        let request = Request::get("http://a/hang").body(()).expect("valid");
        let response = client.begin(request, b"").await;
        let mut connection = accept_beside(&upstream).await;
        read_head(&mut connection);
        drop(response);
        // To the end of the connection, or its reset.
        let read = tokio::task::spawn_blocking(move || read_all(&mut connection));
        read.await.expect("it ends");
        let request = Request::get("http://a/healthz").body(()).expect("valid");
        assert_eq!(client.begin(request, b"").await.end().await.status, 200);
    });
}

#[test]
fn a_client_that_opens_and_resets_is_disconnected_and_costs_the_others_nothing() {
    let edge = Running::configured(NOWHERE);
    run(async {
        let mut other = Client::connect(&edge.authority).await;
        let request = || Request::get("http://a/healthz").body(()).expect("valid");
        assert_eq!(other.begin(request(), b"").await.end().await.status, 200);
        assert_eq!(other.max_streams(), 128);
        let mut flood = edge.connect();
        let mut frames = preface();
        for stream in (1..2_000).step_by(2) {
            frames.extend(post("/v1/traces", 0, stream));
            frames.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
        }
        // The end may come before all of it is written.
        let _ = flood.write_all(&frames);
        let received = read_all(&mut flood);
        assert!(received.contains("too_many_resets"), "{received}");
        assert_eq!(other.begin(request(), b"").await.end().await.status, 200);
    });
}

#[test]
fn the_last_telemetry_of_a_closed_page_is_exported() {
    let (backend, url) = listen();
    let edge = Running::configured(&format!("open = true\n[backend]\nurl = \"http://{url}\""));
    let mut page = edge.connect();
    let request = post("/v1/traces", 0, 1);
    let body = frame(DATA, END_STREAM, 1, BATCH.as_bytes());
    page.write_all(&[preface(), request, body].concat())
        .expect("sent");
    page.shutdown(Shutdown::Write).expect("half closed");
    let mut export = accept(&backend);
    let head = read_head(&mut export);
    assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
    // The connection ends once its requests have.
    read_all(&mut page);
}

#[test]
fn a_body_over_the_limit_is_refused_with_the_reason() {
    let edge = Running::configured(&format!("{NOWHERE}\n[ingest]\nmax_body_bytes = 1000"));
    run(async {
        let mut client = Client::connect(&edge.authority).await;
        let request = Request::post("http://a/v1/traces")
            .header("content-type", "application/json")
            .body(());
        let response = client.begin(request.expect("valid"), &[b' '; 5_000]).await;
        let response = response.end().await;
        assert_eq!(response.status, StatusCode::PAYLOAD_TOO_LARGE.as_u16());
        assert!(
            response.body.contains("over 1000 bytes"),
            "{}",
            response.body
        );
    });
}

/// Accepts without holding up the client, which runs on the same thread.
async fn accept_beside(listener: &TcpListener) -> TcpStream {
    let listener = listener.try_clone().expect("a listener");
    let accepted = tokio::task::spawn_blocking(move || accept(&listener));
    accepted.await.expect("a connection")
}

fn proxying(url: &str) -> String {
    format!("{NOWHERE}\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\"")
}
