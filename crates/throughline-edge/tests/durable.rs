//! Batches that go through a durable queue, and what happens when it or the backend fails.
#![expect(clippy::expect_used, reason = "a test fails by a panic")]

#[path = "support/several.rs"]
mod several;
mod support;

use bytes::Bytes;
use http::StatusCode;
use proptest::prelude::*;
use several::{ended, network, send};
use std::num::NonZeroUsize;
use std::time::Duration;
use support::BATCH;
use throughline_edge::config::{BackendCompression, BackendConfig, BackendEncoding};
use throughline_edge::host::{Clock, Delivery};
use throughline_edge::outcome::{Outcome, RejectReason};
use throughline_edge::{Config, Edge, Machine};
use throughline_otlp::Signal::Traces;
use throughline_otlp::{inspect, json, schema};
use throughline_testkit::recorder::{Received, Recorder, Reply};
use throughline_testkit::sim::{PutFault, SimHost, SimQueue};

/// A host with a durable queue, and a backend of that name.
struct World {
    host: SimHost,
    queue: SimQueue,
    backend: Recorder,
}

impl World {
    fn new(queue: SimQueue) -> Self {
        let (host, [backend]) = network(["tempo"]);
        Self {
            host: host.with_queue(&queue),
            queue,
            backend,
        }
    }

    fn deliver(&self, edge: &Edge, message: &Bytes, attempt: u32) -> Delivery {
        let delivery = edge.take_up(&self.host, message, attempt);
        self.host.executor().run(delivery).expect("it ends")
    }
}

fn backend(name: &str) -> BackendConfig {
    BackendConfig {
        durable: true,
        ..several::backend(name)
    }
}

/// An edge that exports no counts.
fn edge(backends: Vec<BackendConfig>) -> Edge {
    reporting(backends, Duration::ZERO)
}

fn reporting(backends: Vec<BackendConfig>, interval: Duration) -> Edge {
    let mut config = Config {
        open: true,
        backends,
        ..Config::default()
    };
    config.outcomes.interval_ms = interval.as_millis() as u64;
    let machine = Machine::of::<SimHost>(&config, NonZeroUsize::MIN);
    Edge::on(machine, config).expect("a usable configuration")
}

/// The names of the spans in a request to a backend.
fn spans(received: &Received) -> u64 {
    let gzip = received.headers.get("content-encoding").is_some();
    let mut body = Vec::new();
    if gzip {
        let mut decoder = flate2::read::GzDecoder::new(&received.body[..]);
        std::io::Read::read_to_end(&mut decoder, &mut body).expect("gzip");
    } else {
        body.extend_from_slice(&received.body);
    }
    if received.headers["content-type"] == "application/json" {
        body = json::to_protobuf(schema::export_request(Traces), &body).expect("OTLP in JSON");
    }
    inspect(Traces, &body).expect("OTLP").records
}

fn batch(spans: usize) -> String {
    let span = |n| {
        format!(
            r#"{{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"{n:016x}","name":"{n}"}}"#
        )
    };
    let spans: Vec<String> = (1..=spans).map(span).collect();
    let spans = spans.join(",");
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#)
}

#[test]
fn a_batch_is_stored_before_the_response_and_exported_from_the_queue() {
    let world = World::new(SimQueue::default());
    let first = edge(vec![backend("tempo")]);
    assert_eq!(send(&world.host, &first, BATCH, None), StatusCode::OK);
    let messages = world.queue.take();
    assert_eq!((messages.len(), world.backend.count()), (1, 0));
    assert_eq!(ended(&first.tally(), "tempo", Outcome::HandedOver), 1);
    drop(first);

    let second = edge(vec![backend("tempo")]);
    assert_eq!(world.deliver(&second, &messages[0], 0), Delivery::Done);
    assert_eq!(spans(&world.backend.received()[0]), 1);
    let tally = second.tally();
    assert_eq!(tally.taken_up[&Traces], 1);
    assert_eq!(ended(&tally, "tempo", Outcome::Exported), 1);
    assert_eq!(tally.queued[&Traces], 0);
}

