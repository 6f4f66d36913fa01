//! Records through topics that many machines share, with machines that are killed.

use crate::support::several::{backend, network, send};
use crate::support::{BATCH, request, text};
use bytes::Bytes;
use http::StatusCode;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::time::Duration;
use throughline_edge::config::{
    BackendCompression, BackendConfig, BackendEncoding, RuleConfig, SamplingConfig, TailConfig,
};
use throughline_edge::host::Clock;
use throughline_edge::outcome::{Outcome, RejectReason};
use throughline_edge::{Account, Config, Edge, Machine, Message, Partition, Stored};
use throughline_otlp::Signal::{self, Logs, Traces};
use throughline_otlp::{json, schema};
use throughline_testkit::recorder::{Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost, SimTopics};

/// The broker: one partition of each topic, and what is committed.
#[derive(Debug, Default)]
struct Broker {
    messages: BTreeMap<Signal, Vec<(Option<String>, Bytes)>>,
    /// With the time at which each was stored, in ms since the Unix epoch.
    decisions: Vec<(u64, Bytes)>,
    committed: BTreeMap<Signal, (i64, String)>,
}

impl Broker {
    fn put(&mut self, signal: Signal, project: Option<String>, value: Bytes) {
        self.messages
            .entry(signal)
            .or_default()
            .push((project, value));
    }

    fn store(&mut self, host: &SimHost, stored: &Stored) {
        let now = host.now_unix_nano() / 1_000_000;
        let messages = stored.decisions.iter().cloned();
        self.decisions
            .extend(messages.map(|message| (now, message)));
        for commit in &stored.commits {
            let committed = (commit.offset, commit.metadata.clone());
            self.committed.insert(commit.signal, committed);
        }
    }

    /// The sum of the accounts, of all backends.
    fn account(&self) -> BTreeMap<String, u64> {
        let mut sum = BTreeMap::new();
        for (_, metadata) in self.committed.values() {
            let account = Account::parse(metadata).expect("an account");
            for (key, records) in account.counts {
                let outcome = key.split('@').next().expect("a key");
                *sum.entry(outcome.to_owned()).or_default() += records;
            }
        }
        sum
    }

    fn lag(&self) -> i64 {
        let of = |(signal, messages): (&Signal, &Vec<_>)| {
            let committed = self.committed.get(signal).map_or(0, |(offset, _)| *offset);
            i64::try_from(messages.len()).expect("few") - committed
        };
        self.messages.iter().map(of).sum()
    }
}

/// A machine that owns the partition.
struct Owner {
    partition: Partition,
    /// The next offsets to take.
    next: BTreeMap<Signal, usize>,
}

impl Owner {
    fn new(broker: &Broker, host: &SimHost, config: &Config) -> Self {
        let partition = Partition::new(edge(host, config), 0, 1).expect("a usable configuration");
        let committed = broker.committed.iter();
        let committed = committed.map(|(signal, (offset, text))| (*signal, *offset, text.as_str()));
        let since = Partition::decisions_since(committed.clone().map(|(_, _, text)| text));
        let decisions = broker.decisions.iter();
        let decisions = decisions.filter(|(stored, _)| *stored >= since);
        partition.restore(
            host,
            committed.clone(),
            decisions.map(|(_, message)| &message[..]),
        );
        let next = committed.map(|(signal, offset, _)| (signal, offset as usize));
        Self {
            partition,
            next: next.collect(),
        }
    }

    /// Takes up to this many messages of each topic.
    fn take(&mut self, host: &SimHost, broker: &Broker, most: usize) {
        for (signal, messages) in &broker.messages {
            let next = self.next.entry(*signal).or_default();
            for (project, value) in messages.iter().skip(*next).take(most) {
                let message = Message {
                    signal: *signal,
                    offset: *next as i64,
                    project: project.as_deref(),
                    value: value.clone(),
                };
                self.partition.take(host, message);
                *next += 1;
            }
        }
    }

    /// One round of storing. `fails` is what happens to the transaction.
    fn store(&self, host: &SimHost, broker: &mut Broker, is_lost: bool) {
        self.partition.close(host);
        let stored = self.partition.to_store();
        if is_lost {
            return;
        }
        broker.store(host, &stored);
        self.partition.stored(host, &stored);
    }

