//! The span that the page, or an optional part of the package, has made.

use super::plain::PlainSpan;
use throughline_wire::facts::span;

/// The span that a page has made.
pub(super) const SPAN: PlainSpan = PlainSpan {
    times: [span::START, span::END],
    ids: span::SPAN_IDS,
    parent: span::PARENT,
    name: span::SPAN_NAME,
    attributes: [(&[], 0); 2],
    given: span::TEXTS,
};
