//! Writes values of OpenTelemetry's API as attributes.

use opentelemetry::logs::AnyValue;
use opentelemetry::{Array, KeyValue, Value};
use throughline_otlp::attribute;
use throughline_otlp::field::{any_value, key_value, values};
use throughline_otlp::protobuf::Writer;
use throughline_scrub::addresses;

/// Appends attributes in field `list`, the first [`MOST`]; returns how many are left out.
pub(super) fn write_all(writer: &mut Writer, list: u32, attributes: &[KeyValue]) -> u64 {
    for KeyValue { key, value, .. } in attributes.iter().take(MOST) {
        write(writer, list, key.as_str(), value);
    }
    attributes.len().saturating_sub(MOST) as u64
}

fn write(writer: &mut Writer, list: u32, key: &str, value: &Value) {
    match value {
        Value::Bool(value) => attribute::bool(writer, list, key, *value),
        Value::I64(value) => attribute::int(writer, list, key, *value),
        Value::F64(value) => attribute::double(writer, list, key, *value),
        Value::Array(array) => {
            attribute::list(writer, list, key, |writer| write_array(writer, array))
        }
        value => attribute::string(writer, list, key, &text(&value.as_str())),
    }
}

fn write_array(writer: &mut Writer, array: &Array) {
    match array {
        Array::Bool(all) => each(writer, all, |writer, value| {
            writer.varint_present(any_value::BOOL, u64::from(*value));
        }),
        Array::I64(all) => each(writer, all, |writer, value| {
            writer.varint_present(any_value::INT, value.cast_unsigned());
        }),
        Array::F64(all) => each(writer, all, |writer, value| {
            writer.double_present(any_value::DOUBLE, *value);
        }),
        Array::String(all) => each(writer, all, |writer, value| {
            writer.bytes_present(any_value::STRING, text(value.as_str()).as_bytes());
        }),
        _ => {}
    }
}

fn each<T>(writer: &mut Writer, all: &[T], write: impl Fn(&mut Writer, &T)) {
    for value in all.iter().take(MOST) {
        let open = writer.open(values::VALUES);
        write(writer, value);
        writer.close(open);
    }
}

/// Appends one attribute of a log record.
pub(super) fn write_any(writer: &mut Writer, list: u32, key: &str, value: &AnyValue) {
    let pair = writer.open(list);
    writer.string(key_value::KEY, key);
    let open = writer.open(key_value::VALUE);
    write_any_value(writer, value, DEEPEST);
    writer.close(open);
    writer.close(pair);
}

/// Appends a field of `AnyValue`, `depth` lists and maps in it at most.
pub(super) fn write_any_value(writer: &mut Writer, value: &AnyValue, depth: u32) {
    match value {
        AnyValue::Int(value) => writer.varint_present(any_value::INT, value.cast_unsigned()),
        AnyValue::Double(value) => writer.double_present(any_value::DOUBLE, *value),
        AnyValue::Boolean(value) => writer.varint_present(any_value::BOOL, u64::from(*value)),
        AnyValue::Bytes(value) => writer.bytes_present(any_value::BYTES, value),
        AnyValue::String(value) => {
            writer.bytes_present(any_value::STRING, text(value.as_str()).as_bytes());
        }
        AnyValue::ListAny(all) if depth > 0 => {
            let list = writer.open(any_value::ARRAY);
            each(writer, all, |writer, value| {
                write_any_value(writer, value, depth - 1)
            });
            writer.close(list);
        }
        AnyValue::Map(map) if depth > 0 => {
            let list = writer.open(any_value::KVLIST);
            #[expect(clippy::disallowed_methods, reason = "the pairs are sorted next")]
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_unstable_by_key(|(key, _)| *key);
            for (key, value) in pairs.into_iter().take(MOST) {
                let pair = writer.open(values::VALUES);
                writer.string(key_value::KEY, key.as_str());
                let open = writer.open(key_value::VALUE);
                write_any_value(writer, value, depth - 1);
                writer.close(open);
                writer.close(pair);
            }
            writer.close(list);
        }
        _ => writer.bytes_present(any_value::STRING, b"..."),
    }
}

/// A text as it leaves the page: its end is cut off, and its addresses have no values in queries.
pub(super) fn text(value: &str) -> String {
    let end = value.floor_char_boundary(LONGEST);
    addresses(value.get(..end).unwrap_or_default())
}

/// How many attributes a record has, and how many values a list; the default of OpenTelemetry.
/// <https://opentelemetry.io/docs/specs/otel/common/#attribute-limits>
pub(super) const MOST: usize = 128;
/// How deep lists and maps in lists and maps are written.
pub(super) const DEEPEST: u32 = 8;
/// Bytes of a text: as many UTF-16 code units has one of the page's JavaScript.
const LONGEST: usize = 8192;
