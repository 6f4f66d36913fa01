//! How do a click and the load of a document become spans?

use crate::attributes::{self, Form};
use crate::batch::Batch;
use crate::page::Page;
use crate::record::Fields;
use throughline_otlp::field::span::{ATTRIBUTES, NAME};
use throughline_otlp::field::span_kind;
use throughline_semconv as semconv;

/// Appends a span that says no more than its fields: `table` is what they become.
pub(crate) fn span(
    page: &Page,
    fields: &mut Fields<'_>,
    table: &[(Form, &str)],
    batch: &mut Batch,
) {
    let times = [fields.number(), fields.number()];
    let open = batch.open_span(page, span_kind::INTERNAL, times, fields);
    batch.spans.string(NAME, fields.text());
    attributes::write(&mut batch.spans, ATTRIBUTES, fields, table);
    batch.spans.close(open);
}

/// The root of what came of a click.
pub(crate) const INTERACTION: [(Form, &str); 3] = [
    (Form::Text, semconv::BROWSER_TAG_NAME),
    (Form::Text, semconv::BROWSER_CSS_SELECTOR),
    (Form::Integer, semconv::BROWSER_MOUSE_EVENT_BUTTON),
];
