//! Trace context of requests: extracts it, creates spans, and injects it.

use crate::host::Entropy;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use throughline_trace_context::propagator::{self, TRACEPARENT, TRACESTATE};
use throughline_trace_context::sampling::{Sampler, Threshold};
use throughline_trace_context::{SpanContext, SpanId, TraceFlags, TraceId};

/// The caller's span, if the headers are valid.
pub(crate) fn parent(headers: &HeaderMap) -> Option<SpanContext> {
    // A value with bytes outside ASCII is invalid; it must not be skipped.
    let values = |name: &'static str, broken: &'static str| {
        let values = headers.get_all(name).iter();
        values.map(move |value| value.to_str().unwrap_or(broken))
    };
    propagator::extract(values(TRACEPARENT, "-"), values(TRACESTATE, "="))
}

/// The span of a request: a child of its caller's, or the root of a new trace. Its flags
/// say whether it is recorded, its tracestate has its sampling threshold.
pub(crate) fn server_span(entropy: &impl Entropy, parent: Option<&SpanContext>) -> SpanContext {
    let mut span = match parent {
        Some(parent) => child(entropy, parent),
        None => SpanContext::root(trace_id(entropy), span_id(entropy), TraceFlags::RANDOM),
    };
    // The sampler writes its decision into the span's flags.
    let _ = SAMPLER.sample(parent, &mut span);
    span
}

/// A new child of a span.
pub(crate) fn child(entropy: &impl Entropy, parent: &SpanContext) -> SpanContext {
    parent.child(span_id(entropy))
}

/// Makes `span` the parent of the request that carries these headers.
pub(crate) fn inject(span: &SpanContext, headers: &mut HeaderMap) {
    headers.remove(TRACEPARENT);
    headers.remove(TRACESTATE);
    propagator::inject(span, |name, value| {
        // A parsed value is always a valid header value.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    });
}

fn trace_id(entropy: &impl Entropy) -> TraceId {
    loop {
        let mut bytes = [0; 16];
        entropy.fill_random(&mut bytes);
        if let Some(id) = TraceId::from_bytes(bytes) {
            return id;
        }
    }
}

fn span_id(entropy: &impl Entropy) -> SpanId {
    loop {
        let mut bytes = [0; 8];
        entropy.fill_random(&mut bytes);
        if let Some(id) = SpanId::from_bytes(bytes) {
            return id;
        }
    }
}

/// Follows the caller's decision; of the traces that start here every one is recorded.
const SAMPLER: Sampler = Sampler::ParentBased(Threshold::ALWAYS);
