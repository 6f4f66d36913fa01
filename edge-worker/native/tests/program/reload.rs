//! Tests of a configuration file that changes while the program serves.

use crate::support::{Running, TIMEOUT, listen, read_head, read_until};
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_file_that_changes_is_taken_and_one_that_is_wrong_is_not() {
    let mut edge = Running::configured(&of_project("pk_old"));
    assert!(post(&edge, "pk_old").starts_with("HTTP/1.1 200"));

    edge.configure(&of_project("pk_new"));
    edge.hang_up();
    edge.logs_until("the configuration is that of");
    assert!(post(&edge, "pk_old").starts_with("HTTP/1.1 401"));
    assert!(post(&edge, "pk_new").starts_with("HTTP/1.1 200"));

    edge.configure("[ingst]");
    edge.hang_up();
    let log = edge.logs_until("the earlier configuration stays");
    assert!(log.contains("line 1: ingst: unknown field"), "{log}");
    assert!(post(&edge, "pk_new").starts_with("HTTP/1.1 200"));

    // Without a signal too. What listens needs a restart, and the log says so.
    edge.configure(&of_project("pk_newest"));
    edge.edit_config("threads = 2", "threads = 3");
    edge.logs_until("change with a restart only");
    edge.logs_until("the configuration is that of");
    assert!(post(&edge, "pk_newest").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_file_that_was_refused_is_taken_once_what_it_names_is_there() {
    let mut edge = Running::configured(&of_project("pk_old"));
    let name = format!("{}-late-key", std::process::id());
    let key = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    edge.configure(&of_project(&format!("${{file:{}}}", key.display())));
    edge.logs_until("the earlier configuration stays");
    // It is read three times more, to the same end.
    thread::sleep(Duration::from_millis(1_600));
    std::fs::write(&key, "pk_late").expect("written");
    let log = edge.logs_until("the configuration is that of");
    assert!(!log.contains("stays"), "it is logged once: {log}");
    assert!(post(&edge, "pk_late").starts_with("HTTP/1.1 200"));
    std::fs::remove_file(&key).expect("it is there");
}

#[test]
fn no_request_and_no_record_is_lost_when_the_configuration_changes() {
    let (backend, url) = listen();
    let exported = Arc::new(AtomicUsize::new(0));
    let (counting, ending) = (Arc::clone(&exported), Arc::new(AtomicBool::new(false)));
    thread::spawn(move || accept_exports(&backend, &counting));
    let config = |round: usize| {
        format!(
            "open = true\n[backend]\nurl = \"http://{url}\"\ncompression = \"none\"\nencoding = \"json\"\nmax_requests = {}\n[outcomes]\ninterval_ms = 0",
            8 + round
        )
    };
    let mut edge = Running::configured(&config(0));

    // A body whose second half comes after the configuration has changed.
    let mut slow = edge.connect();
    let (first, second) = BATCH.split_at(BATCH.len() / 2);
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{first}",
        BATCH.len()
    );
    slow.write_all(head.as_bytes()).expect("sent");

    let authority = edge.authority.clone();
    let (stopping, sent) = (Arc::clone(&ending), Arc::new(AtomicUsize::new(0)));
    let sending = Arc::clone(&sent);
    let sender = thread::spawn(move || {
        while !stopping.load(Ordering::Relaxed) {
            let response = crate::support::post_traces_to(&authority, BATCH);
            assert!(response.starts_with("HTTP/1.1 200"), "{response}");
            sending.fetch_add(1, Ordering::Relaxed);
        }
    });
    for round in 1..=10 {
        edge.configure(&config(round));
        edge.hang_up();
        edge.logs_until("the configuration is that of");
        let before = sent.load(Ordering::Relaxed);
        while sent.load(Ordering::Relaxed) < before + 3 {
            assert!(!sender.is_finished(), "a request has no response");
            thread::sleep(Duration::from_millis(1));
        }
    }
    slow.write_all(second.as_bytes()).expect("sent");
    let response = read_until(&mut slow, "\r\n\r\n");
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    ending.store(true, Ordering::Relaxed);
    sender.join().expect("each request has its response");

    drop(slow);
    edge.terminate();
    assert!(edge.ended().status.success());
    let sent = sent.load(Ordering::Relaxed) + 1;
    assert_eq!(exported.load(Ordering::Relaxed), sent);
}

/// Open traces are judged by the rules that they were sent under, and what is late by the same
/// decision, on both cores.
#[test]
fn no_open_trace_is_lost_or_divided_when_the_configuration_changes() {
    let (backend, url) = listen();
    let (taking, exported) = mpsc::channel();
    thread::spawn(move || {
        accept_bodies(&backend, |body| {
            for name in body.split("\"name\":\"").skip(1) {
                let name = name.split('"').next().unwrap_or_default();
                // The test may have ended.
                let _ = taking.send(name.to_owned());
            }
        });
    });
    let keeping = |errors: &str| {
        format!(
            "open = true\n[backend]\nurl = \"http://{url}\"\ncompression = \"none\"\nencoding = \"json\"\n\
             [outcomes]\ninterval_ms = 0\nstats_key = \"s3cret\"\n\
             [sampling.tail]\nprobability = 0.0\nwait_ms = 3600000\n\
             [[sampling.tail.keep]]\nerrors = {errors}\n"
        )
    };
    let mut edge = Running::configured(&keeping("true"));
    // Traces that either core may own, each with its spans on connections of their own.
    let traces = 1..=8_u8;
    let name = |trace: u8, when: &str| {
        let kind = if is_failed(trace) { "failed" } else { "sound" };
        format!("{kind}-{trace}-{when}")
    };
    let send = |edge: &Running, trace: u8, when: &str, code: u8| {
        let span = format!(
            r#"{{"traceId":"{trace:032x}","spanId":"00000000000000{trace:02x}","name":"{}","status":{{"code":{code}}}}}"#,
            name(trace, when)
        );
        let request = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#);
        let response = edge.post_traces(&request);
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    };
    for trace in traces.clone() {
        send(&edge, trace, "begun", 0);
        send(&edge, trace, "ended", if is_failed(trace) { 2 } else { 0 });
    }

    // From now on errors alone are dropped.
    edge.configure(&keeping("false"));
    edge.hang_up();
    edge.logs_until("the configuration is that of");
    let mut kept = Vec::new();
    while kept.len() < 8 {
        kept.push(exported.recv_timeout(TIMEOUT).expect("a span"));
    }
    let begun = Instant::now();
    while !stats(&edge).contains(r#""outcome":"sampled_out","records":8"#) {
        assert!(begun.elapsed() < TIMEOUT, "{}", stats(&edge));
        thread::sleep(Duration::from_millis(20));
    }
    for trace in traces.clone() {
        send(&edge, trace, "late", 0);
    }
    while kept.len() < 12 {
        kept.push(exported.recv_timeout(TIMEOUT).expect("a late span"));
    }
    let of_failed = traces.filter(|trace| is_failed(*trace));
    let mut wanted: Vec<String> = of_failed
        .flat_map(|trace| ["begun", "ended", "late"].map(|when| name(trace, when)))
        .collect();
    kept.sort();
    wanted.sort();
    assert_eq!(kept, wanted);

    // A trace that begins now is judged by the rules of now.
    send(&edge, 9, "begun", 0);
    edge.terminate();
    assert_eq!(
        exported.recv_timeout(TIMEOUT).as_deref(),
        Ok("sound-9-begun")
    );
    let ended = edge.ended();
    assert!(ended.status.success());
    let log = String::from_utf8_lossy(&ended.stderr);
    assert!(!log.contains("lost"), "{log}");
}

/// Whether the second span of a trace is an error.
const fn is_failed(trace: u8) -> bool {
    trace.is_multiple_of(2)
}

/// The response to `GET /stats`.
fn stats(edge: &Running) -> String {
    edge.send("GET /stats HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer s3cret\r\n\r\n")
}

/// Counts the spans that a backend takes.
fn accept_exports(backend: &TcpListener, count: &AtomicUsize) {
    accept_bodies(backend, |body| {
        let spans = body.matches("\"kept\"").count();
        count.fetch_add(spans, Ordering::Relaxed);
    });
}

/// Takes whatever comes to a backend.
fn accept_bodies(backend: &TcpListener, mut take: impl FnMut(&str)) {
    for stream in backend.incoming() {
        let mut stream = stream.expect("a connection");
        let head = read_head(&mut stream);
        let length = (head.lines())
            .find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length: ")
                    .map(str::to_owned)
            })
            .and_then(|length| length.parse().ok())
            .unwrap_or(0);
        let mut body = vec![0; length];
        std::io::Read::read_exact(&mut stream, &mut body).expect("a body");
        take(&String::from_utf8_lossy(&body));
        let taken = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(taken).expect("sent");
    }
}

fn of_project(key: &str) -> String {
    format!("[[projects]]\nname = \"shop\"\nkeys = [\"{key}\"]\n[backend]\nkind = \"null\"")
}

fn post(edge: &Running, key: &str) -> String {
    edge.send(&format!(
        "POST /v1/traces?key={key} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}"
    ))
}

const BATCH: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"kept"}]}]}]}"#;
