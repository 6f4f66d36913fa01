//! Histories that the random ones hardly reach.

use crate::disk::Fault;
use crate::model::{KINDS, Model, Step};
use crate::{LIMITS, run};

#[test]
fn a_message_that_was_refused_does_not_come_after_a_kill() {
    for after in 0..8 {
        let mut model = Model::new(LIMITS, 3);
        model.take(Step::Put(vec![8, 30]));
        model.take(fault(after, 1));
        // The second needs a segment of its own.
        model.take(Step::Put(vec![20, 30]));
        model.take(Step::Put(vec![200]));
        let live = model.live();
        model.take(Step::Kill);
        assert_eq!(model.live(), live, "the call {after} failed");
        model.end();
    }
}

#[test]
fn acknowledgements_have_room_in_a_full_log() {
    let mut model = Model::new(LIMITS, 4);
    for _ in 0..200 {
        model.take(Step::Put(vec![8]));
    }
    let stored = model.live();
    assert!(stored.len() < 200 && stored.len() > 50, "{}", stored.len());
    for _ in 1..stored.len() {
        // The newest first, so that the oldest segment stays.
        model.take(Step::Acknowledge(u16::MAX));
        model.take(Step::WriteAcknowledgements);
    }
    model.end();
}

#[test]
fn one_message_does_not_keep_the_space_of_those_behind_it() {
    let mut model = Model::new(LIMITS, 5);
    model.take(Step::Put(vec![8]));
    let first = model.live();
    for _ in 0..500 {
        let before = model.live().len();
        model.take(Step::Put(vec![150]));
        assert_eq!(model.live().len(), before + 1, "it is not full");
        model.take(Step::Acknowledge(u16::MAX));
        model.take(Step::WriteAcknowledgements);
    }
    assert_eq!(model.live(), first);
    model.end();
}

#[test]
fn a_move_that_fails_at_any_call_loses_nothing() {
    for seed in 0..40 {
        for after in 0..12 {
            let mut steps = vec![Step::Put(vec![8])];
            for _ in 0..16 {
                steps.extend([Step::Put(vec![150]), Step::Acknowledge(u16::MAX)]);
            }
            // By now more than half is taken, and most of that is done.
            steps.extend([fault(after, 2), Step::WriteAcknowledgements, Step::Kill]);
            steps.extend([Step::Put(vec![8]), Step::Sync, Step::LosePower]);
            run(seed, steps);
        }
    }
}

fn fault(after: u32, calls: u32) -> Step {
    Step::Fail(Fault {
        after,
        calls,
        kind: KINDS[0],
    })
}
