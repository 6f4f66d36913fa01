//! Context of a span: what its children inherit.

use crate::ids::{SpanId, TraceFlags, TraceId};
use crate::sampling::Randomness;
use crate::traceparent::Traceparent;
use crate::tracestate::Tracestate;

/// Identity of a span, with the flags and tracestate that are propagated with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanContext {
    /// Id of the trace the span belongs to.
    pub trace_id: TraceId,
    /// Id of the span.
    pub span_id: SpanId,
    /// Whether it is sampled, and whether the trace id is random.
    pub flags: TraceFlags,
    /// Entries that other systems, and OpenTelemetry samplers under `ot`, added to the trace.
    pub tracestate: Tracestate,
    /// Whether the context was received from another process.
    pub is_remote: bool,
}

impl SpanContext {
    /// Context of the first span of a new trace.
    pub const fn root(trace_id: TraceId, span_id: SpanId, flags: TraceFlags) -> Self {
        Self {
            trace_id,
            span_id,
            flags,
            tracestate: Tracestate::EMPTY,
            is_remote: false,
        }
    }

    /// Context of a child span in this process. The random flag is inherited.
    #[must_use]
    pub fn child(&self, span_id: SpanId) -> Self {
        Self {
            span_id,
            is_remote: false,
            ..self.clone()
        }
    }

    /// Number that samplers compare with their threshold.
    pub fn randomness(&self) -> Randomness {
        self.tracestate.randomness_of(self.trace_id)
    }

    /// Header that makes this span the parent of the spans it calls.
    pub const fn traceparent(&self) -> Traceparent {
        Traceparent {
            trace_id: self.trace_id,
            parent_id: self.span_id,
            flags: self.flags,
        }
    }
}
