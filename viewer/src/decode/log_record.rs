//! Decodes a log record.

use super::{
    Attributes, Exception, SpanId, TraceId, any_value, each_field, id_from_bytes, id_json,
};
use serde_json::{Value as Json, json};
use std::borrow::Cow;
use throughline_otlp::attribute::AttributeValue;
use throughline_otlp::field::log_record;
use throughline_otlp::protobuf::{DecodeError, Value};

/// A log record's own fields, borrowed from its bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogRecord<'a> {
    bytes: &'a [u8],
    pub(crate) trace_id: Option<TraceId>,
    pub(crate) span_id: Option<SpanId>,
    /// 1 to 24, 0 when unset.
    pub(crate) severity_number: u8,
    /// The event's name; empty for a plain log record.
    pub(crate) event_name: Cow<'a, str>,
    severity_text: Cow<'a, str>,
    time_unix_nano: u64,
    observed_time_unix_nano: u64,
    body: &'a [u8],
    dropped_attributes: u64,
}

impl<'a> LogRecord<'a> {
    /// Reads a log record.
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut read = Self {
            bytes,
            ..Self::default()
        };
        each_field(bytes, |number, value| match (number, value) {
            (log_record::TRACE_ID, Value::Bytes(id)) => read.trace_id = id_from_bytes(id),
            (log_record::SPAN_ID, Value::Bytes(id)) => read.span_id = id_from_bytes(id),
            (log_record::TIME_UNIX_NANO, Value::Fixed64(at)) => read.time_unix_nano = at,
            (log_record::OBSERVED_TIME_UNIX_NANO, Value::Fixed64(at)) => {
                read.observed_time_unix_nano = at;
            }
            (log_record::SEVERITY_NUMBER, Value::Varint(number)) => {
                // Of the enumeration's 32 bits; a negative one is no severity.
                let number = (number as u32).cast_signed();
                read.severity_number = number.clamp(0, MAX_SEVERITY) as u8;
            }
            (log_record::SEVERITY_TEXT, Value::Bytes(text)) => {
                read.severity_text = String::from_utf8_lossy(text);
            }
            (log_record::EVENT_NAME, Value::Bytes(name)) => {
                read.event_name = String::from_utf8_lossy(name);
            }
            (log_record::BODY, Value::Bytes(body)) => read.body = body,
            (log_record::DROPPED_ATTRIBUTES_COUNT, Value::Varint(count)) => {
                read.dropped_attributes = count;
            }
            _ => {}
        })?;
        Ok(read)
    }

    /// The time of the event; the observed time when the source did not set one.
    ///
    /// <https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-timestamp>
    pub(crate) const fn time(&self) -> Option<u64> {
        match (self.time_unix_nano, self.observed_time_unix_nano) {
            (0, 0) => None,
            (0, observed) => Some(observed),
            (at, _) => Some(at),
        }
    }

    /// The attributes.
    pub(crate) const fn attributes(&self) -> Attributes<'a> {
        Attributes::of(self.bytes, log_record::ATTRIBUTES)
    }

    /// The exception that the record is; `None` when it is none, or an event of the page's
    /// own instrumentation, such as a failure of its engine.
    pub(crate) fn exception(&self) -> Option<Exception> {
        (!self.is_own_event())
            .then(|| Exception::read(self.attributes()))
            .flatten()
    }

    fn is_own_event(&self) -> bool {
        self.event_name.starts_with(OWN_EVENTS)
    }

    /// The body.
    pub(crate) fn body(&self) -> AttributeValue<'a> {
        AttributeValue::read(self.body)
    }

    /// The record as one line: type and message of its exception, its body, or the name of its event.
    pub(crate) fn headline(&self) -> String {
        if let Some(exception) = self.exception() {
            return format!("{}: {}", exception.kind, exception.message);
        }
        match any_value::json(self.body()) {
            Json::Null => self.event_name.clone().into_owned(),
            body => any_value::text_of_json(&body),
        }
    }

    /// The log record as the API's JSON, except `service` and `resource`. `time` is used as
    /// its time.
    pub(crate) fn json(&self, time: u64) -> Json {
        json!({
            "time_unix_nano": time.to_string(),
            "severity_number": self.severity_number,
            "severity_text": self.severity_text,
            "event_name": self.event_name,
            "body": any_value::json(self.body()),
            "exception": if self.is_own_event() { Json::Null } else { Exception::json(self.attributes()) },
            "attributes": self.attributes().json(),
            "dropped_attributes": self.dropped_attributes,
            "trace_id": id_json(self.trace_id),
            "span_id": id_json(self.span_id),
        })
    }
}

/// <https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber>
const MAX_SEVERITY: i32 = 24;
/// Names of events that report on the instrumentation itself.
const OWN_EVENTS: &str = "throughline.";