#[test]
fn an_edge_that_only_takes_up_messages_reports_its_counts() {
    let world = World::new(SimQueue::default());
    let first = edge(vec![backend("tempo")]);
    send(&world.host, &first, BATCH, None);
    let message = &world.queue.take()[0];

    let consumer = reporting(vec![backend("tempo")], Duration::from_secs(60));
    assert_eq!(world.deliver(&consumer, message, 0), Delivery::Done);
    world.host.executor().run_until_idle();
    let received = world.backend.received();
    let paths: Vec<_> = received.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(paths, ["/v1/traces", "/v1/metrics"]);
}

#[test]
fn a_delivery_that_the_backend_does_not_take_counts_nothing_and_is_made_again() {
    let world = World::new(SimQueue::default());
    let first = edge(vec![backend("tempo")]);
    send(&world.host, &first, BATCH, None);
    let message = &world.queue.take()[0];
    let later = Reply {
        headers: vec![("retry-after".into(), "7".into())],
        ..Reply::status(503)
    };
    world.backend.will_reply([later, Reply::status(503)]);
    let Delivery::Retry { after } = world.deliver(&first, message, 0) else {
        unreachable!("the backend was not ready");
    };
    assert!((7..8).contains(&after.as_secs()), "{after:?}");
    let before = first.tally();
    assert!(before.taken_up.is_empty() && before.queued[&Traces] == 0);
    // What the backend said holds for every delivery.
    assert!(matches!(
        world.deliver(&first, message, 1),
        Delivery::Retry { .. }
    ));
    assert_eq!(world.backend.count(), 1);
    let waits = |attempt| {
        let fresh = edge(vec![backend("tempo")]);
        world.backend.will_reply([Reply::status(502)]);
        match world.deliver(&fresh, message, attempt) {
            Delivery::Retry { after } => after,
            _ => Duration::ZERO,
        }
    };
    let second = Duration::from_secs(1);
    world.host.executor().run(world.host.sleep(second * 7));
    let _ = world.deliver(&first, message, 2);
    assert!(waits(0) <= second);
    assert!((second * 8..second * 17).contains(&waits(4)));
    assert!((second * 150..=second * 300).contains(&waits(4_000_000_000)));
    assert_eq!(
        world.deliver(&edge(vec![backend("tempo")]), message, 9),
        Delivery::Done
    );
}

#[test]
fn what_is_in_the_queue_is_sent_as_the_configuration_of_now_says() {
    for (then, now) in [
        (BackendCompression::Gzip, BackendCompression::None),
        (BackendCompression::Zstd, BackendCompression::Gzip),
        (BackendCompression::None, BackendCompression::Gzip),
    ] {
        for encoding in [BackendEncoding::Protobuf, BackendEncoding::Json] {
            let world = World::new(SimQueue::default());
            let config = |compression, encoding| BackendConfig {
                compression,
                encoding,
                ..backend("tempo")
            };
            let first = edge(vec![config(then, BackendEncoding::Protobuf)]);
            send(&world.host, &first, &batch(3), None);
            let second = edge(vec![config(now, encoding)]);
            let message = &world.queue.take()[0];
            assert_eq!(world.deliver(&second, message, 0), Delivery::Done);
            assert_eq!(spans(&world.backend.received()[0]), 3, "{then:?} {now:?}");
        }
    }
}

#[test]
fn what_is_in_the_queue_is_exported_once_no_backend_uses_it_any_more() {
    let world = World::new(SimQueue::default());
    send(&world.host, &edge(vec![backend("tempo")]), BATCH, None);
    let now = several::edge(vec![several::backend("tempo")]);
    let message = &world.queue.take()[0];
    assert_eq!(world.deliver(&now, message, 0), Delivery::Done);
    assert_eq!(world.backend.count(), 1);
}

#[test]
fn what_a_backend_refuses_goes_to_the_one_for_dead_letters_or_back_to_the_host() {
    let world = World::new(SimQueue::default());
    let archive = Recorder::default();
    world.host.serve("archive.test", &archive);
    let refused = Outcome::Rejected(RejectReason::BackendRefused);

    let alone = edge(vec![backend("tempo")]);
    send(&world.host, &alone, &batch(3), None);
    let message = &world.queue.take()[0];
    world.backend.will_reply([Reply::status(400)]);
    assert_eq!(world.deliver(&alone, message, 0), Delivery::Refused);
    assert_eq!(ended(&alone.tally(), "tempo", refused), 3);

    let first = BackendConfig {
        dead_letters_to: Some("archive".into()),
        ..backend("tempo")
    };
    let both = edge(vec![first, several::backend("archive")]);
    world.backend.will_reply([Reply::status(400)]);
    assert_eq!(world.deliver(&both, message, 0), Delivery::Done);
    assert_eq!(spans(&archive.received()[0]), 3);
    let tally = both.tally();
    assert_eq!(ended(&tally, "tempo", refused), 3);
    assert_eq!(ended(&tally, "archive", Outcome::Exported), 3);
}

