//! Messages with the decisions about traces of one partition, step by step.
//!
//! ```proto
//! message Steps {
//!   repeated Step steps = 1;
//! }
//! message Step {
//!   uint64 number = 1;            // of the partition, rising
//!   uint64 first = 2;             // the number of its owner's first step
//!   uint64 follows = 3;           // the step that had ended when its owner began
//!   repeated uint64 offsets = 4;  // up to which records were taken: spans, logs, metrics
//!   bytes decisions = 5;          // 32 bytes each: trace id, threshold or 2^64-1, randomness
//! }
//! ```

use super::BySignal;
use crate::processor::sample::cutoff::Cutoff;
use crate::state::tail::Decision;
use bytes::Bytes;
use throughline_otlp::protobuf::{DecodeError, Value, Writer, fields};
use throughline_trace_context::TraceId;
use throughline_trace_context::sampling::{Randomness, Threshold};

/// The decisions of a step, and how far records were taken when it was closed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct StepDecisions {
    pub(super) number: u64,
    pub(super) first: u64,
    pub(super) follows: u64,
    pub(super) offsets: BySignal<i64>,
    pub(super) decisions: Vec<(TraceId, Decision)>,
}

/// Encodes steps as messages, each no larger than a broker takes: the decisions of a step may be in
/// several.
pub(super) fn encode<'a>(steps: impl IntoIterator<Item = &'a StepDecisions>) -> Vec<Bytes> {
    let mut messages = Vec::new();
    let mut writer = Writer::new();
    for step in steps {
        let mut decisions = step.decisions.chunks(MOST_DECISIONS);
        let mut next = Some(decisions.next().unwrap_or_default());
        while let Some(part) = next {
            let bytes = writer.as_bytes().len() + part.len() * DECISION_BYTES;
            if bytes > MOST_BYTES && !writer.as_bytes().is_empty() {
                let full = core::mem::take(&mut writer);
                messages.push(full.into_bytes().into());
            }
            write(&mut writer, step, part);
            next = decisions.next();
        }
    }
    if !writer.as_bytes().is_empty() {
        messages.push(writer.into_bytes().into());
    }
    messages
}

fn write(writer: &mut Writer, step: &StepDecisions, decisions: &[(TraceId, Decision)]) {
    let open = writer.open(STEPS);
    writer.varint(NUMBER, step.number);
    writer.varint(FIRST, step.first);
    writer.varint(FOLLOWS, step.follows);
    for offset in step.offsets.0 {
        writer.varint_present(OFFSETS, u64::try_from(offset).unwrap_or(0));
    }
    let mut bytes = Vec::with_capacity(decisions.len() * DECISION_BYTES);
    for (trace, Decision { cutoff, randomness }) in decisions {
        let threshold = match cutoff {
            Cutoff::At(threshold) => threshold.as_u64(),
            Cutoff::Nothing => u64::MAX,
        };
        bytes.extend_from_slice(trace.as_bytes());
        bytes.extend_from_slice(&threshold.to_le_bytes());
        bytes.extend_from_slice(&randomness.as_u64().to_le_bytes());
    }
    writer.bytes(DECISIONS, &bytes);
    writer.close(open);
}

/// Decodes the steps of one message. Decisions that say nothing are left out.
pub(super) fn decode(message: &[u8]) -> Result<Vec<StepDecisions>, DecodeError> {
    let mut steps = Vec::new();
    for field in fields(message) {
        let field = field?;
        if let (STEPS, Value::Bytes(step)) = (field.number, field.value) {
            steps.push(decode_step(step)?);
        }
    }
    Ok(steps)
}

