//! The event of an engine's failure.

use super::batch::WARN;
use super::plain::PlainEvent;
use throughline_semconv as semconv;
use throughline_wire::facts::engine_failure;

/// The event of an engine's failure.
pub(super) const ENGINE_FAILURE: PlainEvent = PlainEvent {
    name: semconv::THROUGHLINE_ENGINE_FAILURE,
    severity: WARN,
    at: engine_failure::AT,
    ids: engine_failure::SPAN_IDS,
    attributes: &engine_failure::ATTRIBUTES,
};