    /// Gives the partition to another owner: what was taken is finished, and traces are left.
    fn hand_over(&self, host: &SimHost, broker: &mut Broker) {
        for _ in 0..50 {
            self.partition.close_undecided(host);
            let stored = self.partition.to_store();
            broker.store(host, &stored);
            self.partition.stored(host, &stored);
            if self.partition.is_idle() {
                return;
            }
            pass(host, 100);
        }
    }

    /// Goes on until everything has ended.
    fn finish(&mut self, host: &SimHost, broker: &mut Broker) {
        for _ in 0..200 {
            self.take(host, broker, usize::MAX);
            self.store(host, broker, false);
            pass(host, 1_000);
            if broker.lag() == 0 && self.partition.is_idle() {
                return;
            }
        }
    }
}

fn pass(host: &SimHost, milliseconds: u64) {
    let sleep = host.sleep(Duration::from_millis(milliseconds));
    host.executor().run(sleep);
}

fn edge(_: &SimHost, config: &Config) -> Edge {
    let machine = Machine::of::<SimHost>(config, NonZeroUsize::MIN);
    Edge::on(machine, config.clone()).expect("a usable configuration")
}

fn config(tail: Option<TailConfig>) -> Config {
    let mut config = Config {
        open: true,
        backends: vec![BackendConfig {
            encoding: BackendEncoding::Json,
            compression: BackendCompression::None,
            ..backend("tempo")
        }],
        sampling: SamplingConfig {
            tail,
            ..SamplingConfig::default()
        },
        ..Config::default()
    };
    config.outcomes.interval_ms = 0;
    config
}

/// Keeps traces with an error, and half of the others.
fn errors_and_half() -> TailConfig {
    TailConfig {
        probability: 0.5,
        keep: vec![RuleConfig {
            errors: Some(true),
            ..RuleConfig::default()
        }],
        wait_ms: 3_000,
        wait_after_root_ms: 3_000,
        ..TailConfig::default()
    }
}

fn trace(number: u32) -> String {
    let number = u128::from(number);
    format!(
        "{:032x}",
        number << 80 | number.wrapping_mul(0x9e37_79b9_7f4a_7c15) & 0xff_ffff_ffff_ffff
    )
}

/// A request with one span of each of these traces.
fn spans(of: &[(u32, u32, bool)]) -> Bytes {
    let span = |(number, span, is_error): &(u32, u32, bool)| {
        let status = if *is_error {
            r#","status":{"code":2}"#
        } else {
            ""
        };
        format!(
            r#"{{"traceId":"{}","spanId":"{span:016x}","parentSpanId":"00000000000000ff","name":"x","startTimeUnixNano":"1","endTimeUnixNano":"2"{status}}}"#,
            trace(*number)
        )
    };
    let spans: Vec<String> = of.iter().map(span).collect();
    format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    )
    .into()
}

fn protobuf(json: &Bytes) -> Bytes {
    json::to_protobuf(schema::export_request(Traces), json)
        .expect("OTLP in JSON")
        .into()
}

/// How often the backend got each span, by trace and span.
fn arrived(backend: &Recorder) -> BTreeMap<(String, String), u64> {
    let mut spans = BTreeMap::new();
    for received in backend.received() {
        let json: serde_json::Value = serde_json::from_slice(&received.body).expect("JSON");
        for group in json["resourceSpans"].as_array().into_iter().flatten() {
            for scope in group["scopeSpans"].as_array().into_iter().flatten() {
                for span in scope["spans"].as_array().into_iter().flatten() {
                    let text = |key: &str| span[key].as_str().expect("an id").to_owned();
                    *spans.entry((text("traceId"), text("spanId"))).or_default() += 1;
                }
            }
        }
    }
    spans
}

