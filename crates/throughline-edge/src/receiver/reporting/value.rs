//! Writes values of JSON as attributes.

use super::kind::{Form, Member};
use serde_json::{Map, Value};
use throughline_otlp::attribute;
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_otlp::field::{any_value, key_value, values};
use throughline_otlp::protobuf::Writer;

/// Takes a member out of the body and writes its attribute. What has another form than it
/// should have stays in the body.
pub(super) fn write_member(record: &mut Writer, body: &mut Map<String, Value>, member: &Member) {
    let (names, form, key) = *member;
    let mut is_written = false;
    for name in names {
        let Some(value) = body.get(*name) else {
            continue;
        };
        if says_nothing(form, value) {
            body.remove(*name);
        } else if is_written || write(record, form, key, value) {
            // Of two names for the same the first counts.
            is_written = true;
            body.remove(*name);
        }
    }
}

/// Writes an attribute that is a map, unless it is empty.
pub(super) fn write_map(record: &mut Writer, key: &str, map: &Map<String, Value>) {
    if map.is_empty() {
        return;
    }
    let open = record.open(ATTRIBUTES);
    record.string(key_value::KEY, key);
    let any = record.open(key_value::VALUE);
    write_members(record, map);
    record.close(any);
    record.close(open);
}

/// Browsers write 0 and empty text for what is not known.
fn says_nothing(form: Form, value: &Value) -> bool {
    match (form, value) {
        (_, Value::Null) => true,
        (_, Value::String(text)) => text.is_empty(),
        (Form::Positive, value) => value.as_u64() == Some(0),
        _ => false,
    }
}

/// Writes the attribute; false when the value has another form.
fn write(record: &mut Writer, form: Form, key: &str, value: &Value) -> bool {
    match (form, value) {
        (Form::Text, Value::String(text)) => attribute::string(record, ATTRIBUTES, key, text),
        (Form::Flag, Value::Bool(flag)) => attribute::bool(record, ATTRIBUTES, key, *flag),
        (Form::Positive, value) => match value.as_i64() {
            Some(number) if number > 0 => attribute::int(record, ATTRIBUTES, key, number),
            _ => return false,
        },
        (Form::Number, value) => match value.as_f64() {
            Some(number) => attribute::double(record, ATTRIBUTES, key, number),
            None => return false,
        },
        _ => return false,
    }
    true
}

/// Writes a value into the `AnyValue` that is open. Null is a value that is not set.
fn write_value(writer: &mut Writer, value: &Value) {
    match value {
        Value::Null => {}
        Value::Bool(flag) => writer.varint_present(any_value::BOOL, u64::from(*flag)),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => {
                writer.varint_present(any_value::INT, integer.cast_unsigned());
            }
            (None, double) => {
                writer.double_present(any_value::DOUBLE, double.unwrap_or_default());
            }
        },
        Value::String(text) => writer.bytes_present(any_value::STRING, text.as_bytes()),
        Value::Array(items) => {
            let list = writer.open(any_value::ARRAY);
            for item in items {
                let open = writer.open(values::VALUES);
                write_value(writer, item);
                writer.close(open);
            }
            writer.close(list);
        }
        Value::Object(members) => write_members(writer, members),
    }
}

fn write_members(writer: &mut Writer, members: &Map<String, Value>) {
    let map = writer.open(any_value::KVLIST);
    // In an order that does not depend on how the map was made.
    let mut names: Vec<&str> = members.keys().map(String::as_str).collect();
    names.sort_unstable();
    for (name, value) in names
        .iter()
        .filter_map(|name| Some((name, members.get(*name)?)))
    {
        let entry = writer.open(values::VALUES);
        writer.string(key_value::KEY, name);
        let any = writer.open(key_value::VALUE);
        write_value(writer, value);
        writer.close(any);
        writer.close(entry);
    }
    writer.close(map);
}
