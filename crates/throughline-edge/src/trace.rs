//! Trace context of requests: extracts it, creates spans, and injects it.

use crate::host::{Entropy, EntropyError};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use throughline_trace_context::propagator::{self, TRACEPARENT, TRACESTATE};
use throughline_trace_context::sampling::{Sampler, Threshold};
use throughline_trace_context::xray::{self, X_AMZN_TRACE_ID, XrayHeader};
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

/// The trace that a request names.
#[derive(Debug)]
pub(crate) enum Named {
    /// No trace, or none that is valid.
    None,
    /// The caller's span, by `traceparent`.
    Span(SpanContext),
    /// A trace of AWS, by `X-Amzn-Trace-Id`, perhaps with a span in it.
    Xray(TraceId, Option<SpanId>),
}

impl Named {
    /// Reads what the headers name. AWS puts its header on requests of everybody, with decisions of
    /// its own: it counts where there is no `traceparent`, and its `Sampled` never does.
    pub(crate) fn by(headers: &HeaderMap) -> Self {
        if headers.contains_key(TRACEPARENT) {
            return parent(headers).map_or(Named::None, Named::Span);
        }
        let mut lines = headers.get_all(X_AMZN_TRACE_ID).iter();
        let (Some(line), None) = (lines.next(), lines.next()) else {
            return Named::None;
        };
        let line = line.to_str().unwrap_or_default();
        // A server has joined two headers, and no part of one has a comma.
        if line.contains(',') {
            return Named::None;
        }
        let header = XrayHeader::parse(line);
        header.trace_id.map_or(Named::None, |trace_id| {
            Named::Xray(trace_id, header.span_id)
        })
    }
}

/// A trace at the edge: the span of a request, and its relation to the trace that it names.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) server: SpanContext,
    /// The span of the request to the upstream.
    pub(crate) client: SpanContext,
    /// The caller's span, where its trace goes on.
    pub(crate) parent: Option<SpanContext>,
    /// The caller's span, where its trace does not go on.
    pub(crate) link: Option<SpanContext>,
}

impl Begun {
    /// Goes on with the trace that a request names, or begins one with a link to it.
    ///
    /// # Errors
    /// [`EntropyError`]: without randomness there are no ids.
    pub(crate) fn new(
        entropy: &impl Entropy,
        named: Named,
        continues: bool,
    ) -> Result<Self, EntropyError> {
        let (server, caller) = match named {
            Named::Span(caller) => {
                let parent = Some(&caller).filter(|_| continues);
                (server_span(entropy, parent)?, Some(caller))
            }
            Named::Xray(trace_id, caller) => {
                let caller = caller.map(|caller| of_xray(trace_id, caller));
                let server = match continues {
                    true => root(of_xray(trace_id, span_id(entropy)?)),
                    false => server_span(entropy, None)?,
                };
                (server, caller)
            }
            Named::None => (server_span(entropy, None)?, None),
        };
        let (parent, link) = match continues {
            true => (caller, None),
            false => (None, caller),
        };
        Ok(Self {
            client: child(entropy, &server)?,
            server,
            parent,
            link,
        })
    }
}

/// A span of a trace of AWS. What AWS has decided about it does not count here.
fn of_xray(trace_id: TraceId, span_id: SpanId) -> SpanContext {
    SpanContext {
        is_remote: true,
        ..SpanContext::root(trace_id, span_id, TraceFlags::default())
    }
}

/// The span of a request: a child of its caller's, or the root of a new trace. Its flags
/// say whether it is recorded, its tracestate has its sampling threshold.
pub(crate) fn server_span(
    entropy: &impl Entropy,
    parent: Option<&SpanContext>,
) -> Result<SpanContext, EntropyError> {
    let Some(parent) = parent else {
        let (trace_id, span_id) = (trace_id(entropy)?, span_id(entropy)?);
        return Ok(root(SpanContext::root(
            trace_id,
            span_id,
            TraceFlags::RANDOM,
        )));
    };
    let mut span = child(entropy, parent)?;
    // The sampler writes its decision into the span's flags.
    let _ = SAMPLER.sample(Some(parent), &mut span);
    Ok(span)
}

/// The first span here of a trace, with a decision of our own.
fn root(mut span: SpanContext) -> SpanContext {
    let _ = SAMPLER.sample(None, &mut span);
    span
}

/// A new child of a span.
pub(crate) fn child(
    entropy: &impl Entropy,
    parent: &SpanContext,
) -> Result<SpanContext, EntropyError> {
    Ok(parent.child(span_id(entropy)?))
}

/// Removes what a request says of a trace.
pub(crate) fn forget(headers: &mut HeaderMap) {
    for name in [TRACEPARENT, TRACESTATE, X_AMZN_TRACE_ID] {
        headers.remove(name);
    }
}

/// Makes `span` the parent of the request that carries these headers. The header of AWS is
/// written anew where there is one, so that both name the same span.
pub(crate) fn inject(span: &SpanContext, headers: &mut HeaderMap) {
    headers.remove(TRACEPARENT);
    headers.remove(TRACESTATE);
    propagator::inject(span, |name, value| {
        // A parsed value is always a valid header value.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    });
    if headers.contains_key(X_AMZN_TRACE_ID) {
        let lines = headers.get_all(X_AMZN_TRACE_ID).iter();
        let rewritten = xray::rewrite(lines.filter_map(|line| line.to_str().ok()), span);
        headers.remove(X_AMZN_TRACE_ID);
        if let Ok(value) = HeaderValue::try_from(rewritten) {
            headers.insert(HeaderName::from_static(X_AMZN_TRACE_ID), value);
        }
    }
}

fn trace_id(entropy: &impl Entropy) -> Result<TraceId, EntropyError> {
    let mut bytes = [0; 16];
    entropy.fill_random(&mut bytes)?;
    TraceId::from_bytes(bytes).ok_or_else(zeros)
}

fn span_id(entropy: &impl Entropy) -> Result<SpanId, EntropyError> {
    let mut bytes = [0; 8];
    entropy.fill_random(&mut bytes)?;
    SpanId::from_bytes(bytes).ok_or_else(zeros)
}

/// By chance it happens once in 2⁶⁴ times.
fn zeros() -> EntropyError {
    EntropyError("they are all zero".into())
}

/// Follows the caller's decision; of the traces that start here every one is recorded.
const SAMPLER: Sampler = Sampler::ParentBased(Threshold::ALWAYS);
