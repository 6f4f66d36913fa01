//! How do spans and log records become export requests?

use crate::Telemetry;
use crate::context::{Context, Header};
use crate::record::Fields;
use alloc::vec::Vec;
use throughline_otlp::attribute;
use throughline_otlp::field::{
    export_request, log_record, resource_group, scope, scope_group, span,
};
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;
use throughline_trace_context::{SpanId, TraceFlags, TraceId};

/// Spans and log records, encoded as far as they do not depend on each other.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    spans: Writer,
    logs: Writer,
    records: u64,
}

/// Which span a record is or belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpanContext {
    /// The trace.
    pub(crate) trace_id: TraceId,
    /// The span.
    pub(crate) span_id: SpanId,
    /// Its W3C flags.
    pub(crate) flags: TraceFlags,
}

impl SpanContext {
    /// Trace id, span id and flags; `None` when they are none.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let trace_id = TraceId::from_hex(fields.text());
        let span_id = SpanId::from_hex(fields.text());
        let flags = fields.text().bytes().last();
        Some(Self {
            trace_id: trace_id?,
            span_id: span_id?,
            // The two flags there are fit the last digit.
            flags: TraceFlags::from_bits(flags?.wrapping_sub(b'0')),
        })
    }
}

impl Batch {
    /// Appends a span that is encoded already.
    pub(crate) fn push_span(&mut self, encoded: &[u8]) {
        self.spans.bytes(scope_group::RECORD, encoded);
        self.records += 1;
    }

    /// Appends a log record that is encoded already.
    pub(crate) fn push_log(&mut self, encoded: &[u8]) {
        self.logs.bytes(scope_group::RECORD, encoded);
        self.records += 1;
    }

    /// How large the batch is, in bytes before compression.
    pub(crate) fn bytes(&self) -> usize {
        self.spans.as_bytes().len() + self.logs.as_bytes().len()
    }

    /// How many records wait.
    pub(crate) const fn records(&self) -> u64 {
        self.records
    }

    /// The export requests, and an empty batch in place of this one.
    pub(crate) fn take(&mut self, header: &Header) -> Telemetry {
        let batch = core::mem::take(self);
        Telemetry {
            traces: export(header, batch.spans.as_bytes()),
            logs: export(header, batch.logs.as_bytes()),
            ..Telemetry::default()
        }
    }
}

/// Begins a span: what every span has, except its end.
pub(crate) fn begin_span(
    context: &Context,
    own: SpanContext,
    parent: &str,
    kind: u64,
    name: &str,
    start: u64,
) -> Writer {
    let mut writer = Writer::new();
    writer.bytes(span::TRACE_ID, own.trace_id.as_bytes());
    writer.bytes(span::SPAN_ID, own.span_id.as_bytes());
    if let Some(parent) = SpanId::from_hex(parent) {
        writer.bytes(span::PARENT_SPAN_ID, parent.as_bytes());
    }
    writer.string(span::NAME, name);
    writer.varint(span::KIND, kind);
    writer.fixed64(span::START_TIME_UNIX_NANO, context.unix_nano(start));
    writer.fixed32(span::FLAGS, u32::from(own.flags.bits()));
    session(&mut writer, span::ATTRIBUTES, context);
    writer
}

/// Begins a log record that is an event.
pub(crate) fn begin_event(
    context: &Context,
    at: u64,
    severity: u64,
    name: &str,
    within: Option<SpanContext>,
) -> Writer {
    let mut writer = Writer::new();
    writer.fixed64(log_record::TIME_UNIX_NANO, context.unix_nano(at));
    writer.varint(log_record::SEVERITY_NUMBER, severity);
    writer.string(log_record::EVENT_NAME, name);
    if let Some(within) = within {
        writer.bytes(log_record::TRACE_ID, within.trace_id.as_bytes());
        writer.bytes(log_record::SPAN_ID, within.span_id.as_bytes());
        writer.fixed32(log_record::FLAGS, u32::from(within.flags.bits()));
    }
    session(&mut writer, log_record::ATTRIBUTES, context);
    writer
}

fn session(writer: &mut Writer, field: u32, context: &Context) {
    if !context.session_id.is_empty() {
        attribute::string(writer, field, semconv::SESSION_ID, &context.session_id);
    }
}

fn export(header: &Header, records: &[u8]) -> Vec<u8> {
    if records.is_empty() {
        return Vec::new();
    }
    let mut scoped = Writer::new();
    let open = scoped.open(scope_group::SCOPE);
    scoped.string(scope::NAME, SCOPE_NAME);
    scoped.string(scope::VERSION, &header.sdk_version);
    scoped.close(open);
    scoped.raw(records);

    let mut group = Writer::new();
    group.bytes_present(resource_group::RESOURCE, &header.resource);
    group.bytes(resource_group::SCOPE, scoped.as_bytes());
    group.string(resource_group::SCHEMA_URL, SCHEMA_URL);

    let mut request = Writer::new();
    request.bytes(export_request::RESOURCE, group.as_bytes());
    request.into_bytes()
}

/// `SeverityNumber` of an unhandled exception: ERROR.
pub(crate) const ERROR: u64 = 17;
/// `SeverityNumber` of what went wrong and was handled: WARN.
pub(crate) const WARN: u64 = 13;
/// `SeverityNumber` of what just happened: INFO.
pub(crate) const INFO: u64 = 9;

const SCOPE_NAME: &str = "@throughline/browser";
/// The version of the semantic conventions that the names are of.
const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.44.0";
