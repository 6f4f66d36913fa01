//! A property test of batches, faults of the queue, and what the backend responds.

use super::*;
use proptest::prelude::*;

fn fault() -> impl Strategy<Value = Option<PutFault>> {
    prop_oneof![
        4 => Just(None),
        1 => Just(Some(PutFault::Full)),
        1 => Just(Some(PutFault::Lost)),
        1 => Just(Some(PutFault::StoredAndLost)),
        1 => Just(Some(PutFault::Hangs)),
        2 => (1..25u64).prop_map(|late_s| Some(PutFault::Late(Duration::from_secs(late_s)))),
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
            // What a backend refused in part alone.
            waiting.extend(world.queue.take());
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