fn decode_step(message: &[u8]) -> Result<StepDecisions, DecodeError> {
    let mut step = StepDecisions::default();
    let mut offsets = step.offsets.0.iter_mut();
    for field in fields(message) {
        let field = field?;
        match (field.number, field.value) {
            (NUMBER, Value::Varint(number)) => step.number = number,
            (FIRST, Value::Varint(number)) => step.first = number,
            (FOLLOWS, Value::Varint(number)) => step.follows = number,
            (OFFSETS, Value::Varint(offset)) => {
                if let Some(next) = offsets.next() {
                    *next = i64::try_from(offset).unwrap_or(i64::MAX);
                }
            }
            (DECISIONS, Value::Bytes(decisions)) => {
                let (decisions, _) = decisions.as_chunks();
                step.decisions = decisions.iter().filter_map(decision).collect();
            }
            _ => {}
        }
    }
    Ok(step)
}

fn decision(bytes: &[u8; DECISION_BYTES]) -> Option<(TraceId, Decision)> {
    let (trace, numbers) = bytes.split_first_chunk::<16>()?;
    let (threshold, randomness) = numbers.split_first_chunk::<8>()?;
    let cutoff = match u64::from_le_bytes(*threshold) {
        u64::MAX => Cutoff::Nothing,
        threshold => Cutoff::At(Threshold::from_u64(threshold)?),
    };
    let randomness = Randomness::from_u64(u64::from_le_bytes(randomness.try_into().ok()?))?;
    Some((
        TraceId::from_bytes(*trace)?,
        Decision { cutoff, randomness },
    ))
}

const STEPS: u32 = 1;
const NUMBER: u32 = 1;
const FIRST: u32 = 2;
const FOLLOWS: u32 = 3;
const OFFSETS: u32 = 4;
const DECISIONS: u32 = 5;
const DECISION_BYTES: usize = 32;
/// The decisions of one part of a step.
const MOST_DECISIONS: usize = MOST_BYTES / DECISION_BYTES;
/// The bytes of a message, about: brokers take a megabyte where nothing else is configured.
const MOST_BYTES: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tail::testing::Random;
    use proptest::prelude::*;

    #[test]
    fn no_message_is_larger_than_a_broker_takes() {
        let mut random = Random(1);
        let mut decided = |count: usize| -> Vec<_> {
            let decision = Decision {
                cutoff: Cutoff::ALL,
                randomness: Randomness::from(random.trace_id()),
            };
            (0..count).map(|_| (random.trace_id(), decision)).collect()
        };
        let steps = [1, 50_000, 0, 8_000].map(|count| StepDecisions {
            number: count as u64,
            decisions: decided(count),
            ..StepDecisions::default()
        });
        let messages = encode(&steps);
        assert!(messages.iter().all(|message| message.len() < 300_000));
        let mut read: Vec<(u64, Vec<_>)> = Vec::new();
        for step in messages
            .iter()
            .flat_map(|message| decode(message).expect("its own"))
        {
            match read.last_mut() {
                Some((number, decisions)) if *number == step.number => {
                    decisions.extend(step.decisions);
                }
                _ => read.push((step.number, step.decisions)),
            }
        }
        let written = steps.map(|step| (step.number, step.decisions));
        assert_eq!(read, written);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(seed: u64, sizes in prop::collection::vec(0..5usize, 0..4)) {
            let mut random = Random(seed);
            let steps: Vec<StepDecisions> = sizes
                .into_iter()
                .map(|size| StepDecisions {
                    number: random.next(),
                    first: random.next(),
                    follows: random.next(),
                    offsets: BySignal([random.below(1 << 40) as i64, 0, random.below(9) as i64]),
                    decisions: (0..size)
                        .map(|_| {
                            let trace = random.trace_id();
                            let cutoff = match random.below(3) {
                                0 => Cutoff::Nothing,
                                1 => Cutoff::ALL,
                                _ => Cutoff::of(random.below(1000) as f64 / 1000.0),
                            };
                            let randomness = Randomness::from(random.trace_id());
                            (trace, Decision { cutoff, randomness })
                        })
                        .collect(),
                })
                .collect();
            let mut read = Vec::new();
            for message in encode(&steps) {
                read.extend(decode(&message).expect("its own"));
            }
            prop_assert_eq!(read, steps);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }
    }
}
