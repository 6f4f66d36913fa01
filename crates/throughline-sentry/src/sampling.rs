//! The sampling of an SDK, in the tracestate of its spans.
//!
//! An SDK draws a number for a trace, `sample_rand` from 0 to below 1, and keeps the trace
//! when it is below the rate. OpenTelemetry keeps a trace whose randomness is not below the
//! threshold. So one minus the number is the randomness, and both keep the same traces.
//! <https://develop.sentry.dev/sdk/foundations/trace-propagation/dynamic-sampling-context/>

use crate::attributes::Attributes;
use crate::ids;
use crate::json::Json;
use alloc::format;
use alloc::string::{String, ToString};
use throughline_semconv as semconv;
use throughline_trace_context::TraceId;
use throughline_trace_context::sampling::{Precision, Randomness, Threshold};

/// The sampling of one trace, as the header of an envelope has it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sampling {
    trace_id: Option<TraceId>,
    tracestate: Option<String>,
    /// The number that was drawn, where it decided anything.
    drawn: Option<Randomness>,
}

impl Sampling {
    /// Reads the dynamic sampling context of an envelope.
    pub(crate) fn of_trace(trace: &Json<'_>) -> Self {
        let Some(trace_id) = trace_id(trace.get("trace_id")) else {
            return Self::default();
        };
        let drawn = number(trace.get("sample_rand")).and_then(Randomness::from_drawn);
        let rate =
            Some(trace.get("sample_rate")).filter(|_| trace.get("sampled").text() != "false");
        let decides = number(trace.get("sample_rate")).is_some_and(|rate| rate < 1.0);
        Self {
            trace_id: Some(trace_id),
            drawn: drawn.filter(|_| decides),
            tracestate: rate.and_then(|rate| tracestate(rate, drawn, trace_id)),
        }
    }

    /// The tracestate of a span, which may name the rate of its trace itself. Without a
    /// threshold when the rate is not known, or is not why the trace was kept: then nobody
    /// knows how many spans it stands for.
    pub(crate) fn tracestate(&self, span: &Json<'_>, own_rate: &Json<'_>) -> String {
        let Some(id) = trace_id(span.get("trace_id")) else {
            return String::new();
        };
        let tracestate = match self.trace_id == Some(id) {
            true => self.tracestate.clone(),
            false => tracestate(own_rate, None, id),
        };
        tracestate.unwrap_or_default()
    }

    /// Appends to a log record of this trace the number by which its spans are sampled: the
    /// record itself is not.
    pub(crate) fn write_randomness(&self, attributes: &mut Attributes<'_>, of: &Json<'_>) {
        if let Some(drawn) = self.drawn
            && trace_id(of) == self.trace_id
        {
            attributes.text(semconv::SAMPLING_RANDOMNESS, &drawn.to_string());
        }
    }
}

/// The tracestate of a trace that is kept at this rate.
///
/// The number that was drawn becomes the trace's explicit randomness: that in its id has
/// nothing to do with the decision. A number that is not told is made of the id.
fn tracestate(rate: &Json<'_>, drawn: Option<Randomness>, id: TraceId) -> Option<String> {
    let threshold = Threshold::from_probability(number(rate)?, Precision::EXACT).ok()?;
    if threshold == Threshold::ALWAYS {
        return Some(format!("ot=th:{threshold}"));
    }
    let randomness = drawn.unwrap_or_else(|| Randomness::from(id).kept_by(threshold));
    match threshold.keeps(randomness) {
        true => Some(format!("ot=rv:{randomness};th:{threshold}")),
        // It was kept for another reason, which has no probability.
        false => drawn.map(|drawn| format!("ot=rv:{drawn}")),
    }
}

fn trace_id(id: &Json<'_>) -> Option<TraceId> {
    let bytes = ids::bytes(id.text(), 16)?;
    TraceId::from_bytes(bytes.try_into().ok()?)
}

/// A number, or one written as a text: a context has texts alone.
fn number(json: &Json<'_>) -> Option<f64> {
    json.as_double().or_else(|| json.as_text()?.parse().ok())
}
