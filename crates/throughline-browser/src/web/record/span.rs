//! A span that has ended.

use super::value::{self, text, write_all};
use opentelemetry::KeyValue;
use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status};
use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};
use throughline_otlp::field::{span, span_event, span_kind, span_link, status, status_code};
use throughline_otlp::protobuf::Writer;

/// The parts of a span that the page's code sets.
#[derive(Debug)]
pub(crate) struct SpanRecord {
    pub(crate) context: SpanContext,
    /// [`SpanId::INVALID`] for the first span of a trace.
    pub(crate) parent: SpanId,
    pub(crate) name: Cow<'static, str>,
    pub(crate) kind: SpanKind,
    pub(crate) start: SystemTime,
    pub(crate) end: SystemTime,
    pub(crate) attributes: Vec<KeyValue>,
    pub(crate) events: Vec<Event>,
    pub(crate) links: Vec<Link>,
    pub(crate) status: Status,
}

impl SpanRecord {
    /// Appends the fields of the span; `write_context` appends attributes that every record has.
    pub(crate) fn write(&self, writer: &mut Writer, write_context: impl FnOnce(&mut Writer, u32)) {
        write_ids(writer, [span::TRACE_ID, span::SPAN_ID], &self.context);
        writer.string(span::TRACE_STATE, &self.context.trace_state().header());
        if self.parent != SpanId::INVALID {
            writer.bytes(span::PARENT_SPAN_ID, &self.parent.to_bytes());
        }
        writer.string(span::NAME, &text(&self.name));
        writer.varint(span::KIND, kind(&self.kind));
        writer.fixed64(span::START_TIME_UNIX_NANO, unix_nano(self.start));
        writer.fixed64(span::END_TIME_UNIX_NANO, unix_nano(self.end));
        write_context(writer, span::ATTRIBUTES);
        let dropped = write_all(writer, span::ATTRIBUTES, &self.attributes);
        writer.varint(span::DROPPED_ATTRIBUTES_COUNT, dropped);
        for event in self.events.iter().take(value::MOST) {
            write_event(writer, event);
        }
        let dropped = self.events.len().saturating_sub(value::MOST) as u64;
        writer.varint(span::DROPPED_EVENTS_COUNT, dropped);
        for link in self.links.iter().take(value::MOST) {
            write_link(writer, link);
        }
        let dropped = self.links.len().saturating_sub(value::MOST) as u64;
        writer.varint(span::DROPPED_LINKS_COUNT, dropped);
        write_status(writer, &self.status);
        write_flags(writer, span::FLAGS, &self.context);
    }
}

/// Appends the trace flags of a span, a link or a log record.
pub(super) fn write_flags(writer: &mut Writer, field: u32, context: &SpanContext) {
    writer.fixed32(field, u32::from(context.trace_flags().to_u8()));
}

pub(super) fn write_ids(writer: &mut Writer, [trace, span]: [u32; 2], context: &SpanContext) {
    if context.is_valid() {
        writer.bytes(trace, &context.trace_id().to_bytes());
        writer.bytes(span, &context.span_id().to_bytes());
    }
}

/// ns since the Unix epoch; 0 for a time before it.
pub(super) fn unix_nano(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or_default()
}

fn write_event(writer: &mut Writer, event: &Event) {
    let open = writer.open(span::EVENTS);
    writer.fixed64(span_event::TIME_UNIX_NANO, unix_nano(event.timestamp));
    writer.string(span_event::NAME, &text(&event.name));
    let dropped = write_all(writer, span_event::ATTRIBUTES, &event.attributes);
    writer.varint(
        span_event::DROPPED_ATTRIBUTES_COUNT,
        dropped + u64::from(event.dropped_attributes_count),
    );
    writer.close(open);
}

fn write_link(writer: &mut Writer, link: &Link) {
    let open = writer.open(span::LINKS);
    let ids = [span_link::TRACE_ID, span_link::SPAN_ID];
    write_ids(writer, ids, &link.span_context);
    writer.string(
        span_link::TRACE_STATE,
        &link.span_context.trace_state().header(),
    );
    let dropped = write_all(writer, span_link::ATTRIBUTES, &link.attributes);
    writer.varint(
        span_link::DROPPED_ATTRIBUTES_COUNT,
        dropped + u64::from(link.dropped_attributes_count),
    );
    write_flags(writer, span_link::FLAGS, &link.span_context);
    writer.close(open);
}

fn write_status(writer: &mut Writer, given: &Status) {
    let (code, message) = match given {
        Status::Unset => return,
        Status::Ok => (status_code::OK, ""),
        Status::Error { description } => (status_code::ERROR, description.as_ref()),
    };
    let open = writer.open(span::STATUS);
    writer.string(status::MESSAGE, &text(message));
    writer.varint(status::CODE, code);
    writer.close(open);
}

const fn kind(kind: &SpanKind) -> u64 {
    match kind {
        SpanKind::Internal => span_kind::INTERNAL,
        SpanKind::Server => span_kind::SERVER,
        SpanKind::Client => span_kind::CLIENT,
        SpanKind::Producer => span_kind::PRODUCER,
        SpanKind::Consumer => span_kind::CONSUMER,
    }
}
