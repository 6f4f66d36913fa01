//! Gathers spans and log records until they become export requests.

use super::page::Page;
use crate::Telemetry;
use crate::text::Fields;
use alloc::string::String;
use alloc::vec::Vec;
use throughline_otlp::envelope::Origin;
use throughline_otlp::field::{log_record, scope_group, span};
use throughline_otlp::protobuf::{Open, Writer};
use throughline_trace_context::{SpanId, TraceId};
use throughline_wire::facts::span_ids;

/// Spans and log records that wait to be sent, encoded.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) spans: Writer,
    pub(super) logs: Writer,
    /// How many spans and log records there are.
    pub(super) records: u32,
}

impl Batch {
    /// An empty batch.
    pub(super) const fn new() -> Self {
        Self {
            spans: Writer::new(),
            logs: Writer::new(),
            records: 0,
        }
    }

    /// Opens a span in `spans`.
    pub(super) fn open_span(&mut self) -> Open {
        self.records += 1;
        self.spans.open(scope_group::RECORD)
    }

    /// Opens a log record in `logs` that is an event. `ids` is the position of the ids of the
    /// span that it belongs to.
    pub(super) fn open_event(
        &mut self,
        page: &Page,
        at: u64,
        severity: u64,
        name: &str,
        fields: &Fields<'_>,
        ids: usize,
    ) -> Open {
        let open = self.logs.open(scope_group::RECORD);
        self.records += 1;
        let numbers = [log_record::TRACE_ID, log_record::SPAN_ID, log_record::FLAGS];
        write_ids(&mut self.logs, numbers, fields, ids);
        self.logs
            .fixed64(log_record::TIME_UNIX_NANO, page.unix_nano(at));
        self.logs.varint(log_record::SEVERITY_NUMBER, severity);
        self.logs.string(log_record::EVENT_NAME, name);
        page.write_context(&mut self.logs, log_record::ATTRIBUTES);
        open
    }

    /// The export requests.
    pub(super) fn finish(self, page: &Page, lost: String) -> Telemetry {
        Telemetry {
            traces: export(page, self.spans.as_bytes()),
            logs: export(page, self.logs.as_bytes()),
            records: self.records,
            injected: 0,
            lost,
        }
    }
}

/// Writes the fields that every span has, without its end. `ids` is the position of its ids,
/// `parent` that of its parent's id.
pub(super) fn write_span(
    span: &mut Writer,
    page: &Page,
    kind: u64,
    start: u64,
    fields: &Fields<'_>,
    [ids, parent]: [usize; 2],
) {
    let numbers = [span::TRACE_ID, span::SPAN_ID, span::FLAGS];
    write_ids(span, numbers, fields, ids);
    write_span_id(span, span::PARENT_SPAN_ID, fields.text(parent));
    span.varint(span::KIND, kind);
    span.fixed64(span::START_TIME_UNIX_NANO, page.unix_nano(start));
    page.write_context(span, span::ATTRIBUTES);
}

fn write_ids(
    writer: &mut Writer,
    [trace, span, flags]: [u32; 3],
    fields: &Fields<'_>,
    first: usize,
) {
    if let Some(id) = TraceId::from_hex(fields.text(first + span_ids::TRACE)) {
        writer.bytes(trace, id.as_bytes());
    }
    write_span_id(writer, span, fields.text(first + span_ids::SPAN));
    let known = fields.number(first + span_ids::FLAGS) as u32 & KNOWN_FLAGS;
    writer.fixed32(flags, known);
}

fn write_span_id(writer: &mut Writer, field: u32, text: &str) {
    if let Some(id) = SpanId::from_hex(text) {
        writer.bytes(field, id.as_bytes());
    }
}

fn export(page: &Page, records: &[u8]) -> Vec<u8> {
    if records.is_empty() {
        return Vec::new();
    }
    let origin = Origin {
        resource: page.resource(),
        scope_name: SCOPE_NAME,
        scope_version: &page.package_version,
        schema_url: SCHEMA_URL,
    };
    origin.export_request(|writer| writer.raw(records))
}

/// `SeverityNumber` of an exception that nothing handled: ERROR.
pub(super) const ERROR: u64 = 17;
/// `SeverityNumber` of a failure that was handled: WARN.
pub(super) const WARN: u64 = 13;
/// `SeverityNumber` of an ordinary event: INFO.
pub(super) const INFO: u64 = 9;

/// Sampled and random: <https://www.w3.org/TR/trace-context-2/#trace-flags>.
const KNOWN_FLAGS: u32 = 3;
const SCOPE_NAME: &str = "@throughline/browser";
/// The version of the semantic conventions that the names are of.
const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.44.0";
