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
