//! The floor of an owner, and what edges do not give it because of that.

use crate::processor::sample::facts::{Facts, Mark, Wanted};
use crate::processor::sample::{Arriving, Raise};
use crate::state::tail::passes;
use bytes::Bytes;
use core::fmt;
use throughline_otlp::Signal;
use throughline_otlp::field::scope_group;
use throughline_otlp::group::{each_scope_group, records, write_scope_group};
use throughline_otlp::protobuf::Writer;
use throughline_trace_context::sampling::Threshold;

/// The floor of an owner: the threshold below which it takes no records but errors. It rises while
/// the owner's memory is short. As text it is the `th` of OpenTelemetry.
/// <https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/#sampling-threshold-value-th>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Floor(pub(crate) Threshold);

impl Floor {
    /// The floor below which there is nothing.
    pub const NONE: Self = Self(Threshold::ALWAYS);

    /// The floor of a text; none for one that is none.
    pub fn parse(text: &str) -> Self {
        Threshold::parse(text).map_or(Self::NONE, Self)
    }

    /// The share of all traces that is not below it.
    pub const fn share(self) -> f64 {
        self.0.probability()
    }
}

impl fmt::Display for Floor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.format())
    }
}

/// The records of an inspected request that are not below a floor, and how many are. As at the
/// owner, errors pass, and the floor is the threshold of what is above it.
pub(super) fn above(floor: Floor, signal: Signal, request: &[u8]) -> (Bytes, u64) {
    let (mut all, mut below) = (Writer::new(), 0);
    let (mut facts, wanted) = (Facts::default(), Wanted::errors_alone());
    each_scope_group(request, |head, group| {
        let mut passed = Writer::new();
        for record in records(group) {
            facts.return_to(Mark::default());
            let identity = facts.add_record(signal, record, &wanted);
            let arriving = Arriving::record(signal, record, &identity);
            // What has no trace has no threshold.
            let raise = arriving.map_or(Some(Raise::Stays), |arriving| {
                passes(&arriving, facts.is_error, floor.0)
            });
            match raise {
                None => below += 1,
                Some(Raise::Stays) => passed.bytes_present(scope_group::RECORD, record),
                Some(raise) => {
                    let open = passed.open(scope_group::RECORD);
                    raise.write_record(signal, &mut passed, record, &identity);
                    passed.close(open);
                }
            }
        }
        if !passed.as_bytes().is_empty() {
            write_scope_group(&mut all, head, |writer| writer.raw(passed.as_bytes()));
        }
    });
    (all.into_bytes().into(), below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use throughline_otlp::field::{span, status};
    use throughline_otlp::group::{self, GroupHead};

    /// The tracestates of the spans of a request.
    fn states(request: &[u8]) -> Vec<String> {
        let mut states = Vec::new();
        each_scope_group(request, |_, group| {
            for record in group::records(group) {
                let mut facts = Facts::default();
                let identity = facts.add_record(Signal::Traces, record, &Wanted::default());
                states.push(identity.tracestate.to_owned());
            }
        });
        states
    }

    #[test]
    fn what_is_above_has_the_floor_as_its_threshold_and_errors_pass() {
        let span = |number: u64, state: &str, code: u64| {
            let mut writer = Writer::new();
            let low = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            writer.bytes(
                span::TRACE_ID,
                &[number.to_be_bytes(), low.to_be_bytes()].concat(),
            );
            writer.string(span::TRACE_STATE, state);
            let open = writer.open(span::STATUS);
            writer.varint(status::CODE, code);
            writer.close(open);
            writer.into_bytes()
        };
        let request = |spans: Vec<Vec<u8>>| {
            let mut writer = Writer::new();
            let head = GroupHead {
                resource: &[],
                scope: &[],
            };
            write_scope_group(&mut writer, head, |writer| {
                for span in &spans {
                    writer.bytes_present(scope_group::RECORD, span);
                }
            });
            writer.into_bytes()
        };
        let floor = Floor::parse("8");
        let plain = request((1..=400).map(|number| span(number, "", 0)).collect());
        let (above_it, below) = above(floor, Signal::Traces, &plain);
        let states_of = states(&above_it);
        assert_eq!(states_of.len() as u64 + below, 400);
        assert!((150..250).contains(&below), "{below}");
        assert!(
            states_of.iter().all(|state| state == "ot=th:8"),
            "{states_of:?}"
        );
        // What is above is above.
        assert_eq!(above(floor, Signal::Traces, &above_it), (above_it, 0));
        let errors = request((1..=400).map(|number| span(number, "", 2)).collect());
        assert_eq!(above(floor, Signal::Traces, &errors), (errors.into(), 0));
    }

    #[test]
    fn a_floor_is_the_threshold_of_its_text() {
        for (text, share) in [("8", 0.5), ("c", 0.25), ("0", 1.0), ("", 1.0), ("x", 1.0)] {
            assert_eq!(Floor::parse(text).share(), share, "{text}");
        }
        assert_eq!(Floor::parse("c").to_string(), "c");
        assert_eq!(Floor::NONE.to_string(), "0");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text: String) {
            let floor = Floor::parse(&text);
            proptest::prop_assert_eq!(Floor::parse(&floor.to_string()), floor);
        }
    }
}
