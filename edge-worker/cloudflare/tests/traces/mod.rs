//! Tests of the Durable Objects in which the records of traces wait for each other.

use crate::TIMEOUT;
use crate::backend::Backend;
use crate::edge::Served;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Keeps traces with an error, half a second after their first span.
const TAIL: &str = "[sampling.tail]\nprobability = 0.0\nwait_ms = 1500\nwait_after_root_ms = 800\nowners = 3\n[[sampling.tail.keep]]\nerrors = true\n";

fn start(backend: &Backend, flags: &[&str]) -> Served {
    start_with(backend, TAIL, flags)
}

fn start_with(backend: &Backend, tail: &str, flags: &[&str]) -> Served {
    let stats = "[outcomes]\nstats_key = \"sk_stats\"\n";
    let configuration = format!("[backend]\n{}{stats}{tail}", backend.as_toml());
    Served::start(&configuration, flags)
}

impl Served {
    /// Spans by how they ended, and those that owners have taken up. Isolate and objects count
    /// together here.
    fn counts(&self) -> (BTreeMap<String, u64>, u64) {
        let stats = self.send("GET /stats HTTP/1.1\r\nhost: a\r\nauthorization: Bearer sk_stats\r\nconnection: close\r\n\r\n");
        let stats: Value = serde_json::from_slice(&stats.body).expect("JSON");
        let mut counts = BTreeMap::new();
        for row in stats["ended"].as_array().expect("a list") {
            if row["signal"] == "traces" {
                let outcome = row["outcome"].as_str().expect("an outcome");
                *counts.entry(outcome.to_owned()).or_default() +=
                    row["records"].as_u64().unwrap_or(0);
            }
        }
        (counts, stats["taken_up"]["traces"].as_u64().unwrap_or(0))
    }

