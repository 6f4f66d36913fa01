//! The span of a click, the root of everything that the click caused.

use super::plain::PlainSpan;
use throughline_wire::facts::click;

/// The span of a click.
pub(super) const CLICK: PlainSpan = PlainSpan {
    times: [click::START, click::END],
    ids: click::SPAN_IDS,
    parent: click::PARENT,
    name: click::SPAN_NAME,
    attributes: [(&click::ATTRIBUTES, 0), (&[], 0)],
    // The button is a list of one name without a value, which is no attribute; the rest is behind it.
    given: click::BUTTON,
};
