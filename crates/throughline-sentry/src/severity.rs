//! Levels as severity numbers.
//!
//! <https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber>

use throughline_otlp::field::log_record::{SEVERITY_NUMBER, SEVERITY_TEXT};
use throughline_otlp::protobuf::Writer;

/// Appends the severity of a level; of an unknown one only its text.
pub(crate) fn write(record: &mut Writer, level: &str) {
    record.varint(SEVERITY_NUMBER, number(level));
    record.string(SEVERITY_TEXT, level);
}

fn number(level: &str) -> u64 {
    match level {
        "trace" => 1,
        "debug" => 5,
        "info" | "log" => 9,
        "warning" | "warn" => 13,
        "error" => 17,
        "fatal" | "critical" => 21,
        _ => 0,
    }
}
