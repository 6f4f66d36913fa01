//! How does the load of a document become a span?

use crate::batch::{Batch, SpanContext, begin_span};
use crate::context::Context;
use crate::record::Fields;
use crate::timing::{Timing, milliseconds};
use throughline_otlp::attribute;
use throughline_otlp::field::span::{ATTRIBUTES, END_TIME_UNIX_NANO};
use throughline_otlp::field::span_kind;
use throughline_semconv as semconv;

/// Appends the span of the document's load. Its parent is the server's span that answered
/// with the document, where that is known: the browser had no span yet when it asked.
pub(crate) fn document_load(
    context: &Context,
    fields: &mut Fields<'_>,
    batch: &mut Batch,
) -> Option<()> {
    let end = fields.number()?;
    let own = SpanContext::read(fields)?;
    let parent = fields.text();
    let stations: [u64; STATIONS.len()] = core::array::from_fn(|_| fields.number_or_zero());
    let timing = Timing::read(fields)?;

    let mut span = begin_span(
        context,
        own,
        parent,
        span_kind::INTERNAL,
        NAME,
        timing.start,
    );
    span.fixed64(END_TIME_UNIX_NANO, context.unix_nano(end));
    attribute::string(&mut span, ATTRIBUTES, semconv::URL_FULL, &context.url);
    timing.write(&mut span);
    for (name, at) in STATIONS.into_iter().zip(stations) {
        milliseconds(&mut span, name, at);
    }
    batch.push_span(span.as_bytes());
    Some(())
}

/// What dashboards of OpenTelemetry's document-load instrumentation look for.
const NAME: &str = "documentLoad";

const STATIONS: [&str; 6] = [
    semconv::BROWSER_NAVIGATION_TIMING_DOM_INTERACTIVE,
    semconv::BROWSER_NAVIGATION_TIMING_DOM_CONTENT_LOADED_EVENT_START,
    semconv::BROWSER_NAVIGATION_TIMING_DOM_CONTENT_LOADED_EVENT_END,
    semconv::BROWSER_NAVIGATION_TIMING_DOM_COMPLETE,
    semconv::BROWSER_NAVIGATION_TIMING_LOAD_EVENT_START,
    semconv::BROWSER_NAVIGATION_TIMING_LOAD_EVENT_END,
];
