//! Spans and events whose attributes are the fields of one fact, as they stand.

use super::attributes;
use super::batch::{Batch, write_span};
use super::page::Page;
use crate::text::Fields;
use throughline_otlp::field::span::NAME;
use throughline_otlp::field::{log_record, span, span_kind};
use throughline_wire::facts::Attribute;

/// How the fields of a kind become an event. All but name and severity are positions.
#[derive(Debug)]
pub(super) struct PlainEvent {
    pub(super) name: &'static str,
    pub(super) severity: u64,
    pub(super) at: usize,
    pub(super) ids: usize,
    pub(super) attributes: &'static [Attribute],
}

impl PlainEvent {
    /// Appends the event.
    pub(super) fn write(&self, page: &Page, fields: &Fields<'_>, batch: &mut Batch) {
        let at = fields.number(self.at);
        let open = batch.open_event(page, at, self.severity, self.name, fields, self.ids);
        attributes::write(
            &mut batch.logs,
            log_record::ATTRIBUTES,
            fields,
            0,
            self.attributes,
        );
        batch.logs.close(open);
    }
}

/// How the fields of a kind become a span. All are positions.
#[derive(Debug)]
pub(super) struct PlainSpan {
    pub(super) times: [usize; 2],
    pub(super) ids: usize,
    pub(super) parent: usize,
    pub(super) name: usize,
    /// Tables, each with the position that its positions count from.
    pub(super) attributes: [(&'static [Attribute], usize); 2],
    /// Fields that the page gives itself: see [`attributes::given`].
    pub(super) given: usize,
}

impl PlainSpan {
    /// Appends the span.
    pub(super) fn write(&self, page: &Page, fields: &Fields<'_>, batch: &mut Batch) {
        let [start, end] = self.times.map(|time| fields.number(time));
        let positions = [self.ids, self.parent];
        let open = batch.open_span();
        let span = &mut batch.spans;
        write_span(span, page, span_kind::INTERNAL, start, fields, positions);
        span.fixed64(span::END_TIME_UNIX_NANO, page.unix_nano(end));
        span.string(NAME, fields.text(self.name));
        for (table, first) in self.attributes {
            attributes::write(span, span::ATTRIBUTES, fields, first, table);
        }
        attributes::given(span, span::ATTRIBUTES, fields, self.given);
        batch.spans.close(open);
    }
}
