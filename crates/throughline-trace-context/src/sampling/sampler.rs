//! Head samplers: the decision at the start of a span.

use super::Threshold;
use crate::ids::TraceFlags;
use crate::span_context::SpanContext;

/// Sampler at the start of a span. See
/// <https://opentelemetry.io/docs/specs/otel/trace/sdk/#built-in-samplers>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampler {
    /// Samples nothing. That is not a probability.
    Never,
    /// Samples a share of all traces, independently of the decision about the parent.
    Probability(Threshold),
    /// Follows the decision about the parent; samples a share of the traces that start here.
    ParentBased(Threshold),
}

/// Decision about a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "the decision is the point of sampling"]
pub enum SamplingDecision {
    /// The span is neither recorded nor exported.
    Drop,
    /// The span is recorded and exported, and its context has the sampled flag.
    RecordAndSample,
}

impl Sampler {
    /// Decides about `span` and writes the decision into its flags and threshold.
    ///
    /// `span` was made by [`SpanContext::root`], or by [`SpanContext::child`] of `parent`.
    pub fn sample(self, parent: Option<&SpanContext>, span: &mut SpanContext) -> SamplingDecision {
        match (self, parent) {
            (Self::ParentBased(_), Some(parent)) => follow(parent, span),
            (Self::Probability(threshold) | Self::ParentBased(threshold), _) => {
                if threshold.keeps(span.randomness()) {
                    decide(SamplingDecision::RecordAndSample, Some(threshold), span)
                } else {
                    decide(SamplingDecision::Drop, None, span)
                }
            }
            (Self::Never, _) => decide(SamplingDecision::Drop, None, span),
        }
    }
}

impl SamplingDecision {
    /// Whether the span is exported.
    pub const fn is_sampled(self) -> bool {
        matches!(self, Self::RecordAndSample)
    }

    pub(super) const fn from_kept(kept: bool) -> Self {
        if kept {
            Self::RecordAndSample
        } else {
            Self::Drop
        }
    }
}

/// Follows the decision about the parent. A threshold that contradicts the parent's flag is
/// not the one it was sampled with, and is removed.
fn follow(parent: &SpanContext, span: &mut SpanContext) -> SamplingDecision {
    let sampled = parent.flags.is_sampled();
    let threshold = parent
        .tracestate
        .ot()
        .threshold()
        .filter(|threshold| threshold.keeps(parent.randomness()) == sampled);
    decide(SamplingDecision::from_kept(sampled), threshold, span)
}

