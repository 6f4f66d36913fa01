//! The span of a document's load.

use super::plain::PlainSpan;
use throughline_wire::facts::{document_load, timing};

/// The span of a document's load.
pub(super) const DOCUMENT_LOAD: PlainSpan = PlainSpan {
    times: [document_load::START, document_load::END],
    ids: document_load::SPAN_IDS,
    parent: document_load::PARENT,
    name: document_load::SPAN_NAME,
    attributes: [
        (&timing::ATTRIBUTES, document_load::TIMING),
        (&document_load::ATTRIBUTES, 0),
    ],
    // The version is a list of one name without a value, which is no attribute; the rest is behind it.
    given: document_load::TIMING + timing::HTTP_VERSION,
};
