//! Tests of batches that are stored, and of a queue that fails or is slow.

use super::*;

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