#[test]
fn what_the_queue_does_not_take_is_exported_directly() {
    for (fault, stored) in [
        (PutFault::Full, 0),
        (PutFault::Lost, 0),
        (PutFault::StoredAndLost, 1),
        (PutFault::Hangs, 0),
    ] {
        let world = World::new(SimQueue::default());
        world.queue.will_fail([fault]);
        let edge = edge(vec![backend("tempo")]);
        let begun = world.host.now_unix_nano();
        assert_eq!(send(&world.host, &edge, BATCH, None), StatusCode::OK);
        let waited = Duration::from_nanos(world.host.now_unix_nano() - begun);
        assert!(waited <= Duration::from_secs(5), "{fault:?}: {waited:?}");
        world.host.executor().run_until_idle();
        assert_eq!(world.backend.count(), 1, "{fault:?}");
        assert_eq!(world.queue.take().len(), stored, "{fault:?}");
        let tally = edge.tally();
        assert_eq!(ended(&tally, "tempo", Outcome::Exported), 1);
        assert_eq!(ended(&tally, "tempo", Outcome::HandedOver), 0);
        let logged = world.host.logged();
        assert!(logged.iter().any(|line| line.contains("exported directly")));
    }
}

#[test]
fn what_the_queue_stores_late_is_exported_once() {
    for late_s in [4, 6, 14] {
        let world = World::new(SimQueue::with_max_message_bytes(300));
        let late = PutFault::Late(Duration::from_secs(late_s));
        world.queue.will_fail([late]);
        let edge = edge(vec![BackendConfig {
            compression: BackendCompression::None,
            ..backend("tempo")
        }]);
        let begun = world.host.now_unix_nano();
        assert_eq!(send(&world.host, &edge, &batch(10), None), StatusCode::OK);
        let waited = Duration::from_nanos(world.host.now_unix_nano() - begun);
        assert!(waited <= Duration::from_secs(5), "{waited:?}");
        world.host.executor().run_until_idle();
        assert_eq!(world.backend.count(), 0, "{late_s} s");
        for message in &world.queue.take() {
            assert_eq!(world.deliver(&edge, message, 0), Delivery::Done);
        }
        let sent: u64 = world.backend.take().iter().map(spans).sum();
        assert_eq!(sent, 10, "{late_s} s");
        let tally = edge.tally();
        assert_eq!(ended(&tally, "tempo", Outcome::HandedOver), 10);
        assert_eq!((tally.taken_up[&Traces], tally.queued[&Traces]), (10, 0));
    }
}

#[test]
fn a_queue_that_hangs_costs_no_batch_where_work_after_the_response_ends_early() {
    for delays_response in [false, true] {
        let mut world = World::new(SimQueue::default());
        world.host = world.host.with_time_limit(Duration::from_secs(30));
        if delays_response {
            world.host = world.host.with_delayed_responses();
        }
        world.queue.will_fail([PutFault::Hangs]);
        let edge = edge(vec![backend("tempo")]);
        world.backend.will_reply([Reply::status(503)]);
        let begun = world.host.now_unix_nano();
        assert_eq!(send(&world.host, &edge, BATCH, None), StatusCode::OK);
        world.host.executor().run_until_idle();
        assert_eq!(ended(&edge.tally(), "tempo", Outcome::Exported), 1);
        let exported = world
            .backend
            .received()
            .last()
            .expect("it is sent")
            .at_unix_nano;
        let limit_s = if delays_response { 6 } else { 20 };
        let waited = Duration::from_nanos(exported - begun);
        assert!(waited < Duration::from_secs(limit_s), "{waited:?}");
    }
}

