//! Writes JSON values as attributes.

use crate::json::Json;
use alloc::format;
use throughline_otlp::attribute;
use throughline_otlp::field::{any_value, key_value, values};
use throughline_otlp::protobuf::Writer;

/// The attribute list of a message that is open.
pub(crate) struct Attributes<'w> {
    pub(crate) writer: &'w mut Writer,
    /// The number of the list's field.
    pub(crate) field: u32,
}

impl Attributes<'_> {
    /// Appends a text; the empty one is left out.
    pub(crate) fn text(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            attribute::string(self.writer, self.field, key, text);
        }
    }

    /// Appends a value of any type; null is left out.
    pub(crate) fn json(&mut self, key: &str, value: &Json<'_>) {
        if matches!(value, Json::Null) || key.is_empty() {
            return;
        }
        entry(self.writer, self.field, key, value, 0);
    }

    /// Appends each entry of an object with `prefix` in front of its key.
    pub(crate) fn prefixed(&mut self, prefix: &str, object: &Json<'_>) {
        for (key, value) in object.pairs() {
            self.json(&format!("{prefix}{key}"), value);
        }
    }
}

/// Writes a key and its value.
pub(crate) fn entry(writer: &mut Writer, field: u32, key: &str, value: &Json<'_>, depth: usize) {
    let open = writer.open(field);
    writer.string(key_value::KEY, key);
    let any = writer.open(key_value::VALUE);
    write_value(writer, value, depth);
    writer.close(any);
    writer.close(open);
}

/// Writes the content of an `AnyValue`.
pub(crate) fn write_value(writer: &mut Writer, value: &Json<'_>, depth: usize) {
    match value {
        Json::Null => {}
        Json::Bool(value) => writer.varint_present(any_value::BOOL, u64::from(*value)),
        Json::Int(value) => writer.varint_present(any_value::INT, value.cast_unsigned()),
        Json::Double(value) => writer.double_present(any_value::DOUBLE, *value),
        Json::Text(text) => writer.bytes_present(any_value::STRING, text.as_bytes()),
        // As the SDKs write what is nested deeper than they send.
        Json::List(_) if depth >= MAX_DEPTH => writer.string(any_value::STRING, "[Array]"),
        Json::Map(_) if depth >= MAX_DEPTH => writer.string(any_value::STRING, "[Object]"),
        Json::List(items) => {
            let list = writer.open(any_value::ARRAY);
            for item in items {
                let open = writer.open(values::VALUES);
                write_value(writer, item, depth + 1);
                writer.close(open);
            }
            writer.close(list);
        }
        Json::Map(entries) => {
            let map = writer.open(any_value::KVLIST);
            for (key, value) in entries {
                entry(writer, values::VALUES, key, value, depth + 1);
            }
            writer.close(map);
        }
    }
}

/// Lists and objects inside each other. SDKs send three by default.
const MAX_DEPTH: usize = 10;
