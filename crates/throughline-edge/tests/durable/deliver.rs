//! Tests of messages that a host takes out of its queue.

use super::*;

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
    // The whole, and each part of it.
    world.backend.will_reply(vec![Reply::status(400); 5]);
    assert_eq!(world.deliver(&alone, message, 0), Delivery::Refused);
    assert_eq!(ended(&alone.tally(), "tempo", refused), 3);

    let first = BackendConfig {
        dead_letters_to: Some("archive".into()),
        ..backend("tempo")
    };
    let both = edge(vec![first, several::backend("archive")]);
    world.backend.will_reply(vec![Reply::status(400); 5]);
    assert_eq!(world.deliver(&both, message, 0), Delivery::Done);
    assert_eq!(spans(&archive.received()[0]), 3);
    let tally = both.tally();
    assert_eq!(ended(&tally, "tempo", refused), 3);
    assert_eq!(ended(&tally, "archive", Outcome::Exported), 3);
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
