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

/// Encodes steps as one message.
pub(super) fn encode<'a>(steps: impl IntoIterator<Item = &'a StepDecisions>) -> Vec<u8> {
    let mut writer = Writer::new();
    for step in steps {
        let open = writer.open(STEPS);
        writer.varint(NUMBER, step.number);
        writer.varint(FIRST, step.first);
        writer.varint(FOLLOWS, step.follows);
        for offset in step.offsets.0 {
            writer.varint_present(OFFSETS, u64::try_from(offset).unwrap_or(0));
        }
        let mut decisions = Vec::with_capacity(step.decisions.len() * DECISION_BYTES);
        for (trace, Decision { cutoff, randomness }) in &step.decisions {
            let threshold = match cutoff {
                Cutoff::At(threshold) => threshold.as_u64(),
                Cutoff::Nothing => u64::MAX,
            };
            decisions.extend_from_slice(trace.as_bytes());
            decisions.extend_from_slice(&threshold.to_le_bytes());
            decisions.extend_from_slice(&randomness.as_u64().to_le_bytes());
        }
        writer.bytes(DECISIONS, &decisions);
        writer.close(open);
    }
    writer.into_bytes()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tail::testing::Random;
    use proptest::prelude::*;

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
            prop_assert_eq!(decode(&encode(&steps)), Ok(steps));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }
    }
}
