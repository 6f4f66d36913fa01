//! Which span is this request, and which does it call?

use crate::host::Host;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use throughline_trace_context::propagator::{self, TRACEPARENT, TRACESTATE};
use throughline_trace_context::sampling::{Sampler, Threshold};
use throughline_trace_context::{SpanContext, SpanId, TraceFlags, TraceId};

/// The caller's span, if it names one as the standard wants it.
pub(crate) fn parent(headers: &HeaderMap) -> Option<SpanContext> {
    // A value with bytes outside ASCII breaks the grammar; it must be seen, not skipped.
    let values = |name: &'static str, broken: &'static str| {
        let values = headers.get_all(name).iter();
        values.map(move |value| value.to_str().unwrap_or(broken))
    };
    propagator::extract(values(TRACEPARENT, "-"), values(TRACESTATE, "="))
}

/// The span of a request: below its caller's, or the first of a trace of our own. Whether
/// it is recorded is in its flags, how many spans it stands for in its tracestate.
pub(crate) fn server_span<H: Host>(host: &H, parent: Option<&SpanContext>) -> SpanContext {
    let mut span = match parent {
        Some(parent) => child(host, parent),
        None => SpanContext::root(trace_id(host), span_id(host), TraceFlags::RANDOM),
    };
    let _in_its_flags = SAMPLER.sample(parent, &mut span);
    span
}

/// The span of a request that is made for the sake of another.
pub(crate) fn child<H: Host>(host: &H, parent: &SpanContext) -> SpanContext {
    parent.child(span_id(host))
}

/// Makes `span` the parent of the request that carries these headers.
pub(crate) fn inject(span: &SpanContext, headers: &mut HeaderMap) {
    headers.remove(TRACEPARENT);
    headers.remove(TRACESTATE);
    propagator::inject(span, |name, value| {
        // Whatever was parsed can be a header value again.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    });
}

fn trace_id<H: Host>(host: &H) -> TraceId {
    loop {
        let mut bytes = [0; 16];
        host.fill_random(&mut bytes);
        if let Some(id) = TraceId::from_bytes(bytes) {
            return id;
        }
    }
}

fn span_id<H: Host>(host: &H) -> SpanId {
    loop {
        let mut bytes = [0; 8];
        host.fill_random(&mut bytes);
        if let Some(id) = SpanId::from_bytes(bytes) {
            return id;
        }
    }
}

/// Callers decide for themselves; of the traces that start here every one is recorded.
const SAMPLER: Sampler = Sampler::ParentBased(Threshold::ALWAYS);
