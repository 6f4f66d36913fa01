//! What does a span hand on to the spans below it?

use crate::ids::{SpanId, TraceFlags, TraceId};
use crate::sampling::Randomness;
use crate::traceparent::Traceparent;
use crate::tracestate::Tracestate;

/// The identity of a span, and what travels with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanContext {
    /// The trace the span belongs to.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// Whether it is sampled, and whether the trace id is random.
    pub flags: TraceFlags,
    /// What other systems, and our own sampler under `ot`, left on the trace.
    pub tracestate: Tracestate,
    /// Whether it came over the wire from another process.
    pub is_remote: bool,
}

impl SpanContext {
    /// The first span of a trace of our own.
    pub const fn root(trace_id: TraceId, span_id: SpanId, flags: TraceFlags) -> Self {
        Self {
            trace_id,
            span_id,
            flags,
            tracestate: Tracestate::EMPTY,
            is_remote: false,
        }
    }

    /// A span of this process below this one. The random flag goes on as it came.
    #[must_use]
    pub fn child(&self, span_id: SpanId) -> Self {
        Self {
            span_id,
            is_remote: false,
            ..self.clone()
        }
    }

    /// What samplers compare with their threshold.
    pub fn randomness(&self) -> Randomness {
        self.tracestate.randomness_of(self.trace_id)
    }

    /// The header that names this span as the parent of what it calls.
    pub const fn traceparent(&self) -> Traceparent {
        Traceparent {
            trace_id: self.trace_id,
            parent_id: self.span_id,
            flags: self.flags,
        }
    }
}
