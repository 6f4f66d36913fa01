//! A log record of the page's code.

use super::span::{unix_nano, write_flags, write_ids};
use super::value::{DEEPEST, MOST, text, write_any, write_any_value};
use opentelemetry::Key;
use opentelemetry::logs::AnyValue;
use opentelemetry::trace::SpanContext;
use std::borrow::Cow;
use std::time::SystemTime;
use throughline_otlp::field::log_record;
use throughline_otlp::protobuf::Writer;

/// The parts of a log record that the page's code sets.
#[derive(Debug)]
pub(crate) struct LogRecord {
    /// The span that it belongs to; not valid for none.
    pub(crate) context: SpanContext,
    pub(crate) time: SystemTime,
    /// `SeverityNumber`; 0 for none.
    pub(crate) severity: u64,
    pub(crate) severity_text: &'static str,
    pub(crate) event_name: Cow<'static, str>,
    pub(crate) body: Option<AnyValue>,
    pub(crate) attributes: Vec<(Key, AnyValue)>,
}

impl LogRecord {
    /// Appends the fields of the record; `write_context` appends attributes that every record has.
    pub(crate) fn write(&self, writer: &mut Writer, write_context: impl FnOnce(&mut Writer, u32)) {
        writer.fixed64(log_record::TIME_UNIX_NANO, unix_nano(self.time));
        writer.fixed64(log_record::OBSERVED_TIME_UNIX_NANO, unix_nano(self.time));
        writer.varint(log_record::SEVERITY_NUMBER, self.severity);
        writer.string(log_record::SEVERITY_TEXT, self.severity_text);
        if let Some(body) = &self.body {
            let open = writer.open(log_record::BODY);
            write_any_value(writer, body, DEEPEST);
            writer.close(open);
        }
        write_context(writer, log_record::ATTRIBUTES);
        for (key, value) in self.attributes.iter().take(MOST) {
            write_any(writer, log_record::ATTRIBUTES, key.as_str(), value);
        }
        let dropped = self.attributes.len().saturating_sub(MOST) as u64;
        writer.varint(log_record::DROPPED_ATTRIBUTES_COUNT, dropped);
        write_ids(
            writer,
            [log_record::TRACE_ID, log_record::SPAN_ID],
            &self.context,
        );
        if self.context.is_valid() {
            write_flags(writer, log_record::FLAGS, &self.context);
        }
        writer.string(log_record::EVENT_NAME, &text(&self.event_name));
    }
}
