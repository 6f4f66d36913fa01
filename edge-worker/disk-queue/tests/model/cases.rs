//! Histories that the random ones hardly reach.

use crate::disk::{Disk, Fault};
use crate::model::{KINDS, Model, Step};
use crate::{LIMITS, run};
use bytes::Bytes;
use throughline_disk_queue::{Limits, Log, PutError};

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

#[test]
fn an_acknowledgement_removes_no_new_message_after_its_own_was_damaged() {
    let disk = Disk::seeded(6);
    let open = |seed| {
        let (log, recovered) = Log::open(disk.clone(), LIMITS, seed).expect("the disk works");
        (log, recovered.corrupt)
    };
    let put = |log: &mut Log<Disk>| {
        let put = log.put(&[Bytes::from_static(b"8 bytes.")]);
        put[0].clone().expect("stored")
    };
    let (mut log, _) = open(1);
    let first = put(&mut log);
    let second = put(&mut log);
    assert!(log.acknowledge(second));
    log.write_acknowledgements().expect("the disk works");
    // The payload of the second message: each has 33 bytes with its head.
    disk.flip(0, 60, 1).expect("it is there");
    let (mut log, corrupt) = open(2);
    assert_eq!(corrupt, 1);
    let third = put(&mut log);
    let (log, _) = open(3);
    assert_eq!(log.reader().sequences(), [first, third]);
}

#[test]
fn the_index_has_bounded_memory_however_short_messages_are() {
    let limits = Limits::of(1 << 20);
    let (mut log, _) = Log::open(Disk::seeded(7), limits, 1).expect("an empty disk");
    let put = log.put(&vec![Bytes::from_static(b"."); 300]);
    let stored: Vec<u64> = put.iter().filter_map(|put| put.clone().ok()).collect();
    assert_eq!(stored.len(), 256, "one for each 4 KiB");
    assert!(matches!(put[256], Err(PutError::Full)));
    assert!(log.acknowledge(stored[0]));
    let put = log.put(&[Bytes::from_static(b"."), Bytes::from_static(b".")]);
    assert!(put[0].is_ok());
    assert!(matches!(put[1], Err(PutError::Full)));
}

fn fault(after: u32, calls: u32) -> Step {
    Step::Fail(Fault {
        after,
        calls,
        kind: KINDS[0],
    })
}
