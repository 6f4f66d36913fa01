//! The event of a part that could not be started.

use super::batch::WARN;
use super::plain::PlainEvent;
use throughline_semconv as semconv;
use throughline_wire::facts::degraded;

/// The event of a part that could not be started.
pub(super) const DEGRADED: PlainEvent = PlainEvent {
    name: semconv::THROUGHLINE_SDK_DEGRADED,
    severity: WARN,
    at: degraded::AT,
    ids: degraded::SPAN_IDS,
    attributes: &degraded::ATTRIBUTES,
};