#[test]
fn records_are_in_their_topics_before_the_response_one_trace_in_a_message() {
    let (host, [tempo]) = network(["tempo"]);
    let topics = SimTopics::default();
    let host = host.with_topics(&topics);
    let edge = edge(&host, &config(None));
    let body = spans(&[(1, 1, false), (2, 2, false), (1, 3, false)]);
    let body = String::from_utf8(body.to_vec()).expect("JSON");
    assert_eq!(send(&host, &edge, &body, None), StatusCode::OK);
    let messages = topics.take();
    let traces: Vec<_> = messages
        .iter()
        .map(|message| message.trace.map(|id| id.to_string()))
        .collect();
    assert_eq!(traces, [Some(trace(1)), Some(trace(2))]);
    let records = |at: usize| {
        throughline_otlp::inspect(Traces, &messages[at].value)
            .expect("OTLP")
            .records
    };
    assert_eq!((records(0), records(1)), (2, 1));
    assert_eq!(edge.tally().count(Traces, Outcome::HandedOver), 3);
    assert_eq!(tempo.count(), 0);
}

#[test]
fn a_sender_is_asked_to_send_again_what_a_topic_does_not_take() {
    let (host, _) = network(["tempo"]);
    let topics = SimTopics::default();
    let host = host.with_topics(&topics);
    let edge = edge(&host, &config(None));
    topics.will_fail(1);
    assert_eq!(
        send(&host, &edge, BATCH, None),
        StatusCode::SERVICE_UNAVAILABLE
    );
    let unavailable = Outcome::Rejected(RejectReason::TopicUnavailable);
    assert_eq!(edge.tally().count(Traces, unavailable), 1);
    topics.set_full(true);
    assert_eq!(
        send(&host, &edge, BATCH, None),
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(
        edge.tally()
            .count(Traces, Outcome::Rejected(RejectReason::QueueFull)),
        1
    );
    topics.set_full(false);
    assert_eq!(send(&host, &edge, BATCH, None), StatusCode::OK);
    assert_eq!(topics.take().len(), 1);
}

#[test]
fn what_is_too_large_for_a_message_is_split_and_a_record_alone_is_counted() {
    let (host, _) = network(["tempo"]);
    let topics = SimTopics::with_max_value_bytes(80);
    let host = host.with_topics(&topics);
    let edge = edge(&host, &config(None));
    let body = String::from_utf8(spans(&[(1, 1, false), (1, 2, false)]).to_vec()).expect("JSON");
    assert_eq!(send(&host, &edge, &body, None), StatusCode::OK);
    assert_eq!(topics.take().len(), 2);
    let long = body.replacen("\"x\"", &format!("\"{}\"", "x".repeat(100)), 1);
    let request = request(SimBody::whole(long.into()));
    let response = host.executor().run(edge.handle(&host, request));
    let response = response.expect("a response");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        text(&response),
        r#"{"partialSuccess":{"rejectedSpans":"1","errorMessage":"spans larger than a message of their topic may be, 80 bytes: 1"}}"#
    );
    assert_eq!(topics.take().len(), 1);
    let too_large = Outcome::Rejected(RejectReason::RecordTooLarge);
    assert_eq!(edge.tally().count(Traces, too_large), 1);
}

#[test]
fn nothing_is_exported_before_its_decision_is_stored_and_no_offset_is_committed_before_it_ended() {
    let (host, [tempo]) = network(["tempo"]);
    let host = host.with_topics(&SimTopics::default());
    let mut broker = Broker::default();
    broker.put(
        Traces,
        Some(String::new()),
        protobuf(&spans(&[(1, 1, true)])),
    );
    let mut owner = Owner::new(&broker, &host, &config(Some(errors_and_half())));
    owner.take(&host, &broker, 1);
    pass(&host, 3_000);
    owner.partition.close(&host);
    let stored = owner.partition.to_store();
    pass(&host, 1_000);
    assert_eq!(tempo.count(), 0, "the decision is not stored");
    assert!(!stored.decisions.is_empty());
    broker.store(&host, &stored);
    tempo.will_reply([Reply::status(503)]);
    owner.partition.stored(&host, &stored);
    pass(&host, 10);
    owner.store(&host, &mut broker, false);
    assert_eq!(tempo.count(), 1);
    assert_eq!(broker.lag(), 1, "the backend has not taken it");
    owner.finish(&host, &mut broker);
    assert_eq!(tempo.count(), 2);
    assert_eq!(broker.lag(), 0);
    assert_eq!(
        broker.account(),
        BTreeMap::from([("exported".into(), 1), ("taken_up".into(), 1)])
    );
}

