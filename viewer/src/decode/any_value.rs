//! Attributes and their values, as text and as JSON.

use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use throughline_otlp::attribute::{AttributeValue, attributes, values};
use throughline_otlp::field::values::VALUES;
use throughline_trace_context::hex;

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

    /// Keys and values, in their order.
    pub(crate) fn iter(self) -> impl Iterator<Item = (&'a str, AttributeValue<'a>)> {
        attributes(self.message, self.field).map(|attribute| (attribute.key, attribute.value()))
    }

    /// The attribute's value. Of equal keys the first counts.
    pub(crate) fn value(self, key: &str) -> Option<AttributeValue<'a>> {
        attributes(self.message, self.field)
            .find(|attribute| attribute.key == key)
            .map(|attribute| attribute.value())
    }

    /// The attribute's value as text: strings without quotes, other types as JSON.
    pub(crate) fn text(self, key: &str) -> Option<Cow<'a, str>> {
        self.value(key).map(text)
    }

    /// The attribute's value when it is a number.
    pub(crate) fn number(self, key: &str) -> Option<f64> {
        match self.value(key)? {
            AttributeValue::Int(number) => Some(number as f64),
            AttributeValue::Double(number) => Some(number),
            _ => None,
        }
    }

    /// The attribute's value as JSON.
    pub(crate) fn json_of(self, key: &str) -> Option<Json> {
        self.value(key).map(json)
    }

    /// The attributes as a JSON object. Of equal keys the first counts.
    pub(crate) fn json(self) -> Json {
        object(self.message, self.field, MAX_DEPTH)
    }
}

/// A value as text: strings without quotes, other types as JSON.
pub(crate) fn text(value: AttributeValue<'_>) -> Cow<'_, str> {
    match value {
        AttributeValue::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(text_of_json(&json(other))),
    }
}

/// A value that was read as JSON, as text.
pub(crate) fn text_of_json(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

/// A value as JSON.
pub(crate) fn json(value: AttributeValue<'_>) -> Json {
    nested(value, MAX_DEPTH)
}

fn nested(value: AttributeValue<'_>, depth: usize) -> Json {
    match value {
        AttributeValue::String(text) => Json::from(text),
        AttributeValue::Bool(value) => Json::Bool(value),
        AttributeValue::Int(value) => integer(value),
        AttributeValue::Double(value) => double(value),
        AttributeValue::Bytes(bytes) => Json::String(hex::encode(bytes)),
        AttributeValue::List(list) if depth > 0 => {
            values(list).map(|value| nested(value, depth - 1)).collect()
        }
        AttributeValue::Map(map) if depth > 0 => object(map, VALUES, depth - 1),
        AttributeValue::List(_) | AttributeValue::Map(_) | AttributeValue::Empty => Json::Null,
    }
}

fn object(message: &[u8], field: u32, depth: usize) -> Json {
    let mut object = Map::new();
    for attribute in attributes(message, field) {
        object
            .entry(attribute.key)
            .or_insert_with(|| nested(attribute.value(), depth));
    }
    Json::Object(object)
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
    use throughline_otlp::field::{any_value, values};
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
        assert!(json(AttributeValue::read(&value)).is_array());
    }
}
