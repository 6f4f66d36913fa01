//! Property tests of the log against a model, on a disk that fails and loses power.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "in a test a panic is a failure"
)]

mod cases;
mod disk;
mod model;

use crate::disk::{Disk, Fault};
use crate::model::{KINDS, Model, Step};
use bytes::Bytes;
use proptest::prelude::*;
use throughline_disk_queue::{Limits, Log};

const LIMITS: Limits = Limits {
    max_bytes: 4096,
    segment_bytes: 256,
    max_messages: u64::MAX,
};

fn put() -> impl Strategy<Value = Step> {
    prop::collection::vec(0..300usize, 1..5).prop_map(Step::Put)
}

fn works() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => put(),
        4 => any::<u16>().prop_map(Step::Acknowledge),
        2 => (2..9usize).prop_map(Step::AcknowledgeMost),
        1 => Just(Step::WriteAcknowledgements),
        1 => Just(Step::Sync),
        2 => any::<u16>().prop_map(Step::Read),
    ]
}

fn fails() -> impl Strategy<Value = Step> {
    let fault = (0..12u32, 1..4u32, 0..KINDS.len()).prop_map(|(after, calls, kind)| Fault {
        after,
        calls,
        kind: KINDS[kind],
    });
    fault.prop_map(Step::Fail)
}

fn run(seed: u64, steps: Vec<Step>) {
    let mut model = Model::new(LIMITS, seed);
    for step in steps {
        model.take(step);
    }
    model.end();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_process_that_is_killed_finds_everything(
        seed: u64,
        steps in prop::collection::vec(prop_oneof![8 => works(), 1 => Just(Step::Kill)], 1..120),
    ) {
        run(seed, steps);
    }

    #[test]
    fn a_machine_that_loses_power_finds_everything(
        seed: u64,
        steps in prop::collection::vec(
            prop_oneof![10 => works(), 1 => Just(Step::Kill), 1 => Just(Step::LosePower)],
            1..120,
        ),
    ) {
        run(seed, steps);
    }

    #[test]
    fn a_disk_that_fails_at_any_call_loses_nothing_that_was_stored(
        seed: u64,
        steps in prop::collection::vec(
            prop_oneof![10 => works(), 3 => fails(), 1 => Just(Step::Kill), 1 => Just(Step::LosePower)],
            1..120,
        ),
    ) {
        run(seed, steps);
    }

    #[test]
    fn a_byte_that_changes_costs_what_is_there_alone(
        lengths in prop::collection::vec(0..200usize, 1..30),
        file: prop::sample::Index,
        at: prop::sample::Index,
        by in 1..=255u8,
    ) {
        let disk = Disk::seeded(1);
        let (mut log, _) = Log::open(disk.clone(), Limits { max_bytes: 65536, ..LIMITS }, 1).expect("an empty disk");
        let mut messages = Vec::new();
        for length in &lengths {
            let message = Bytes::from(vec![b'.'; *length]);
            let put = log.put(std::slice::from_ref(&message));
            messages.push((put[0].clone().expect("stored"), message));
        }
        let files = disk.files();
        let (file, at) = (file.index(files), at.index(256));
        if disk.flip(file, at, by).is_some() {
            let (log, recovered) = Log::open(disk.clone(), LIMITS, 2).expect("it is read");
            let is_newest = file + 1 == files;
            prop_assert!(recovered.corrupt == 1 || is_newest && recovered.torn_bytes > 0);
            prop_assert_eq!(recovered.messages, messages.len() - 1);
            let reader = log.reader();
            for sequence in reader.sequences() {
                let read = reader.read(sequence).expect("it was found");
                prop_assert!(messages.contains(&(sequence, read)));
            }
        }
    }
}
