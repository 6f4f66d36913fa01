//! Tests of the Worker in workerd that no other host could replace.
//!
//! `tests/cases` has the behaviour of every host. These tests are about a Worker alone:
//! panics in an isolate that requests share, bodies that the runtime would decode, a
//! configuration in an environment variable.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod backend;
mod deploy;
mod durable;
mod edge;
mod location;
mod metrics;
mod quota;
mod source_maps;
mod streams;
mod traces;
mod upstream;
mod web_socket;

use edge::Served;
use std::io::Write;
use std::net::TcpStream;
use std::sync::mpsc;
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

const BATCH: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"x"}]}]}]}"#;

/// How long a test waits for an event.
const TIMEOUT: Duration = Duration::from_secs(20);

/// "world\n"
const GZIPPED_WORLD: &[u8] =
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x2b\xcf\x2f\xca\x49\xe1\x02\x00\
    \xa8\x61\x38\xdd\x06\x00\x00\x00";
