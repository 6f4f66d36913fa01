//! JSON values of a source map, each read when its type is known.
//!
//! A map is what `JSON.parse` reads: of equal keys the last counts, and a string may have half a
//! surrogate pair, which is read as U+FFFD.

use super::error::SourceMapError;
use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde_json::value::RawValue;

/// A JSON value that has not been read.
#[derive(Clone, Copy)]
pub(super) struct Value<'a>(&'a str);

/// A JSON object.
pub(super) struct Object<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Value<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, SourceMapError> {
        serde_json::from_str::<&RawValue>(text)
            .map(|raw| Self(raw.get()))
            .map_err(|error| SourceMapError::Json {
                line: error.line(),
                column: error.column(),
            })
    }

    pub(super) fn object(self) -> Option<Object<'a>> {
        struct Pairs;
        impl<'a> serde::de::Visitor<'a> for Pairs {
            type Value = BTreeMap<String, &'a RawValue>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'a>>(
                self,
                mut pairs: A,
            ) -> Result<Self::Value, A::Error> {
                let mut object = BTreeMap::new();
                while let Some((Text(key), value)) = pairs.next_entry()? {
                    object.insert(key, value);
                }
                Ok(object)
            }
        }
        use serde::Deserializer as _;
        let mut reader = serde_json::Deserializer::from_str(self.0);
        reader.deserialize_map(Pairs).ok().map(Object)
    }

    pub(super) fn array(self) -> Option<Vec<Self>> {
        if !self.0.starts_with('[') {
            return None;
        }
        let values: Vec<&RawValue> = serde_json::from_str(self.0).ok()?;
        Some(values.into_iter().map(|raw| Self(raw.get())).collect())
    }

    pub(super) fn string(self) -> Option<String> {
        // An array of numbers would be taken for bytes.
        if !self.0.starts_with('"') {
            return None;
        }
        serde_json::from_str(self.0).ok().map(|Text(text)| text)
    }

    /// A number without a fraction, however it is written: `3`, `3.0`, `30e-1`.
    pub(super) fn integer(self) -> Option<i64> {
        if let Ok(integer) = serde_json::from_str(self.0) {
            return Some(integer);
        }
        let number: f64 = serde_json::from_str(self.0).ok()?;
        let integer = number as i64;
        (integer as f64 == number && integer.unsigned_abs() <= MAX_SAFE_INTEGER).then_some(integer)
    }

    pub(super) fn is_null(self) -> bool {
        self.0 == "null"
    }
}

impl<'a> Object<'a> {
    pub(super) fn get(&self, key: &str) -> Option<Value<'a>> {
        self.0.get(key).map(|raw| Value(raw.get()))
    }
}

/// A string. serde_json gives halves of surrogate pairs as bytes alone.
struct Text(String);

impl<'a> serde::Deserialize<'a> for Text {
    fn deserialize<D: serde::Deserializer<'a>>(reader: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl serde::de::Visitor<'_> for Bytes {
            type Value = Text;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Text, E> {
                Ok(Text(match core::str::from_utf8(bytes) {
                    Ok(text) => text.to_owned(),
                    Err(_) => without_surrogates(bytes),
                }))
            }
        }
        reader.deserialize_bytes(Bytes)
    }
}

/// Each half of a surrogate pair, three bytes that are not UTF-8, is one UTF-16 code unit, and so
/// is U+FFFD.
fn without_surrogates(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if chunk.invalid().first() == Some(&SURROGATE) {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

/// The first byte of a surrogate; the two that follow are invalid by themselves.
const SURROGATE: u8 = 0xed;

/// `Number.MAX_SAFE_INTEGER`
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;