#[test]
fn a_message_that_cannot_be_read_is_counted_and_named_and_the_next_is_taken() {
    let (host, [tempo]) = network(["tempo"]);
    let host = host.with_topics(&SimTopics::default());
    let mut broker = Broker::default();
    for project in [Some(String::new()), None] {
        broker.put(Traces, project, Bytes::from_static(b"\xff poison"));
    }
    broker.put(
        Traces,
        Some(String::new()),
        protobuf(&spans(&[(1, 1, true)])),
    );
    Owner::new(&broker, &host, &config(None)).finish(&host, &mut broker);
    assert_eq!(arrived(&tempo).len(), 1);
    let account = broker.account();
    assert_eq!(
        (account["rejected.invalid_record"], account["exported"]),
        (2, 1)
    );
    assert!(
        host.logged()
            .iter()
            .any(|line| line.contains("offset 0 of partition 0 of the topic of traces"))
    );
}

#[test]
fn what_another_program_has_put_is_scrubbed_like_what_is_received() {
    let (host, [tempo]) = network(["tempo"]);
    let host = host.with_topics(&SimTopics::default());
    let mut broker = Broker::default();
    let body = String::from_utf8(spans(&[(1, 1, true)]).to_vec()).expect("JSON");
    let body = body.replace("\"x\"", "\"mail to ann@example.com\"").into();
    broker.put(Traces, None, protobuf(&body));
    Owner::new(&broker, &host, &config(Some(errors_and_half()))).finish(&host, &mut broker);
    let received = String::from_utf8(tempo.received()[0].body.to_vec()).expect("JSON");
    assert!(!received.contains("ann@example.com"), "{received}");
    let account = broker.account();
    assert_eq!((account["received"], account["handed_over"]), (1, 1));
    assert_eq!((account["taken_up"], account["exported"]), (1, 1));
}

#[test]
fn a_span_that_comes_to_the_next_owner_gets_the_decision_of_the_one_before() {
    let (host, [tempo]) = network(["tempo"]);
    let host = host.with_topics(&SimTopics::default());
    let mut broker = Broker::default();
    broker.put(
        Traces,
        Some(String::new()),
        protobuf(&spans(&[(1, 1, true)])),
    );
    let config = config(Some(TailConfig {
        probability: 0.0,
        ..errors_and_half()
    }));
    Owner::new(&broker, &host, &config).finish(&host, &mut broker);
    // By itself it would be dropped.
    broker.put(
        Traces,
        Some(String::new()),
        protobuf(&spans(&[(1, 2, false)])),
    );
    Owner::new(&broker, &host, &config).finish(&host, &mut broker);
    assert_eq!(arrived(&tempo).len(), 2);
}

/// A step of the simulation.
#[derive(Debug, Clone)]
enum Event {
    /// Messages arrive, with spans of these traces; whether this program has put them.
    Arrive(Vec<(u32, bool)>, bool),
    LogRecord(u32),
    /// The owner takes so many of each topic.
    Take(usize),
    /// The owner stores what it has done.
    Store,
    /// The owner is killed in the middle of that: before, or after it is stored.
    KilledAtStore(bool),
    Kill,
    HandOver,
    /// Milliseconds pass.
    Pass(u64),
    /// The backend responds so, the next time.
    Reply(u16),
}

