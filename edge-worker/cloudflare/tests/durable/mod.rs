//! Tests of the queue that batches wait in, and of the bucket beside it.

use crate::backend::Backend;
use crate::edge::Served;
use crate::{BATCH, TIMEOUT};
use serde_json::Value;
use std::time::{Duration, Instant};

fn start(backend: &Backend, flags: &[&str]) -> Served {
    let configuration = format!(
        "[backend]\n{}durable = true\n[outcomes]\nstats_key = \"sk_stats\"\n",
        backend.as_toml()
    );
    Served::start(&configuration, flags)
}

impl Backend {
    /// The next request with spans.
    fn next_spans(&self) -> Value {
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < TIMEOUT, "no spans come");
            match self.received.recv_timeout(Duration::from_millis(100)) {
                Ok((path, request)) if path.ends_with("traces") => return request,
                _ => {}
            }
        }
    }

    fn gets_no_more(&self) {
        let more = self.received.recv_timeout(Duration::from_secs(4));
        assert!(more.is_err(), "more has come");
    }
}

impl Served {
    /// Waits until the counts of spans are these: `(taken up, outcome)`.
    fn wait_for_counts(&self, taken_up: u64, outcome: &str) {
        let begun = Instant::now();
        loop {
            let stats = self.send("GET /stats HTTP/1.1\r\nhost: a\r\nauthorization: Bearer sk_stats\r\nconnection: close\r\n\r\n");
            let stats = stats.text().to_owned();
            let json: Value = serde_json::from_str(&stats).expect("JSON");
            if json["taken_up"]["traces"] == taken_up && stats.contains(outcome) {
                return;
            }
            assert!(begun.elapsed() < TIMEOUT, "{stats}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The keys in the bucket.
    fn bucket(&self) -> String {
        self.get("/bucket").text().to_owned()
    }
}

/// Spans with names that are too long together for a message of the queue.
fn large_batch() -> String {
    let name = "so it goes on and on ".repeat(1_000);
    let spans = (1..=LARGE_SPANS).map(|id| {
        format!(r#"{{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"{id:016x}","name":"{name}"}}"#)
    });
    let spans: Vec<String> = spans.collect();
    format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    )
}

#[test]
fn a_stored_batch_is_delivered_until_the_backend_has_it_through_failures_and_a_trap() {
    let backend = Backend::start();
    let edge = start(&backend, &["--durable", "--faults", "--panic-route"]);
    backend.will_respond([503, 429]);
    assert_eq!(edge.post_traces(BATCH).status, 200);
    for _ in 0..3 {
        backend.next_spans();
    }
    edge.wait_for_counts(1, "handed_over");
    backend.gets_no_more();
    // An instance that traps while it exports one.
    backend.set_hanging(true);
    assert_eq!(edge.post_traces(BATCH).status, 200);
    backend.next_spans();
    backend.set_hanging(false);
    let empty = "POST /panic HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(edge.send(empty).status, 500);
    backend.next_spans();
    backend.gets_no_more();
}

#[test]
fn what_a_backend_refuses_is_kept_as_a_dead_letter() {
    let backend = Backend::start();
    let edge = start(&backend, &["--durable", "--faults"]);
    backend.will_respond([400]);
    assert_eq!(edge.post_traces(BATCH).status, 200);
    backend.next_spans();
    edge.wait_for_counts(1, "backend_refused");
    backend.gets_no_more();
    let kept = edge.bucket();
    assert!(
        kept.starts_with("dead-letters/") && kept.lines().count() == 1,
        "{kept}"
    );
}

#[test]
fn a_message_is_delivered_until_the_bucket_has_its_dead_letter() {
    let backend = Backend::start();
    let edge = start(&backend, &["--durable", "--faults"]);
    edge.set_faults(r#"{"bucket":"fails"}"#);
    backend.will_respond([400, 400]);
    assert_eq!(edge.post_traces(BATCH).status, 200);
    backend.next_spans();
    edge.wait_for_counts(1, "backend_refused");
    assert_eq!(edge.bucket(), "");
    edge.set_faults(r#"{"bucket":null}"#);
    backend.next_spans();
    edge.wait_for_counts(2, "backend_refused");
    backend.gets_no_more();
    let kept = edge.bucket();
    assert!(
        kept.starts_with("dead-letters/") && kept.lines().count() == 1,
        "{kept}"
    );
}

#[test]
fn a_batch_that_is_too_large_for_the_queue_waits_in_the_bucket() {
    let backend = Backend::start();
    let edge = start(&backend, &["--durable", "--faults"]);
    backend.set_hanging(true);
    assert_eq!(edge.post_traces(&large_batch()).status, 200);
    let request = backend.next_spans();
    let spans = request["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array();
    assert_eq!(spans.map(Vec::len), Some(LARGE_SPANS as usize));
    let stored = edge.bucket();
    assert!(
        stored.starts_with("queue/"),
        "it stays until it is delivered: {stored}"
    );
    // The queue delivers it again, and the backend takes it.
    backend.set_hanging(false);
    backend.next_spans();
    edge.wait_for_counts(LARGE_SPANS, "exported");
    assert_eq!(edge.bucket(), "");
}

#[test]
fn a_message_that_is_delivered_twice_is_counted_twice_or_found_to_be_gone() {
    let backend = Backend::start();
    let edge = start(&backend, &["--durable", "--faults"]);
    edge.set_faults(r#"{"queue":"twice"}"#);
    assert_eq!(edge.post_traces(BATCH).status, 200);
    backend.next_spans();
    backend.next_spans();
    edge.wait_for_counts(2, "exported");
    assert_eq!(edge.post_traces(&large_batch()).status, 200);
    backend.next_spans();
    backend.gets_no_more();
    edge.wait_for_counts(2 + LARGE_SPANS, "exported");
}

#[test]
fn a_message_that_no_delivery_follows_is_kept_as_a_dead_letter_and_counted() {
    let backend = Backend::start();
    let edge = start(&backend, &["--durable", "--faults"]);
    edge.set_faults(r#"{"queue":"last"}"#);
    backend.will_respond([503]);
    assert_eq!(edge.post_traces(BATCH).status, 200);
    backend.next_spans();
    edge.wait_for_counts(1, "retries_exhausted");
    backend.gets_no_more();
    let kept = edge.bucket();
    assert!(
        kept.starts_with("dead-letters/") && kept.lines().count() == 1,
        "{kept}"
    );
}

#[test]
fn the_object_of_a_message_that_the_queue_does_not_take_is_removed() {
    let backend = Backend::start();
    let edge = start(&backend, &["--durable", "--faults"]);
    edge.set_faults(r#"{"send":"fails"}"#);
    assert_eq!(edge.post_traces(&large_batch()).status, 200);
    // They are exported directly, and nothing refers to the object any more.
    backend.next_spans();
    assert_eq!(edge.bucket(), "");
    backend.gets_no_more();
    edge.set_faults(r#"{"send":null}"#);
    assert_eq!(edge.post_traces(&large_batch()).status, 200);
    backend.next_spans();
    edge.wait_for_counts(LARGE_SPANS, "handed_over");
}

#[test]
fn a_durable_backend_without_a_queue_is_refused() {
    let log = crate::edge::refusal_with(
        "[backend]\nurl = \"http://backend.test\"\ndurable = true\n",
        &["--bindings"],
    );
    let wanted = "backend.durable: an isolate keeps nothing: bind the queue THROUGHLINE_QUEUE";
    assert!(log.contains(wanted), "{log}");
}

const LARGE_SPANS: u64 = 10;
