//! Tests of the sampling that spans of a Sentry SDK carry, by which counts stay exact.
#![expect(clippy::expect_used, reason = "a test fails by a panic")]

use throughline_otlp::field::{export_request, resource_group, scope_group, span};
use throughline_otlp::protobuf::{Value, fields};
use throughline_sentry::Telemetry;
use throughline_trace_context::TraceId;
use throughline_trace_context::ot::Ot;
use throughline_trace_context::sampling::{Randomness, Threshold};

/// The traces that are kept stand for all that there were, whether the SDK tells the number that it
/// drew or not, and after a sampler that keeps an eighth of all traces.
#[test]
fn kept_traces_stand_for_all() {
    const TRACES: u32 = 8_000;
    for tells in [true, false] {
        for rate in [1.0, 0.5, 0.2, 0.05] {
            let mut random = Random(11);
            let (mut kept, mut counted, mut counted_after) = (0, 0.0, 0.0);
            for _ in 0..TRACES {
                let id = format!("{:016x}{:016x}", random.next(), random.next());
                let drawn = random.next() as f64 / 2_f64.powi(64);
                if drawn >= rate {
                    continue;
                }
                kept += 1;
                let drawn = if tells { Some(drawn) } else { None };
                let (threshold, randomness) = sampling(&id, rate, drawn);
                counted += threshold.adjusted_count();
                let eighth = Threshold::parse("e");
                let threshold = eighth.expect("valid").max(threshold);
                if threshold.keeps(randomness) {
                    counted_after += threshold.adjusted_count();
                }
            }
            let total = f64::from(TRACES);
            assert!(
                (counted - f64::from(kept) / rate).abs() < 1e-6 * total,
                "rate {rate}, {kept} kept: {counted}"
            );
            // Four standard deviations of an eighth, or of what the SDK kept.
            let share = rate.min(0.125);
            let deviation = ((1.0 - share) / share / total).sqrt();
            let ratio = counted_after / total;
            assert!(
                (ratio - 1.0).abs() < 4.0 * deviation,
                "rate {rate}, told {tells}: {ratio} of the traces"
            );
        }
    }
}

/// The threshold and the randomness of a transaction's span.
fn sampling(id: &str, rate: f64, drawn: Option<f64>) -> (Threshold, Randomness) {
    let drawn = drawn.map(|drawn| format!(r#","sample_rand":"{drawn}""#));
    let envelope = format!(
        r#"{{"trace":{{"trace_id":"{id}","sampled":"true","sample_rate":"{rate}"{}}}}}
{{"type":"transaction"}}
{{"contexts":{{"trace":{{"trace_id":"{id}","span_id":"af92f27419796551"}}}}}}
"#,
        drawn.unwrap_or_default()
    );
    let telemetry = Telemetry::of_envelope(envelope.as_bytes()).expect("an envelope");
    let path = [
        export_request::RESOURCE,
        resource_group::SCOPE,
        scope_group::RECORD,
        span::TRACE_STATE,
    ];
    let tracestate = path.iter().fold(&*telemetry.traces, |message, number| {
        let mut fields = fields(message).map(|field| field.expect("sound"));
        let field = fields.find(|field| field.number == *number);
        let bytes = match field.expect("the field").value {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        };
        bytes.expect("a field of bytes")
    });
    let ot = Ot::in_tracestate(str::from_utf8(tracestate).expect("text"));
    let randomness = ot.explicit_randomness().unwrap_or_else(|| {
        let id = TraceId::from_hex(id);
        id.expect("32 digits").into()
    });
    let threshold = ot.threshold().expect("a known count");
    assert!(threshold.keeps(randomness), "{id}");
    (threshold, randomness)
}

/// SplitMix64: <https://prng.di.unimi.it/splitmix64.c>.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}
