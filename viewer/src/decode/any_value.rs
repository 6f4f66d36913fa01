//! Reads attributes and their values, as text and as JSON.

use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use throughline_otlp::field::{any_value, key_value, values};
use throughline_otlp::protobuf::{Value, fields};

/// The attribute list of one message. Malformed attributes are left out: the message as
/// a whole was accepted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attributes<'a> {
    message: &'a [u8],
    field: u32,
}

impl<'a> Attributes<'a> {
    /// The attributes in field `field` of `message`.
    pub(crate) const fn of(message: &'a [u8], field: u32) -> Self {
        Self { message, field }
    }

    /// The attribute's value as text: strings without quotes, other types as JSON.
    pub(crate) fn text(self, key: &str) -> Option<Cow<'a, str>> {
        self.find(key).map(text)
    }

    /// The attribute's value when it is a number.
    pub(crate) fn number(self, key: &str) -> Option<f64> {
        match json(self.find(key)?, MAX_DEPTH) {
            Json::Number(number) => number.as_f64(),
            _ => None,
        }
    }

    /// The attribute's value as JSON.
    pub(crate) fn json_of(self, key: &str) -> Option<Json> {
        self.find(key).map(|value| json(value, MAX_DEPTH))
    }

    /// The attributes as a JSON object. Of equal keys the first counts.
    pub(crate) fn json(self) -> Json {
        let mut object = Map::new();
        for (key, value) in self.iter() {
            object.entry(key).or_insert_with(|| json(value, MAX_DEPTH));
        }
        Json::Object(object)
    }

    fn find(self, key: &str) -> Option<&'a [u8]> {
        self.iter()
            .find(|(found, _)| found == key)
            .map(|(_, value)| value)
    }

    fn iter(self) -> impl Iterator<Item = (Cow<'a, str>, &'a [u8])> {
        fields(self.message)
            .map_while(Result::ok)
            .filter(move |field| field.number == self.field)
            .filter_map(|field| field.value.as_bytes())
            .map(key_and_value)
    }
}

/// An `AnyValue` as JSON: a log record's body.
pub(super) fn body_json(any_value: &[u8]) -> Json {
    json(any_value, MAX_DEPTH)
}

fn key_and_value(attribute: &[u8]) -> (Cow<'_, str>, &[u8]) {
    let mut key = Cow::Borrowed("");
    let mut value: &[u8] = &[];
    for field in fields(attribute).map_while(Result::ok) {
        match (field.number, field.value) {
            (key_value::KEY, Value::Bytes(bytes)) => key = String::from_utf8_lossy(bytes),
            (key_value::VALUE, Value::Bytes(bytes)) => value = bytes,
            _ => {}
        }
    }
    (key, value)
}

fn text(any_value: &[u8]) -> Cow<'_, str> {
    if let Some(Ok(field)) = fields(any_value).last()
        && let (any_value::STRING, Value::Bytes(bytes)) = (field.number, field.value)
    {
        return String::from_utf8_lossy(bytes);
    }
    Cow::Owned(match json(any_value, MAX_DEPTH) {
        Json::String(text) => text,
        Json::Null => String::new(),
        other => other.to_string(),
    })
}

fn json(any_value: &[u8], depth: usize) -> Json {
    // When a oneof is set twice, the last one counts.
    let Some(Ok(field)) = fields(any_value).last() else {
        return Json::Null;
    };
    match (field.number, field.value) {
        (any_value::STRING, Value::Bytes(bytes)) => {
            Json::String(String::from_utf8_lossy(bytes).into_owned())
        }
        (any_value::BOOL, Value::Varint(value)) => Json::Bool(value != 0),
        (any_value::INT, Value::Varint(value)) => integer(value.cast_signed()),
        (any_value::DOUBLE, Value::Fixed64(bits)) => double(f64::from_bits(bits)),
        (any_value::BYTES, Value::Bytes(bytes)) => Json::String(super::hex(bytes)),
        (any_value::ARRAY, Value::Bytes(array)) if depth > 0 => Json::Array(
            fields(array)
                .map_while(Result::ok)
                .filter(|field| field.number == values::VALUES)
                .filter_map(|field| field.value.as_bytes())
                .map(|value| json(value, depth - 1))
                .collect(),
        ),
        (any_value::KVLIST, Value::Bytes(list)) if depth > 0 => {
            let mut object = Map::new();
            for (key, value) in Attributes::of(list, values::VALUES).iter() {
                object.entry(key).or_insert_with(|| json(value, depth - 1));
            }
            Json::Object(object)
        }
        _ => Json::Null,
    }
}

/// A JSON number where JavaScript can hold it exactly, else its decimal text.
fn integer(value: i64) -> Json {
    if value.unsigned_abs() <= MAX_SAFE_INTEGER {
        Json::from(value)
    } else {
        Json::String(value.to_string())
    }
}

fn double(value: f64) -> Json {
    serde_json::Number::from_f64(value)
        .map_or_else(|| Json::String(value.to_string()), Json::Number)
}

/// `Number.MAX_SAFE_INTEGER`.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;
/// Deeper nesting is an attack on the stack, not telemetry; it decodes to null.
const MAX_DEPTH: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use throughline_otlp::attribute;
    use throughline_otlp::protobuf::Writer;

    #[test]
    fn an_integer_that_javascript_would_round_is_text() {
        let mut writer = Writer::new();
        attribute::int(&mut writer, 1, "id", i64::MAX);
        attribute::int(&mut writer, 1, "port", -443);
        let json = Attributes::of(writer.as_bytes(), 1).json();
        assert_eq!(json["id"], "9223372036854775807");
        assert_eq!(json["port"], -443);
    }

    #[test]
    fn very_deep_nesting_decodes_to_null() {
        let mut value = Vec::new();
        for _ in 0..2_000 {
            let mut array = Writer::new();
            array.bytes_present(values::VALUES, &value);
            let mut any = Writer::new();
            any.bytes_present(any_value::ARRAY, array.as_bytes());
            value = any.into_bytes();
        }
        assert!(body_json(&value).is_array());
    }
}
