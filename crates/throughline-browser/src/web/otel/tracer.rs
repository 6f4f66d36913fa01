//! The tracer provider of the page.

use super::super::delivery::Scope;
use super::super::span::{Parent, Span};
use super::scope;
use opentelemetry::trace::{self, SpanBuilder};
use opentelemetry::{Context, InstrumentationScope};

/// Makes tracers. [`init`](super::super::init()) makes it the global one, for
/// `opentelemetry::global::tracer`.
#[derive(Debug, Clone, Copy, Default)]
pub struct TracerProvider;

/// Makes spans: children of the context's active span, of `tracing` too, else of what is open in
/// the page.
#[derive(Debug, Clone)]
pub struct Tracer {
    scope: Scope,
}

impl trace::TracerProvider for TracerProvider {
    type Tracer = Tracer;

    fn tracer_with_scope(&self, given: InstrumentationScope) -> Tracer {
        let scope = scope(&given);
        Tracer { scope }
    }
}

impl trace::Tracer for Tracer {
    type Span = Span;

    fn build_with_context(&self, builder: SpanBuilder, parent_cx: &Context) -> Span {
        Span::begin(self.scope.clone(), builder, Parent::of(parent_cx))
    }
}
