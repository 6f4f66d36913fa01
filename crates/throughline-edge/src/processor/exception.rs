//! Tells which log records are exceptions.

use throughline_otlp::field::log_record::EVENT_NAME;
use throughline_otlp::protobuf::{Value, fields};
use throughline_semconv as semconv;

/// Whether a log record is an exception: an event of that name.
///
/// <https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/>
pub(super) fn is_exception(record: &[u8]) -> bool {
    let name = (fields(record).map_while(Result::ok))
        .filter(|field| field.number == EVENT_NAME)
        .last()
        .map(|field| field.value);
    name == Some(Value::Bytes(semconv::EXCEPTION.as_bytes()))
}
