//! The event of a session's start.

use super::batch::INFO;
use super::plain::PlainEvent;
use throughline_semconv as semconv;
use throughline_wire::facts::session_start;

/// The event of a session's start.
pub(super) const SESSION_START: PlainEvent = PlainEvent {
    name: semconv::SESSION_START,
    severity: INFO,
    at: session_start::AT,
    ids: session_start::SPAN_IDS,
    attributes: &session_start::ATTRIBUTES,
};