fn event() -> impl Strategy<Value = Event> {
    let spans = prop::collection::vec((1..12u32, prop::bool::weighted(0.2)), 1..4);
    prop_oneof![
        4 => (spans, prop::bool::weighted(0.9)).prop_map(|(spans, own)| Event::Arrive(spans, own)),
        1 => (1..12u32).prop_map(Event::LogRecord),
        4 => (1..6usize).prop_map(Event::Take),
        4 => Just(Event::Store),
        1 => any::<bool>().prop_map(Event::KilledAtStore),
        1 => Just(Event::Kill),
        2 => Just(Event::HandOver),
        4 => prop_oneof![4 => 1..200u64, 4 => 200..4_000u64, 1 => 60_000..200_000u64].prop_map(Event::Pass),
        1 => prop_oneof![Just(503u16), Just(400u16), Just(429u16)].prop_map(Event::Reply),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::default())]

    #[test]
    fn no_record_is_lost_or_counted_twice_and_no_trace_is_decided_twice(
        events in prop::collection::vec(event(), 1..60),
        has_logs: bool,
        has_tail in prop::bool::weighted(0.9),
    ) {
        let (host, [tempo]) = network(["tempo"]);
        let host = host.with_topics(&SimTopics::default());
        let tail = TailConfig { logs: has_logs, ..errors_and_half() };
        let config = config(has_tail.then_some(tail));
        let mut broker = Broker::default();
        let mut owner = Owner::new(&broker, &host, &config);
        let (mut sent, mut foreign, mut refused) = (0u64, 0u64, false);
        let mut of_trace: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        // The next owner knows no decision that is older than a minute and four waits.
        let mut arrived_at: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        let mut log_records = 0;
        for event in events {
            match event {
                Event::Arrive(of, is_own) => {
                    let of: Vec<_> = of
                        .into_iter()
                        .map(|(number, is_error)| {
                            sent += 1;
                            let span = u32::try_from(sent).expect("few");
                            let spans = of_trace.entry(trace(number)).or_default();
                            spans.insert(format!("{span:016x}"));
                            let now = host.now_unix_nano() / 1_000_000;
                            arrived_at.entry(trace(number)).or_insert((now, now)).1 = now;
                            (number, span, is_error)
                        })
                        .collect();
                    if !is_own {
                        foreign += of.len() as u64;
                    }
                    let project = is_own.then(String::new);
                    broker.put(Traces, project, protobuf(&spans(&of)));
                }
                Event::LogRecord(number) => {
                    let request = format!(
                        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"1","traceId":"{}"}},{{"timeUnixNano":"1"}}]}}]}}]}}"#,
                        trace(number)
                    );
                    let request = json::to_protobuf(schema::export_request(Logs), request.as_bytes());
                    broker.put(Logs, Some(String::new()), request.expect("OTLP in JSON").into());
                    log_records += 2;
                }
                Event::Take(most) => owner.take(&host, &broker, most),
                Event::Store => owner.store(&host, &mut broker, false),
                Event::KilledAtStore(is_stored) => {
                    owner.partition.close(&host);
                    let stored = owner.partition.to_store();
                    if is_stored {
                        broker.store(&host, &stored);
                    }
                    owner = Owner::new(&broker, &host, &config);
                }
                Event::Kill => owner = Owner::new(&broker, &host, &config),
                Event::HandOver => {
                    owner.hand_over(&host, &mut broker);
                    owner = Owner::new(&broker, &host, &config);
                }
                Event::Pass(milliseconds) => pass(&host, milliseconds),
                Event::Reply(status) => {
                    refused |= status == 400;
                    tempo.will_reply([Reply::status(status)]);
                }
            }
        }
        owner.finish(&host, &mut broker);
        prop_assert_eq!(broker.lag(), 0);
        let account = broker.account();
        let count = |key: &str| account.get(key).copied().unwrap_or(0);
        prop_assert_eq!(count("taken_up"), sent + log_records, "{:?}", account);
        prop_assert_eq!((count("received"), count("handed_over")), (foreign, foreign));
        let ended = count("exported") + count("sampled_out") + count("rejected.backend_refused");
        prop_assert_eq!(ended, sent + log_records, "{:?}", account);
        let refused_records = count("rejected.backend_refused");
        prop_assert!(refused || refused_records == 0);
        if refused {
            return Ok(());
        }
        let arrived = arrived(&tempo);
        let kept: BTreeSet<&String> = arrived.keys().map(|(trace, _)| trace).collect();
        for trace in kept {
            let (first, last) = arrived_at[trace];
            if last - first > 60_000 {
                continue;
            }
            let spans = arrived.keys().filter(|(of, _)| of == trace).count();
            prop_assert_eq!(spans, of_trace[trace].len(), "a part of trace {}", trace);
        }
        if log_records == 0 {
            prop_assert_eq!(count("exported"), arrived.len() as u64);
        }
    }
}
