//! Reads a JSON value as a scalar of the wire format.

use super::base64;
use super::number::{Double, Integer};
use crate::protobuf::Writer;
use crate::schema::{Field, Kind, Presence};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::de::{self, DeserializeSeed, Deserializer, Visitor};
use throughline_trace_context::hex;

/// A scalar in its wire type.
pub(super) enum Scalar<'de> {
    Varint(u64),
    Fixed32(u32),
    Fixed64(u64),
    Bytes(Cow<'de, [u8]>),
}

impl Scalar<'_> {
    /// Writes it as the value of a field that is not repeated.
    pub(super) fn write_field(&self, writer: &mut Writer, field: &Field) {
        let present = matches!(field.presence, Presence::Explicit | Presence::OneOf);
        match self {
            Scalar::Varint(value) if present => writer.varint_present(field.number, *value),
            Scalar::Varint(value) => writer.varint(field.number, *value),
            Scalar::Fixed64(value) if present => writer.fixed64_present(field.number, *value),
            Scalar::Fixed64(value) => writer.fixed64(field.number, *value),
            Scalar::Fixed32(value) => writer.fixed32(field.number, *value),
            Scalar::Bytes(bytes) if present => writer.bytes_present(field.number, bytes),
            Scalar::Bytes(bytes) => writer.bytes(field.number, bytes),
        }
    }

    /// Writes it as an element of a repeated field; the caller has opened a packed one.
    pub(super) fn write_element(&self, writer: &mut Writer, field: &Field) {
        match self {
            Scalar::Varint(value) => writer.varint_packed(*value),
            Scalar::Fixed64(value) => writer.raw(&value.to_le_bytes()),
            Scalar::Fixed32(value) => writer.raw(&value.to_le_bytes()),
            Scalar::Bytes(bytes) => writer.bytes_present(field.number, bytes),
        }
    }
}

/// Reads a scalar; `None` for null.
pub(super) struct ScalarOf {
    pub(super) kind: Kind,
}

impl<'de> DeserializeSeed<'de> for ScalarOf {
    type Value = Option<Scalar<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        let integer = |least: i128, most: i128| Integer { least, most };
        let signed32 = || integer(i32::MIN.into(), i32::MAX.into());
        let signed64 = || integer(i64::MIN.into(), i64::MAX.into());
        let unsigned32 = || integer(0, u32::MAX.into());
        let unsigned64 = || integer(0, u64::MAX.into());
        // The bounds make each cast below exact.
        Ok(match self.kind {
            Kind::Enum | Kind::Int32 => (signed32().deserialize(source)?)
                .map(|value| Scalar::Varint((value as i64).cast_unsigned())),
            Kind::Int64 => (signed64().deserialize(source)?)
                .map(|value| Scalar::Varint((value as i64).cast_unsigned())),
            Kind::Sint32 => {
                (signed32().deserialize(source)?).map(|value| Scalar::Varint(zigzag(value as i32)))
            }
            Kind::Uint32 => {
                (unsigned32().deserialize(source)?).map(|value| Scalar::Varint(value as u64))
            }
            Kind::Uint64 => {
                (unsigned64().deserialize(source)?).map(|value| Scalar::Varint(value as u64))
            }
            Kind::Fixed32 => {
                (unsigned32().deserialize(source)?).map(|value| Scalar::Fixed32(value as u32))
            }
            Kind::Fixed64 => {
                (unsigned64().deserialize(source)?).map(|value| Scalar::Fixed64(value as u64))
            }
            Kind::Sfixed64 => (signed64().deserialize(source)?)
                .map(|value| Scalar::Fixed64((value as i64).cast_unsigned())),
            Kind::Double => {
                (Double.deserialize(source)?).map(|value| Scalar::Fixed64(value.to_bits()))
            }
            Kind::Bool => {
                (source.deserialize_any(Boolean)?).map(|value| Scalar::Varint(value.into()))
            }
            Kind::String | Kind::Bytes | Kind::TraceId | Kind::SpanId | Kind::Message(_) => {
                source.deserialize_option(Text { kind: self.kind })?
            }
        })
    }
}

/// Reads a boolean, or null.
struct Boolean;

impl Visitor<'_> for Boolean {
    type Value = Option<bool>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a boolean")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(value))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Err(E::invalid_type(excerpt(text), &self))
    }
}

/// Reads a string, or null.
struct Text {
    kind: Kind,
}

impl<'de> Visitor<'de> for Text {
    type Value = Option<Scalar<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Bytes => "bytes in base64",
            Kind::TraceId => "a trace id in hex",
            Kind::SpanId => "a span id in hex",
            _ => "a string",
        })
    }

    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        // Not as a string: a string is refused for a surrogate without its other half.
        source.deserialize_bytes(self)
    }

    fn visit_borrowed_bytes<E: de::Error>(self, text: &'de [u8]) -> Result<Self::Value, E> {
        match self.kind {
            // A borrowed text has no escapes, and so no surrogates.
            Kind::String => Ok(Some(Scalar::Bytes(Cow::Borrowed(text)))),
            _ => self.visit_bytes(text),
        }
    }

    fn visit_bytes<E: de::Error>(self, text: &[u8]) -> Result<Self::Value, E> {
        let text = without_surrogates(text.to_vec());
        let text = String::from_utf8(text).map_err(E::custom)?;
        let bytes = match self.kind {
            Kind::Bytes => base64::decode(&text),
            Kind::TraceId | Kind::SpanId => hex::decode(&text),
            _ => return Ok(Some(Scalar::Bytes(Cow::Owned(text.into_bytes())))),
        };
        let bytes = bytes.ok_or_else(|| E::invalid_value(excerpt(&text), &self))?;
        Ok(Some(Scalar::Bytes(Cow::Owned(bytes))))
    }
}

/// Replaces each surrogate that lacks its other half by U+FFFD. `JSON.stringify` writes such
/// a surrogate, `\ud83d`, for a string that was cut inside an emoji. It arrives here as the
/// three bytes that UTF-8 would have for it; U+FFFD has three as well.
fn without_surrogates(mut text: Vec<u8>) -> Vec<u8> {
    let mut rest = text.as_mut_slice();
    while let Some(at) = rest
        .windows(2)
        .position(|two| two[0] == 0xed && two[1] >= 0xa0)
    {
        for (byte, replacement) in rest[at..].iter_mut().zip("\u{fffd}".bytes()) {
            *byte = replacement;
        }
        rest = &mut rest[at + 2..];
    }
    text
}

/// The beginning of a text, for an error message: the text itself may have megabytes.
pub(super) fn excerpt(text: &str) -> de::Unexpected<'_> {
    de::Unexpected::Str(&text[..text.floor_char_boundary(EXCERPT)])
}

fn zigzag(value: i32) -> u64 {
    u64::from((value << 1 ^ value >> 31).cast_unsigned())
}

/// Bytes of an [`excerpt`].
const EXCERPT: usize = 64;
