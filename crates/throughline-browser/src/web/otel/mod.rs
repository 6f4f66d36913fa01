//! OpenTelemetry's API of traces and logs, whose records go the way of the page's others.

mod logger;
mod propagator;
mod tracer;

pub use logger::{LogRecord, Logger, LoggerProvider};
pub(crate) use propagator::TRACEPARENT;
pub use propagator::TraceContextPropagator;
pub use tracer::{Tracer, TracerProvider};

use super::delivery::Scope;
use opentelemetry::InstrumentationScope;

/// The scope of the records of a tracer or a logger.
fn scope(scope: &InstrumentationScope) -> Scope {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned().into();
    Scope {
        name: scope.name().to_owned().into(),
        version: text(scope.version()),
        schema_url: text(scope.schema_url()),
    }
}
