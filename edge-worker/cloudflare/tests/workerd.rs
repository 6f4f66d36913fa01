//! Does the Worker hold up in the real runtime, where no other host could show it?
//!
//! What every host must do is in `tests/cases`. Here is what only a Worker can get wrong:
//! panics in an isolate that others share, bodies that the runtime would like to decode,
//! a configuration that arrives as a variable.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod edge;
mod upstream;

use edge::Served;
use socket2::SockRef;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use upstream::Upstream;

#[test]
fn a_panic_costs_the_requests_under_way_and_no_others() {
    let (arrived, has_arrived) = mpsc::channel();
    let upstream = Upstream::start(move |path, client| {
        if path == "/held" {
            arrived.send(()).expect("the test waits");
            loop {
                thread::park();
            }
        }
        write(client, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
    });
    let edge = Served::start(&upstream.as_only_route(), &["--panic-route"]);

    let under_way = {
        let address = edge.address;
        thread::spawn(move || edge::get(address, "/held"))
    };
    has_arrived
        .recv()
        .expect("the request reaches the upstream");
    let panicked = edge.get("/panic");
    assert_eq!(panicked.status, 500);
    assert!(panicked.text().contains("internal error"), "{panicked:?}");

    let lost = under_way.join().expect("an answer, not a hang");
    assert_eq!(lost.status, 500);
    assert_eq!(edge.get("/healthz").text(), "ok");
    assert_eq!(edge.get("/anything").text(), "hi");
    assert_eq!(edge.get("/panic").status, 500, "and so every time");
    assert_eq!(edge.get("/anything").text(), "hi");
}

#[test]
fn bodies_pass_as_they_are_encoded() {
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
fn a_body_streams_through() {
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

    let mut stream = edge.ask("/events");
    let mut text = String::new();
    for part in ["first", "last"] {
        while !text.contains(part) {
            let mut bytes = [0; 1024];
            let read = stream.read(&mut bytes).expect("it goes on");
            assert_ne!(read, 0, "ended before {part}: {text}");
            text.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        // The upstream has ended the second time.
        let _ = seen.send(());
    }
}

#[test]
fn a_client_that_goes_away_takes_its_upstream_request_along() {
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

    let client = edge.ask("/hang");
    has_arrived.recv_timeout(PATIENCE).expect("the upstream's");
    // workerd takes a mere end for a client that has finished asking and still listens.
    let reset = SockRef::from(&client).set_linger(Some(Duration::ZERO));
    reset.expect("set");
    drop(client);
    assert_eq!(has_ended.recv_timeout(PATIENCE), Ok(0), "given up");
    // What took too long for someone to wait is told of nevertheless.
    let path = was_exported.recv_timeout(PATIENCE);
    assert_eq!(path.as_deref(), Ok("/v1/traces"));
}

#[test]
fn exports_that_wait_for_each_other_leave_one_after_the_other() {
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
        was_exported.recv_timeout(PATIENCE).expect("exported");
    }
    // Nobody had to find out by himself that it was his turn: that takes ten seconds.
    assert!(
        begun.elapsed() < Duration::from_secs(9),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_wrong_configuration_is_named() {
    let said = edge::refusal("[backend]\nkind = \"otlp\"\n");
    assert!(said.contains("backend.url"), "{said}");
    let said = edge::refusal("[ingest]\nmax_body_bytes = \"64MB\"\n");
    assert!(said.contains("ingest.max_body_bytes"), "{said}");
    // In the log alone, and without what may be a secret.
    let said = edge::refusal("[backend]\nheaders = \"Bearer s3cret\"\n");
    assert!(said.contains("backend.headers"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
    let answered = said.lines().find(|line| line.contains("500"));
    let answered = answered.expect("what a visitor gets");
    assert!(answered.contains("throughline is not configured"), "{said}");
    assert!(!answered.contains("backend"), "{said}");
}

#[test]
fn nothing_is_left_behind() {
    let edge = Served::start("[backend]\nkind = \"null\"\n", &[]);
    let address = edge.address;
    drop(edge);
    assert!(
        TcpStream::connect(address).is_err(),
        "workerd is still there"
    );
}

fn write(client: &mut TcpStream, text: &str) {
    client.write_all(text.as_bytes()).expect("sent");
}

const BATCH: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"x"}]}]}]}"#;

/// What takes longer does not come.
const PATIENCE: Duration = Duration::from_secs(20);

/// "world\n"
const GZIPPED_WORLD: &[u8] =
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x2b\xcf\x2f\xca\x49\xe1\x02\x00\
    \xa8\x61\x38\xdd\x06\x00\x00\x00";
