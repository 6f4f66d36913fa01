//! Reads and raises the sampling threshold of a finished record.
//!
//! A span has it in its tracestate, a log record in the attribute `sampling.threshold`.
//! Source: <https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/>.

use super::facts::Identity;
use throughline_otlp::attribute::{self, Attribute, attributes};
use throughline_otlp::field::{log_record, span};
use throughline_otlp::protobuf::{Field, Writer};
use throughline_otlp::rewrite::{Edit, Message, edit_fields};
use throughline_semconv as semconv;
use throughline_trace_context::ot::{self, Ot};
use throughline_trace_context::sampling::{Randomness, Threshold};

/// The sampling of a record so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arriving {
    /// `None` when it is not known. A threshold that would have dropped the trace is wrong,
    /// and counts as unknown.
    pub(crate) threshold: Option<Threshold>,
    pub(crate) randomness: Randomness,
    is_wrong: bool,
}

/// The change of the threshold of a record that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Raise {
    /// No change: the record stays byte for byte.
    Stays,
    /// This threshold takes its place.
    To(Threshold),
    /// The threshold is removed, because it is wrong.
    Removed,
}

impl Arriving {
    /// The sampling of a span; `None` when it has no trace id.
    pub(crate) fn span(identity: &Identity<'_>) -> Option<Self> {
        let ot = Ot::in_tracestate(identity.tracestate);
        let randomness = ot.explicit_randomness();
        let randomness = randomness.or(identity.trace_id.map(Randomness::from))?;
        identity
            .trace_id
            .map(|_| Self::new(ot.threshold(), randomness))
    }

    /// The sampling of a log record; `None` when it has no trace id.
    pub(crate) fn log_record(message: &[u8], identity: &Identity<'_>) -> Option<Self> {
        let (mut threshold, mut randomness) = (None, None);
        for attribute in attributes(message, log_record::ATTRIBUTES) {
            let text = || attribute.value().as_str().unwrap_or_default();
            match attribute.key {
                semconv::SAMPLING_THRESHOLD => threshold = Threshold::parse(text()),
                semconv::SAMPLING_RANDOMNESS => randomness = Randomness::parse(text()),
                _ => {}
            }
        }
        let trace_id = identity.trace_id?;
        Some(Self::new(threshold, randomness.unwrap_or(trace_id.into())))
    }

    fn new(threshold: Option<Threshold>, randomness: Randomness) -> Self {
        let right = threshold.filter(|threshold| threshold.keeps(randomness));
        Self {
            threshold: right,
            randomness,
            is_wrong: threshold != right,
        }
    }

    /// The same in a trace of this randomness, which one of its other spans has.
    pub(crate) fn with_randomness(self, randomness: Randomness) -> Self {
        if self.randomness == randomness || self.is_wrong {
            return Self { randomness, ..self };
        }
        Self::new(self.threshold, randomness)
    }

    /// The change of the threshold when the record passes this one.
    pub(crate) fn raised_to(&self, threshold: Threshold) -> Raise {
        let own = self.threshold.unwrap_or(Threshold::ALWAYS);
        if threshold > own {
            Raise::To(threshold)
        } else if self.is_wrong {
            Raise::Removed
        } else {
            Raise::Stays
        }
    }
}

impl Raise {
    /// Changes a span, which says this of itself.
    pub(crate) fn edit_span(self, record: &mut Message<'_>, tracestate: &str, fields: usize) {
        let Some(tracestate) = self.tracestate(tracestate) else {
            return;
        };
        if fields == 0 {
            record.append(|writer| writer.string(span::TRACE_STATE, &tracestate));
        } else {
            record.edit(replace(fields, &tracestate));
        }
    }

    /// Writes a span, which says this of itself.
    pub(crate) fn write_span(self, writer: &mut Writer, message: &[u8], identity: &Identity<'_>) {
        let fields = identity.tracestates;
        match self.tracestate(identity.tracestate) {
            Some(tracestate) if fields > 0 => {
                edit_fields(message, writer, replace(fields, &tracestate));
            }
            Some(tracestate) => {
                writer.raw(message);
                writer.string(span::TRACE_STATE, &tracestate);
            }
            None => writer.raw(message),
        }
    }

    /// The tracestate after it; `None` when it stays.
    fn tracestate(self, tracestate: &str) -> Option<String> {
        match self {
            Raise::Stays => None,
            Raise::To(threshold) => Some(ot::with_threshold(tracestate, Some(threshold))),
            Raise::Removed => Some(ot::with_threshold(tracestate, None)),
        }
    }

    /// Changes a log record.
    pub(crate) fn edit_log_record(self, record: &mut Message<'_>) {
        if self != Raise::Stays {
            record.edit(|field, _| {
                if is_threshold(field) {
                    Edit::Remove
                } else {
                    Edit::Keep
                }
            });
        }
        if let Raise::To(threshold) = self {
            record.append(|writer| {
                let key = semconv::SAMPLING_THRESHOLD;
                attribute::string(writer, log_record::ATTRIBUTES, key, &threshold.format());
            });
        }
    }
}

/// Replaces the last of the tracestates, which is the one that counts, and removes the
/// others. `fields` is their number.
fn replace(fields: usize, tracestate: &str) -> impl FnMut(Field<'_>, &mut Writer) -> Edit {
    let mut left = fields;
    move |field, writer| {
        if field.number != span::TRACE_STATE {
            return Edit::Keep;
        }
        left = left.saturating_sub(1);
        if left > 0 || tracestate.is_empty() {
            return Edit::Remove;
        }
        writer.string(span::TRACE_STATE, tracestate);
        Edit::Replace
    }
}

fn is_threshold(field: Field<'_>) -> bool {
    let attribute = field.value.as_bytes().map(Attribute::read);
    field.number == log_record::ATTRIBUTES
        && attribute.is_some_and(|attribute| attribute.key == semconv::SAMPLING_THRESHOLD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use throughline_trace_context::TraceId;

    fn arriving(tracestate: &str) -> Arriving {
        let identity = Identity {
            trace_id: TraceId::from_hex("eeeeeeeeeeeeeeeeeec0000000000000"),
            tracestate,
            ..Identity::default()
        };
        Arriving::span(&identity).expect("it has a trace id")
    }

    #[test]
    fn a_threshold_only_rises_and_a_wrong_one_is_removed() {
        let half = Threshold::parse("8").expect("valid");
        for (tracestate, raised) in [
            ("", Raise::To(half)),
            ("ot=th:4", Raise::To(half)),
            ("ot=th:8", Raise::Stays),
            ("ot=th:c", Raise::Stays),
            // This threshold would have dropped the trace.
            ("ot=th:d", Raise::To(half)),
        ] {
            assert_eq!(arriving(tracestate).raised_to(half), raised, "{tracestate}");
        }
        let always = arriving("ot=th:d").raised_to(Threshold::ALWAYS);
        assert_eq!(always, Raise::Removed);
        // Nothing is claimed of a span whose sampling is not known.
        assert_eq!(arriving("").raised_to(Threshold::ALWAYS), Raise::Stays);
    }

    #[test]
    fn explicit_randomness_replaces_that_of_the_trace_id() {
        let randomness = Randomness::parse("10000000000000");
        let explicit = arriving("ot=rv:10000000000000");
        assert_eq!(Some(explicit.randomness), randomness);
        let nothing = Identity {
            tracestate: "ot=rv:10000000000000",
            ..Identity::default()
        };
        assert_eq!(Arriving::span(&nothing), None);
    }
}
