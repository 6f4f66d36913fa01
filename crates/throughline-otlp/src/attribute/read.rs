//! Reads attributes as borrowed values.

use super::Pair;
use crate::field::{any_value, values as items};
use crate::protobuf::{Value, each_field, fields};

/// Reads the attributes in field `field` of a message, in order. Stops at
/// invalid protobuf, which an accepted message does not have.
pub fn attributes(message: &[u8], field: u32) -> impl Iterator<Item = Attribute<'_>> {
    submessages(message, field).map(Attribute::read)
}

/// Reads the items of a list.
pub fn values(list: &[u8]) -> impl Iterator<Item = AttributeValue<'_>> {
    submessages(list, items::VALUES).map(AttributeValue::read)
}

/// Key and value of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// The key; empty when it is missing or not UTF-8.
    pub key: &'a str,
    /// An encoded `AnyValue`.
    any_value: &'a [u8],
}

/// Value of an attribute, of a list item or of a log record's body.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AttributeValue<'a> {
    /// No value, or one of a newer protocol.
    Empty,
    /// A string; empty when it is not UTF-8.
    String(&'a str),
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A double.
    Double(f64),
    /// Bytes.
    Bytes(&'a [u8]),
    /// An encoded `ArrayValue`, whose items [`values`] reads.
    List(&'a [u8]),
    /// An encoded `KeyValueList`, whose entries [`attributes`] reads from field
    /// [`VALUES`](items::VALUES).
    Map(&'a [u8]),
}

impl<'a> Attribute<'a> {
    /// Reads an encoded `KeyValue`.
    pub fn read(key_value: &'a [u8]) -> Self {
        let pair = Pair::read(key_value);
        Self {
            key: utf8(pair.key),
            any_value: pair.value,
        }
    }

    /// The value.
    pub fn value(&self) -> AttributeValue<'a> {
        AttributeValue::read(self.any_value)
    }
}

impl<'a> AttributeValue<'a> {
    /// Reads an encoded `AnyValue`. Of several values the last one counts, as in any `oneof`.
    pub fn read(any_value: &'a [u8]) -> Self {
        let mut value = AttributeValue::Empty;
        each_field(any_value, |field| {
            value = match (field.number, field.value) {
                (any_value::STRING, Value::Bytes(text)) => AttributeValue::String(utf8(text)),
                (any_value::BOOL, Value::Varint(number)) => AttributeValue::Bool(number != 0),
                (any_value::INT, Value::Varint(number)) => {
                    AttributeValue::Int(number.cast_signed())
                }
                (any_value::DOUBLE, Value::Fixed64(bits)) => {
                    AttributeValue::Double(f64::from_bits(bits))
                }
                (any_value::BYTES, Value::Bytes(bytes)) => AttributeValue::Bytes(bytes),
                (any_value::ARRAY, Value::Bytes(list)) => AttributeValue::List(list),
                (any_value::KVLIST, Value::Bytes(map)) => AttributeValue::Map(map),
                _ => value,
            };
        });
        value
    }

    /// The text of a string.
    pub const fn as_str(self) -> Option<&'a str> {
        match self {
            AttributeValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number of an integer.
    pub const fn as_int(self) -> Option<i64> {
        match self {
            AttributeValue::Int(number) => Some(number),
            _ => None,
        }
    }
}

fn submessages(message: &[u8], number: u32) -> impl Iterator<Item = &[u8]> {
    fields(message)
        .map_while(Result::ok)
        .filter(move |field| field.number == number)
        .filter_map(|field| field.value.as_bytes())
}

fn utf8(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute;
    use crate::protobuf::Writer;
    use alloc::vec::Vec;

    #[test]
    fn each_type_is_read_as_it_was_written() {
        let mut message = Writer::new();
        attribute::string(&mut message, 9, "string", "");
        attribute::bool(&mut message, 9, "bool", false);
        attribute::int(&mut message, 9, "int", -1);
        attribute::double(&mut message, 9, "double", 0.5);
        attribute::strings(&mut message, 9, "list", ["a", "b"]);
        attribute::list(&mut message, 9, "maps", |writer| {
            attribute::map(writer, |writer| {
                attribute::int(writer, items::VALUES, "lineno", 7);
            });
        });
        message.bytes_present(9, b"\x0a\x05empty");
        message.bytes_present(9, b"\x0a\x05bytes\x12\x03\x3a\x01\xff");
        let mut read = attributes(message.as_bytes(), 9);
        let mut next = || {
            let attribute = read.next();
            attribute.map(|attribute| (attribute.key, attribute.value()))
        };
        assert_eq!(next(), Some(("string", AttributeValue::String(""))));
        assert_eq!(next(), Some(("bool", AttributeValue::Bool(false))));
        assert_eq!(next(), Some(("int", AttributeValue::Int(-1))));
        assert_eq!(next(), Some(("double", AttributeValue::Double(0.5))));
        let Some(("list", AttributeValue::List(list))) = next() else {
            panic!("it is a list");
        };
        let texts: Vec<_> = values(list).filter_map(AttributeValue::as_str).collect();
        assert_eq!(texts, ["a", "b"]);
        let Some(("maps", AttributeValue::List(list))) = next() else {
            panic!("it is a list");
        };
        let Some(AttributeValue::Map(map)) = values(list).next() else {
            panic!("its item is a map");
        };
        let entry = attributes(map, items::VALUES).next();
        let entry = entry.map(|entry| (entry.key, entry.value().as_int()));
        assert_eq!(entry, Some(("lineno", Some(7))));
        assert_eq!(next(), Some(("empty", AttributeValue::Empty)));
        assert_eq!(next(), Some(("bytes", AttributeValue::Bytes(b"\xff"))));
        assert_eq!(next(), None);
    }

    #[test]
    fn of_two_values_the_last_one_counts() {
        let any_value = b"\x0a\x01a\x18\x05\xf8\x01\x01";
        assert_eq!(AttributeValue::read(any_value), AttributeValue::Int(5));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>) {
            for attribute in attributes(&bytes, 1) {
                let _ = attribute.value();
            }
            let _ = Attribute::read(&bytes).value();
            let _ = AttributeValue::read(&bytes);
            let _ = values(&bytes).count();
        }
    }
}
