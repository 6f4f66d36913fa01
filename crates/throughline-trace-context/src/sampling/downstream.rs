//! Samplers of finished spans, downstream of the one that started them.
//!
//! They may only raise a threshold: a lower one would claim that spans dropped earlier had
//! been kept.
//! Source: <https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/#downstream-threshold>.

use super::{Precision, SamplingDecision, Threshold};
use crate::ids::TraceId;
use crate::tracestate::Tracestate;

/// Raises spans of different thresholds to one. A span whose threshold is higher already
/// stays as it is.
pub fn equalize(
    trace_id: TraceId,
    tracestate: &mut Tracestate,
    threshold: Threshold,
) -> SamplingDecision {
    if tracestate
        .ot()
        .threshold()
        .is_some_and(|own| own > threshold)
    {
        return SamplingDecision::RecordAndSample;
    }
    raise(trace_id, tracestate, threshold)
}

/// Keeps a share of the received spans, after the sampling that they have passed.
pub fn thin(trace_id: TraceId, tracestate: &mut Tracestate, probability: f64) -> SamplingDecision {
    let arriving = tracestate
        .ot()
        .threshold()
        .map_or(1.0, Threshold::probability);
    match Threshold::from_probability(probability * arriving, Precision::DEFAULT) {
        Ok(threshold) => raise(trace_id, tracestate, threshold),
        Err(_) => SamplingDecision::Drop,
    }
}

fn raise(trace_id: TraceId, tracestate: &mut Tracestate, threshold: Threshold) -> SamplingDecision {
    let kept = threshold.keeps(tracestate.randomness_of(trace_id));
    if kept {
        tracestate.set_threshold(Some(threshold));
    }
    SamplingDecision::from_kept(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use SamplingDecision::{Drop, RecordAndSample};

    fn id() -> TraceId {
        TraceId::from_hex("eeeeeeeeeeeeeeeeeec0000000000000").expect("32 digits")
    }

    #[test]
    fn equalizing_only_raises() {
        for (before, target, decision, after) in [
            ("ot=th:8", "c", RecordAndSample, "ot=th:c"),
            ("ot=th:c", "8", RecordAndSample, "ot=th:c"),
            ("ot=th:8", "8", RecordAndSample, "ot=th:8"),
            ("a=1", "8", RecordAndSample, "ot=th:8,a=1"),
            ("ot=th:8", "e", Drop, "ot=th:8"),
            (
                "ot=rv:f0000000000000;th:8",
                "e",
                RecordAndSample,
                "ot=rv:f0000000000000;th:e",
            ),
        ] {
            let mut tracestate = Tracestate::parse([before]).expect("valid");
            let target = Threshold::parse(target).expect("valid");
            assert_eq!(
                equalize(id(), &mut tracestate, target),
                decision,
                "{before}"
            );
            assert_eq!(tracestate.as_str(), after);
        }
    }

    #[test]
    fn thinning_multiplies_probabilities() {
        let mut tracestate = Tracestate::parse(["ot=th:8"]).expect("valid");
        assert_eq!(thin(id(), &mut tracestate, 0.5), RecordAndSample);
        assert_eq!(tracestate.as_str(), "ot=th:c");
        assert_eq!(thin(id(), &mut tracestate, 0.5), Drop);
        assert_eq!(thin(id(), &mut tracestate, 1e-17), Drop);
        assert_eq!(tracestate.as_str(), "ot=th:c");
    }
}
