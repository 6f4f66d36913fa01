//! Tests of several machines that share topics of a real broker.

mod account;
mod collector;
#[cfg(feature = "kafka-tls-system")]
mod secure;
mod topics;

use crate::queue::receiver::Receiver;
use crate::support::{Running, post};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use topics::Topics;

#[test]
#[expect(clippy::print_stdout, reason = "how many come again is to be known")]
fn nothing_is_lost_when_a_machine_is_killed_and_the_broker_restarts() {
    let backend = Receiver::start();
    backend.unavailable_every(9);
    let mut topics = Topics::start("kill");
    let config = config(&backend.authority, &topics);
    let start = || Running::configured(&config);
    let mut machines: Vec<Option<Running>> = (0..3).map(|_| Some(start())).collect();
    let stream = Arc::new(Stream::default());
    stream.send_to(machines.iter().flatten());
    let senders: Vec<_> = (0..3)
        .map(|sender| {
            let stream = Arc::clone(&stream);
            thread::spawn(move || stream.send(sender))
        })
        .collect();
    stream.wait_for(600);
    topics.poison();
    // One machine is killed in mid-stream, and comes back.
    let killed = machines[0].take();
    stream.send_to(machines.iter().flatten());
    drop(killed);
    stream.wait_for(600);
    machines[0] = Some(start());
    stream.send_to(machines.iter().flatten());
    stream.wait_for(600);
    // Nobody gets a 200 while there is no broker.
    topics.restart();
    stream.wait_for(600);
    stream.is_ended.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.join().expect("a sender");
    }
    topics.wait_until_consumed();
    for machine in machines.into_iter().flatten() {
        machine.terminate();
        assert!(machine.ended().status.success());
    }
    let (account, records) = (topics.account(), topics.records());
    let count = |key: &str| account.get(key).copied().unwrap_or(0);
    let accepted = stream.accepted.lock().expect("no panic").clone();
    let received = backend.spans();
    let again: u32 = received.values().map(|times| times - 1).sum();
    println!(
        "{} spans got a 200, {records} are in the topic; {account:?}; {again} came again",
        accepted.len()
    );
    assert!(records >= accepted.len() as u64);
    assert_eq!(count("taken_up"), records + POISON, "{account:?}");
    assert_eq!(count("rejected.invalid_record"), POISON);
    assert_eq!(count("exported"), received.len() as u64, "{account:?}");
    assert_eq!(
        count("exported") + count("sampled_out"),
        records,
        "{account:?}"
    );
    let mut traces: BTreeMap<u64, BTreeSet<bool>> = BTreeMap::new();
    for span in &accepted {
        let has_arrived = received.contains_key(span);
        traces.entry(trace(*span)).or_default().insert(has_arrived);
    }
    for (trace, arrived) in &traces {
        assert_eq!(arrived.len(), 1, "a part of trace {trace} has arrived");
        assert!(
            !is_error(*trace) || arrived.contains(&true),
            "trace {trace}"
        );
    }
    assert!(traces.values().any(|arrived| arrived.contains(&false)));
}

#[test]
fn what_a_machine_has_taken_is_finished_before_another_gets_it() {
    let backend = Receiver::start();
    let topics = Topics::start("hand-over");
    let config = config(&backend.authority, &topics);
    let first = Running::configured(&config);
    let stream = Stream::default();
    stream.send_to([&first]);
    for _ in 0..20 {
        stream.send_batch(0);
    }
    first.terminate();
    assert!(first.ended().status.success());
    let second = Running::configured(&config);
    topics.wait_until_consumed();
    second.terminate();
    assert!(second.ended().status.success());
    let received = backend.spans();
    assert_eq!(topics.account()["exported"], received.len() as u64);
    assert!(received.values().all(|times| *times == 1), "{received:?}");
    assert_eq!(topics.account()["taken_up"], 20 * BATCH);
}

/// Spans on their way to the machines that run.
#[derive(Default)]
struct Stream {
    authorities: Mutex<Vec<String>>,
    next: AtomicU64,
    /// The numbers of spans that got a 200.
    accepted: Mutex<Vec<u64>>,
    is_ended: AtomicBool,
}

impl Stream {
    fn send_to<'a>(&self, machines: impl IntoIterator<Item = &'a Running>) {
        let authorities = machines
            .into_iter()
            .map(|machine| machine.authority.clone());
        *self.authorities.lock().expect("no panic") = authorities.collect();
    }

    fn accepted(&self) -> usize {
        self.accepted.lock().expect("no panic").len()
    }

    /// Waits until so many more spans got a 200.
    fn wait_for(&self, spans: usize) {
        let wanted = self.accepted() + spans;
        let end = Instant::now() + PATIENCE;
        while self.accepted() < wanted {
            assert!(Instant::now() < end, "nobody gets a response");
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn send(&self, sender: usize) {
        while !self.is_ended.load(Ordering::Relaxed) {
            self.send_batch(sender);
        }
    }

    fn send_batch(&self, sender: usize) {
        let authorities = self.authorities.lock().expect("no panic").clone();
        let first = self.next.fetch_add(BATCH, Ordering::Relaxed);
        let numbers = first..first + BATCH;
        let at = (sender + (first / BATCH) as usize) % authorities.len();
        // A machine that is killed may have put them, and responds to nobody.
        let response = post(&authorities[at], &spans(numbers.clone())).unwrap_or_default();
        if response.starts_with("HTTP/1.1 200 ") {
            self.accepted.lock().expect("no panic").extend(numbers);
        }
    }
}

fn config(backend: &str, topics: &Topics) -> String {
    format!(
        "open = true\n[kafka]\nbrokers = [\"{}\"]\ngroup = \"{}\"\n[backend]\nurl = \"http://{backend}\"\nencoding = \"json\"\ncompression = \"none\"\n[sampling.tail]\nprobability = 0.5\nwait_ms = 1500\nwait_after_root_ms = 1500\nkeep = [{{ errors = true }}]\n[outcomes]\ninterval_ms = 0\n",
        topics.broker(),
        topics.group(),
    )
}

/// The trace of a span. It has four, two of them in each of two batches.
const fn trace(span: u64) -> u64 {
    span / (2 * BATCH) * (BATCH / 2) + span % (BATCH / 2)
}

const fn is_error(trace: u64) -> bool {
    trace.is_multiple_of(5)
}

fn spans(numbers: std::ops::Range<u64>) -> String {
    spans_where(numbers, |span| is_error(trace(span)))
}

/// The same, with errors in other spans.
fn spans_where(numbers: std::ops::Range<u64>, has_error: impl Fn(u64) -> bool) -> String {
    let span = |number: u64| {
        let trace = trace(number);
        let random = (trace + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let status = if has_error(number) {
            r#","status":{"code":2}"#
        } else {
            ""
        };
        format!(
            r#"{{"traceId":"{:016x}{random:016x}","spanId":"{:016x}","parentSpanId":"00000000000000ff","name":"span-{number}","startTimeUnixNano":"1","endTimeUnixNano":"2"{status}}}"#,
            trace + 1,
            number + 1,
        )
    };
    let spans: Vec<String> = numbers.map(span).collect();
    format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    )
}

/// Spans of a request.
const BATCH: u64 = 20;
/// Messages that cannot be read.
const POISON: u64 = 1;
/// Longer than a broker or a group takes to settle.
const PATIENCE: Duration = Duration::from_secs(90);
