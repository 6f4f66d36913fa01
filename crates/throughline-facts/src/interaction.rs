//! How does a click become a span?

use crate::batch::{Batch, SpanContext, begin_span};
use crate::context::Context;
use crate::record::Fields;
use throughline_otlp::attribute;
use throughline_otlp::field::span::{ATTRIBUTES, END_TIME_UNIX_NANO};
use throughline_otlp::field::span_kind;
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;

/// Appends the span of an interaction, the root of what came of it.
pub(crate) fn interaction(
    context: &Context,
    fields: &mut Fields<'_>,
    batch: &mut Batch,
) -> Option<()> {
    let start = fields.number()?;
    let end = fields.number()?;
    let own = SpanContext::read(fields)?;
    let mut name = alloc::string::String::from("click ");
    name.push_str(fields.text());
    let mut span = begin_span(
        context,
        own,
        "",
        span_kind::INTERNAL,
        name.trim_end(),
        start,
    );
    span.fixed64(END_TIME_UNIX_NANO, context.unix_nano(end));
    text(&mut span, semconv::BROWSER_TAG_NAME, fields.text());
    text(&mut span, semconv::BROWSER_CSS_SELECTOR, fields.text());
    if let Some(button) = fields.number() {
        let button = button.cast_signed();
        attribute::int(
            &mut span,
            ATTRIBUTES,
            semconv::BROWSER_MOUSE_EVENT_BUTTON,
            button,
        );
    }
    text(&mut span, semconv::BROWSER_DOCUMENT_URL_FULL, &context.url);
    batch.push_span(span.as_bytes());
    Some(())
}

fn text(span: &mut Writer, key: &str, value: &str) {
    if !value.is_empty() {
        attribute::string(span, ATTRIBUTES, key, value);
    }
}