#[test]
fn a_batch_is_split_into_messages_and_a_record_that_fits_none_is_exported_directly() {
    let world = World::new(SimQueue::with_max_message_bytes(300));
    let edge = edge(vec![BackendConfig {
        compression: BackendCompression::None,
        ..backend("tempo")
    }]);
    send(&world.host, &edge, &batch(40), None);
    let messages = world.queue.take();
    assert!(messages.len() > 2, "{}", messages.len());
    assert!(messages.iter().all(|message| message.len() <= 300));
    for message in &messages {
        assert_eq!(world.deliver(&edge, message, 0), Delivery::Done);
    }
    let sent: u64 = world.backend.take().iter().map(spans).sum();
    assert_eq!(sent, 40);

    let long = BATCH.replace("a span of some length", &"x".repeat(400));
    send(&world.host, &edge, &long, None);
    world.host.executor().run_until_idle();
    assert_eq!((world.queue.take().len(), world.backend.count()), (0, 1));
}

#[test]
fn a_queue_that_hangs_is_asked_once_for_all_messages_of_a_request() {
    let world = World::new(SimQueue::with_max_message_bytes(300));
    world.queue.will_fail([PutFault::Hangs; 20]);
    let edge = edge(vec![BackendConfig {
        compression: BackendCompression::None,
        ..backend("tempo")
    }]);
    let begun = world.host.now_unix_nano();
    send(&world.host, &edge, &batch(40), None);
    let waited = Duration::from_nanos(world.host.now_unix_nano() - begun);
    assert!(waited <= Duration::from_secs(5), "{waited:?}");
    let soon = world.host.sleep(Duration::from_secs(12));
    world.host.executor().run(soon);
    let sent: u64 = world.backend.take().iter().map(spans).sum();
    assert_eq!(sent, 40);
    let lines = world.host.logged();
    let lines = lines
        .iter()
        .filter(|line| line.contains("exported directly"));
    assert_eq!(lines.count(), 1, "{:?}", world.host.logged());
}

#[test]
fn messages_that_wait_for_a_failing_backend_use_up_no_deliveries() {
    let world = World::new(SimQueue::default());
    world.backend.will_reply(vec![Reply::status(503); 1_000]);
    let edge = edge(vec![backend("tempo")]);
    let mut waits = Vec::new();
    for attempt in 0..10 {
        for _ in 0..10 {
            send(&world.host, &edge, &batch(1), None);
            let message = world.queue.take().remove(0);
            if let Delivery::Retry { after } = world.deliver(&edge, &message, attempt) {
                waits.push((attempt, after));
            }
        }
    }
    assert_eq!(waits.len(), 100);
    let least = |attempt: u32| Duration::from_millis(500 << attempt).min(Duration::from_secs(150));
    for (attempt, after) in waits {
        assert!(after >= least(attempt), "{attempt}: {after:?}");
    }
}

#[test]
fn a_message_that_is_delivered_no_more_is_counted() {
    let world = World::new(SimQueue::default());
    let edge = edge(vec![backend("tempo")]);
    send(&world.host, &edge, &batch(3), None);
    let message = &world.queue.take()[0];
    edge.undelivered(&world.host, message);
    let tally = edge.tally();
    let lost = Outcome::Rejected(RejectReason::RetriesExhausted);
    assert_eq!(ended(&tally, "tempo", lost), 3);
    assert_eq!(tally.taken_up[&Traces], 3);
    assert_eq!(tally.queued[&Traces], 0);
}

#[test]
fn a_message_that_nobody_can_deliver_is_refused() {
    let world = World::new(SimQueue::default());
    let first = edge(vec![backend("tempo")]);
    send(&world.host, &first, &batch(3), None);
    let message = world.queue.take().remove(0);
    let renamed = edge(vec![backend("loki")]);
    assert_eq!(world.deliver(&renamed, &message, 0), Delivery::Refused);
    let lost = Outcome::Rejected(RejectReason::NoBackend);
    assert_eq!(renamed.tally().count(Traces, lost), 3);

    let cut = message.slice(..message.len() / 2);
    assert_eq!(world.deliver(&first, &cut, 0), Delivery::Refused);
    let logged = world.host.logged();
    assert!(logged.iter().any(|line| line.contains("cannot be read")));
    assert_eq!(world.backend.count(), 0);
}