    /// Waits until the counts are so.
    fn wait_until(
        &self,
        is_so: impl Fn(&BTreeMap<String, u64>, u64) -> bool,
    ) -> (BTreeMap<String, u64>, u64) {
        let begun = Instant::now();
        loop {
            let (counts, taken_up) = self.counts();
            if is_so(&counts, taken_up) {
                return (counts, taken_up);
            }
            assert!(begun.elapsed() < TIMEOUT, "{counts:?}, {taken_up}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Posts a large span of each trace. Their ids are spread as random ones are.
fn post_many(edge: &Served, traces: std::ops::Range<u32>) {
    let name = "x".repeat(2_000);
    let spans = traces.map(|trace| {
        let low = u64::from(trace).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!(
            r#"{{"traceId":"1{trace:015x}{low:016x}","spanId":"1{trace:015x}","parentSpanId":"00000000000000ff","name":"{name}","startTimeUnixNano":"1","endTimeUnixNano":"2"}}"#
        )
    });
    let spans: Vec<String> = spans.collect();
    let json = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    );
    assert_eq!(edge.post_traces(&json).status, 200);
}

/// Posts spans of these traces, one each, in a request.
fn post(edge: &Served, traces: impl Iterator<Item = u32>, span: u32, is_error: bool) {
    let error = if is_error {
        r#","status":{"code":2}"#
    } else {
        ""
    };
    let spans = traces.map(|trace| {
        format!(
            r#"{{"traceId":"{}","spanId":"{:016x}","parentSpanId":"00000000000000ff","name":"x","startTimeUnixNano":"1","endTimeUnixNano":"2"{error}}}"#,
            id(trace),
            u64::from(trace) << 8 | u64::from(span)
        )
    });
    let spans: Vec<String> = spans.collect();
    let json = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    );
    assert_eq!(edge.post_traces(&json).status, 200);
}

fn id(trace: u32) -> String {
    format!("{:032x}", u128::from(trace) << 80 | u128::from(trace))
}

impl Backend {
    /// Waits until so many spans have come, and then whether more come; by trace.
    fn spans(&self, wanted: usize) -> BTreeMap<String, usize> {
        let mut spans = BTreeMap::new();
        let begun = Instant::now();
        let mut quiet = Instant::now();
        let count = |spans: &BTreeMap<String, usize>| spans.values().sum::<usize>();
        while count(&spans) < wanted || quiet.elapsed() < Duration::from_secs(3) {
            assert!(
                begun.elapsed() < TIMEOUT,
                "{wanted} spans do not come: {spans:?}"
            );
            let Ok((path, request)) = self.received.recv_timeout(Duration::from_millis(100)) else {
                continue;
            };
            if !path.ends_with("traces") {
                continue;
            }
            quiet = Instant::now();
            let of = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
            let scopes = of(&request, "resourceSpans").into_iter();
            let scopes = scopes.flat_map(|group| of(&group, "scopeSpans"));
            for span in scopes.flat_map(|scope| of(&scope, "spans")) {
                let trace = span["traceId"].as_str().expect("an id").to_owned();
                *spans.entry(trace).or_default() += 1;
            }
        }
        spans
    }
}

fn all(traces: impl Iterator<Item = u32>, spans: usize) -> BTreeMap<String, usize> {
    traces.map(|trace| (id(trace), spans)).collect()
}

#[test]
fn a_trace_is_judged_once_its_spans_have_come_in_several_requests() {
    let backend = Backend::start();
    let edge = start(&backend, &["--bindings"]);
    post(&edge, 1..=40, 1, false);
    post(&edge, 1..=20, 2, true);
    post(&edge, 1..=40, 3, false);
    // The others have no error.
    assert_eq!(backend.spans(60), all(1..=20, 3));
    // One that is late gets the decision of its trace.
    post(&edge, 20..=21, 4, false);
    assert_eq!(backend.spans(1), all(20..=20, 1));
}

#[test]
fn traces_survive_a_trap_and_a_reset_of_their_owners_and_leave_once() {
    let backend = Backend::start();
    let edge = start(&backend, &["--faults", "--panic-route"]);
    let empty = "POST /panic HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    post(&edge, 1..=10, 1, true);
    assert_eq!(backend.spans(10), all(1..=10, 1));
    post(&edge, 11..=20, 1, false);
    // They are in the objects' storage.
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(edge.send(empty).status, 500);
    post(&edge, 11..=20, 2, true);
    assert_eq!(
        backend.spans(20),
        all(11..=20, 2),
        "not those of before again"
    );
    // An object that is reset while it is given some.
    edge.set_faults(r#"{"objects":{"Traces":"reset"}}"#);
    post(&edge, 21..=30, 1, true);
    assert_eq!(backend.spans(10), all(21..=30, 1));
}

#[test]
fn an_owner_that_is_reset_has_what_it_has_stored() {
    let backend = Backend::start();
    let edge = start(&backend, &["--faults"]);
    post(&edge, 1..=10, 1, false);
    // They are in the objects' storage.
    std::thread::sleep(Duration::from_millis(600));
    edge.set_faults(r#"{"objects":{"Traces":"reset"}}"#);
    post(&edge, 1..=10, 2, true);
    assert_eq!(backend.spans(20), all(1..=10, 2));
}

#[test]
fn an_owner_that_hangs_is_done_without() {
    let backend = Backend::start();
    let edge = start(&backend, &["--faults"]);
    edge.set_faults(r#"{"objects":{"Traces":"hang"}}"#);
    post(&edge, 1..=10, 1, true);
    post(&edge, 11..=20, 1, false);
    // They were given three times, and are judged in the isolate.
    assert_eq!(backend.spans(10), all(1..=10, 1));
    // So are those that come while the owners are paused, at once.
    let begun = Instant::now();
    post(&edge, 21..=30, 1, true);
    assert_eq!(backend.spans(10), all(21..=30, 1));
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn what_the_storage_of_an_owner_has_no_room_for_is_judged_without_it() {
    let backend = Backend::start();
    let edge = start(&backend, &["--faults"]);
    edge.set_faults(r#"{"objects":{"Traces":"full"}}"#);
    post(&edge, 1..=10, 1, true);
    assert_eq!(backend.spans(10), all(1..=10, 1));
    let (counts, _) = edge.counts();
    assert_eq!(counts["exported"], 10);
    assert!(!counts.contains_key("handed_over"), "{counts:?}");
}

#[test]
fn an_overloaded_owner_is_given_less_and_all_of_it_is_counted() {
    let backend = Backend::start();
    let tail = TAIL.replace("owners = 3", "owners = 1\nmax_bytes = 1048576");
    let edge = start_with(&backend, &tail, &["--bindings"]);
    let mut sent = 0;
    loop {
        post_many(&edge, sent..sent + 700);
        sent += 700;
        // So many do not fit, and the response to what is given next says so.
        let (counts, _) = edge.wait_until(|counts, taken_up| {
            let ended = counts.values().sum::<u64>() - taken_up;
            ended == u64::from(sent)
        });
        if counts["handed_over"] < u64::from(sent) {
            break;
        }
        assert!(sent < 10_000, "all of it is given: {counts:?}");
    }
    edge.wait_until(|counts, taken_up| taken_up == counts["handed_over"]);
    assert_eq!(backend.spans(0), BTreeMap::new(), "none has an error");
}

#[test]
fn an_export_that_hangs_delays_no_decision() {
    let backend = Backend::start();
    let edge = start(&backend, &["--faults"]);
    backend.set_hanging(true);
    post(&edge, 1..=10, 1, true);
    // Its export has begun, and does not end.
    backend.received.recv_timeout(TIMEOUT).expect("an export");
    backend.set_hanging(false);
    post(&edge, 11..=20, 1, true);
    let exported = backend.spans(10);
    assert!(
        all(11..=20, 1)
            .iter()
            .all(|trace| exported.contains_key(trace.0)),
        "{exported:?}"
    );
}

#[test]
fn a_clock_that_stands_still_or_jumps_loses_no_trace() {
    let backend = Backend::start();
    let edge = start(&backend, &["--faults"]);
    // The clock of Workers stands still between two awaits; in objects and isolates alike.
    for (first, clock) in [
        (1, 1_800_000_000_000_u64),
        (11, 1_799_990_000_000),
        (21, 1_800_020_000_000),
    ] {
        edge.set_faults(&format!(r#"{{"clock_ms":{clock}}}"#));
        post(&edge, first..=first + 9, 1, false);
        post(&edge, first..=first + 9, 2, true);
        std::thread::sleep(Duration::from_millis(600));
        edge.set_faults(&format!(r#"{{"clock_ms":{}}}"#, clock + 5_000));
        assert_eq!(backend.spans(20), all(first..=first + 9, 2), "{clock}");
    }
}