fn decide(
    decision: SamplingDecision,
    threshold: Option<Threshold>,
    span: &mut SpanContext,
) -> SamplingDecision {
    let random = TraceFlags::from_bits(span.flags.bits() & TraceFlags::RANDOM.bits());
    span.flags = match decision {
        SamplingDecision::Drop => random,
        SamplingDecision::RecordAndSample => random.union(TraceFlags::SAMPLED),
    };
    span.tracestate.set_threshold(threshold);
    decision
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{SpanId, TraceId};
    use crate::tracestate::Tracestate;
    use SamplingDecision::{Drop, RecordAndSample};

    fn half() -> Threshold {
        Threshold::parse("8").expect("valid")
    }

    fn span(randomness: &str, flags: TraceFlags, tracestate: &str) -> SpanContext {
        SpanContext {
            tracestate: Tracestate::parse([tracestate]).expect("valid"),
            ..SpanContext::root(
                TraceId::from_hex(&alloc::format!("eeeeeeeeeeeeeeeeee{randomness}"))
                    .expect("32 digits"),
                SpanId::from_hex("00f067aa0ba902b7").expect("16 digits"),
                flags,
            )
        }
    }

    #[test]
    fn a_root_is_kept_from_its_threshold_on() {
        let mut kept = span("80000000000000", TraceFlags::RANDOM, "");
        assert_eq!(
            Sampler::ParentBased(half()).sample(None, &mut kept),
            RecordAndSample
        );
        assert_eq!(kept.flags.bits(), 0x03);
        assert_eq!(kept.tracestate.as_str(), "ot=th:8");

        let mut dropped = span("7fffffffffffff", TraceFlags::RANDOM, "");
        assert_eq!(
            Sampler::Probability(half()).sample(None, &mut dropped),
            Drop
        );
        assert_eq!(dropped.flags.bits(), 0x02);
        assert!(dropped.tracestate.is_empty());
    }

    #[test]
    fn a_probability_uses_the_parent_s_randomness_and_not_its_decision() {
        let parent = span("00000000000000", TraceFlags::NONE, "ot=rv:ffffffffffffff");
        let mut child = parent.child(parent.span_id);
        assert_eq!(
            Sampler::Probability(half()).sample(Some(&parent), &mut child),
            RecordAndSample
        );
        assert_eq!(child.tracestate.as_str(), "ot=rv:ffffffffffffff;th:8");
    }

    #[test]
    fn a_child_follows_its_parent() {
        for (flags, tracestate, decision, expected) in [
            (TraceFlags::SAMPLED, "ot=th:8", RecordAndSample, "ot=th:8"),
            (
                TraceFlags::SAMPLED,
                "ot=th:1000",
                RecordAndSample,
                "ot=th:1000",
            ),
            (TraceFlags::SAMPLED, "a=1", RecordAndSample, "a=1"),
            // The flag says kept and the threshold dropped, or the reverse.
            (TraceFlags::SAMPLED, "ot=th:f,a=1", RecordAndSample, "a=1"),
            (TraceFlags::NONE, "ot=th:8", Drop, ""),
            (TraceFlags::NONE, "ot=th:f", Drop, "ot=th:f"),
        ] {
            let parent = span("c0000000000000", flags, tracestate);
            let mut child = parent.child(parent.span_id);
            assert_eq!(
                Sampler::ParentBased(half()).sample(Some(&parent), &mut child),
                decision
            );
            assert_eq!(child.tracestate.as_str(), expected, "{tracestate}");
            assert_eq!(child.flags, flags);
        }
    }

    #[test]
    fn never_removes_the_threshold() {
        let parent = span("c0000000000000", TraceFlags::SAMPLED, "ot=th:8");
        let mut child = parent.child(parent.span_id);
        assert_eq!(Sampler::Never.sample(Some(&parent), &mut child), Drop);
        assert_eq!(
            (child.flags, child.tracestate.as_str()),
            (TraceFlags::NONE, "")
        );
    }

    /// With n = 20000 ids one standard deviation of a share p is below
    /// sqrt(p (1 - p) / n); five of them are exceeded once in two million runs,
    /// and the ids are the same in every run.
    #[test]
    fn the_share_of_kept_traces_is_the_probability() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            // SplitMix64: https://prng.di.unimi.it/splitmix64.c
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        let n = 20_000;
        let ids: alloc::vec::Vec<_> = (0..n)
            .filter_map(|_| {
                TraceId::from_bytes((u128::from(next()) << 64 | u128::from(next())).to_be_bytes())
            })
            .collect();
        for probability in [0.9, 0.5, 1.0 / 3.0, 0.1, 0.01, 0.001] {
            let threshold =
                Threshold::from_probability(probability, super::super::Precision::DEFAULT)
                    .expect("a probability");
            let kept = ids
                .iter()
                .filter(|id| threshold.keeps((**id).into()))
                .count() as f64;
            let n = f64::from(n);
            let deviation = (probability * (1.0 - probability) / n).sqrt();
            assert!(
                (kept / n - probability).abs() < 5.0 * deviation,
                "{probability}: {kept}"
            );
            let estimated = kept * threshold.adjusted_count();
            assert!(
                (estimated / n - 1.0).abs() < 5.0 * deviation / probability,
                "{estimated}"
            );
        }
    }
}
