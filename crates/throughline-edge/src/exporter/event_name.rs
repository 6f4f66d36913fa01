//! Repeats the name of an event as an attribute, for a backend that does not store the field.

use throughline_otlp::Signal;
use throughline_otlp::attribute::{self, Pair};
use throughline_otlp::field::log_record;
use throughline_otlp::protobuf::Value;
use throughline_otlp::rewrite::{Envelope, Interest, Keep, Message, Stage};
use throughline_semconv as semconv;

/// Adds `event.name`, which was where the name of an event stood before log records had a field for
/// it: <https://opentelemetry.io/docs/specs/semconv/registry/attributes/event/>. An attribute of
/// that name stays as it is.
pub(super) struct EventName;

impl Stage for EventName {
    fn interest(&self, signal: Signal) -> Interest {
        match signal {
            Signal::Logs => Interest::RECORD,
            Signal::Traces | Signal::Metrics => Interest::NONE,
        }
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        if let Some(name) = name_alone(record) {
            record.append(|writer| {
                let key = semconv::EVENT_NAME;
                attribute::string(writer, log_record::ATTRIBUTES, key, &name);
            });
        }
        Keep::Yes
    }
}

/// The name of the event that a log record is, unless an attribute has it.
fn name_alone(record: &Message<'_>) -> Option<String> {
    let mut name = None;
    for field in record.fields() {
        match (field.number, field.value) {
            (log_record::EVENT_NAME, Value::Bytes(of)) => name = Some(of),
            (log_record::ATTRIBUTES, Value::Bytes(pair))
                if Pair::read(pair).key == semconv::EVENT_NAME.as_bytes() =>
            {
                return None;
            }
            _ => {}
        }
    }
    let name = name.filter(|name| !name.is_empty())?;
    Some(String::from_utf8_lossy(name).into_owned())
}