#[test]
fn a_host_without_a_queue_refuses_it() {
    for (backends, wanted) in [
        (
            vec![backend("tempo")],
            "backends[0].durable cannot be used on this host: it has no durable queue",
        ),
        (
            vec![BackendConfig {
                kind: throughline_edge::config::BackendKind::Null,
                ..backend("nowhere")
            }],
            "backends[0].durable cannot be used: it should be left out where kind is not",
        ),
    ] {
        let config = Config {
            open: true,
            backends,
            ..Config::default()
        };
        let error = Edge::new(config).expect_err("refused").to_string();
        assert!(error.starts_with(wanted), "{error}");
    }
    let config = Config {
        open: true,
        backends: vec![
            BackendConfig {
                dead_letters_to: Some("archive".into()),
                ..backend("tempo")
            },
            backend("archive"),
        ],
        ..Config::default()
    };
    let machine = Machine::of::<SimHost>(&config, NonZeroUsize::MIN);
    let error = Edge::on(machine, config).expect_err("refused").to_string();
    assert!(error.contains("backends[1].durable"), "{error}");
}

fn fault() -> impl Strategy<Value = Option<PutFault>> {
    prop_oneof![
        4 => Just(None),
        1 => Just(Some(PutFault::Full)),
        1 => Just(Some(PutFault::Lost)),
        1 => Just(Some(PutFault::StoredAndLost)),
        1 => Just(Some(PutFault::Hangs)),
    ]
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        3 => Just(Reply::default()),
        1 => Just(Reply::status(503)),
        1 => Just(Reply::status(400)),
        1 => Just(Reply { drop: true, ..Reply::default() }),
        1 => Just(Reply { hang: true, ..Reply::default() }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn each_record_is_delivered_or_counted_whatever_fails(
        batches in prop::collection::vec(1usize..30, 1..10),
        faults in prop::collection::vec(fault(), 0..20),
        replies in prop::collection::vec(reply(), 0..20),
        redelivered in prop::collection::vec(any::<bool>(), 0..20),
        max_message_bytes in prop_oneof![Just(120usize), Just(400), Just(usize::MAX)],
    ) {
        let world = World::new(SimQueue::with_max_message_bytes(max_message_bytes));
        let (mut faults, mut redelivered) = (faults.into_iter(), redelivered.into_iter());
        world.backend.will_reply(replies.iter().cloned());
        let edge = edge(vec![backend("tempo")]);
        let mut waiting = Vec::new();
        for spans in &batches {
            world.queue.will_fail(faults.next().flatten());
            send(&world.host, &edge, &batch(*spans), None);
            waiting.extend(world.queue.take());
        }
        world.host.executor().run_until_idle();
        waiting.extend(world.queue.take());
        for round in 0..60 {
            for message in core::mem::take(&mut waiting) {
                match world.deliver(&edge, &message, round) {
                    Delivery::Retry { .. } => waiting.push(message),
                    // The host did not hear of it, and delivers it again.
                    Delivery::Done if redelivered.next() == Some(true) => {
                        waiting.push(message);
                    }
                    Delivery::Done | Delivery::Refused => {}
                }
            }
            world.host.executor().run(world.host.sleep(Duration::from_secs(60)));
        }
        prop_assert!(waiting.is_empty());
        let tally = edge.tally();
        let count = |outcome| tally.count(Traces, outcome);
        let ended: u64 = tally.ended.values().sum();
        let received: u64 = batches.iter().map(|spans| *spans as u64).sum();
        let taken_up = tally.taken_up.get(&Traces).copied().unwrap_or_default();
        prop_assert_eq!(tally.received[&Traces], received);
        prop_assert_eq!(tally.queued[&Traces], 0);
        prop_assert_eq!(received + taken_up, ended);
        prop_assert!(taken_up >= count(Outcome::HandedOver));
        // What is delivered and not exported was refused: by the backend, or after retries.
        let delivered: u64 = (world.backend.received().iter().zip(
            replies.iter().map(Some).chain(std::iter::repeat(None)),
        ))
            .filter(|(_, reply)| reply.is_none_or(|reply| reply.status.is_none() && !reply.drop && !reply.hang))
            .map(|(received, _)| spans(received))
            .sum();
        prop_assert_eq!(count(Outcome::Exported), delivered);
        let lost = ended - count(Outcome::Exported) - count(Outcome::HandedOver);
        prop_assert!(delivered + lost >= received, "{:?}", tally);
    }
}
