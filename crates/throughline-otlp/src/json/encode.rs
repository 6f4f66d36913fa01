//! Writes a protobuf message as OTLP/JSON.

use super::base64;
use crate::inspect::MAX_DEPTH;
use crate::protobuf::{Value, fields, varints};
use crate::schema::{Field, Kind, Message, Presence};
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::str;
use serde::ser::{Error, Serialize, SerializeMap, SerializeSeq, Serializer};
use throughline_trace_context::hex;

/// Writes one message as OTLP/JSON. Fields that the schema does not know are left
/// out: JSON has no names for them.
///
/// # Errors
/// [`InvalidProtobuf`] when the bytes are not such a message. A request that
/// [`crate::inspect`] accepted never causes it.
pub fn from_protobuf(message: &'static Message, bytes: &[u8]) -> Result<String, InvalidProtobuf> {
    let body = Body {
        message,
        values: &[Value::Bytes(bytes)],
        depth: 0,
    };
    serde_json::to_string(&body).map_err(|error| InvalidProtobuf(error.to_string().into()))
}

/// Error for bytes that are not a message of the expected type. Their sender is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not a message of the expected type: {0}")]
pub struct InvalidProtobuf(Box<str>);

/// A message that is written as an object. Several values of one field are merged: in
/// protobuf one message continues where the other ends.
struct Body<'a> {
    message: &'static Message,
    values: &'a [Value<'a>],
    depth: usize,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
        if self.depth > MAX_DEPTH {
            return Err(S::Error::custom("too deep"));
        }
        let mut values = Vec::new();
        let parts = self.values.iter().filter_map(|value| value.as_bytes());
        for read in parts.flat_map(fields) {
            let read = read.map_err(S::Error::custom)?;
            values.push((read.number, read.value));
        }
        keep_last_member(self.message, &mut values);
        let mut object = sink.serialize_map(None)?;
        for field in self.message.fields {
            let own: Vec<Value<'_>> = (values.iter())
                .filter(|(number, _)| *number == field.number)
                .map(|(_, value)| *value)
                .collect();
            let depth = self.depth;
            match own.as_slice() {
                [] => {}
                values if field.presence == Presence::Repeated => {
                    let list = List {
                        field,
                        values,
                        depth,
                    };
                    object.serialize_entry(field.name, &list)?;
                }
                values => {
                    let one = One {
                        field,
                        values,
                        depth,
                    };
                    object.serialize_entry(field.name, &one)?;
                }
            }
        }
        object.end()
    }
}

/// Removes what a later member of the message's `oneof` replaced: JSON may name one alone.
/// <https://protobuf.dev/programming-guides/encoding/#last-one-wins>
fn keep_last_member(message: &Message, values: &mut Vec<(u32, Value<'_>)>) {
    let is_member = |number: u32| {
        let field = message.field(number);
        field.is_some_and(|field| field.presence == Presence::OneOf)
    };
    let Some((last, _)) = values.iter().rfind(|(number, _)| is_member(*number)) else {
        return;
    };
    let last = *last;
    let is_replaced = |number: u32| number != last && is_member(number);
    let replaced = (values.iter()).rposition(|(number, _)| is_replaced(*number));
    if let Some(end) = replaced {
        let mut position = 0;
        values.retain(|(number, _)| {
            position += 1;
            position > end + 1 || !is_member(*number)
        });
    }
}

/// All values of a repeated field.
struct List<'a> {
    field: &'static Field,
    values: &'a [Value<'a>],
    depth: usize,
}

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
        let mut list = sink.serialize_seq(None)?;
        for value in self.values {
            match *value {
                Value::Bytes(packed) if self.field.kind.is_packed() => {
                    for value in unpack(self.field.kind, packed) {
                        list.serialize_element(&self.element(&[value]))?;
                    }
                }
                value => list.serialize_element(&self.element(&[value]))?,
            }
        }
        list.end()
    }
}

impl List<'_> {
    fn element<'v>(&self, values: &'v [Value<'v>]) -> One<'v> {
        One {
            field: self.field,
            values,
            depth: self.depth,
        }
    }
}

/// A field with one value. Of several values the last one counts; messages are merged.
struct One<'a> {
    field: &'static Field,
    values: &'a [Value<'a>],
    depth: usize,
}

impl Serialize for One<'_> {
    fn serialize<S: Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
        let Some(last) = self.values.last().copied() else {
            return sink.serialize_unit();
        };
        let (bytes, number) = (
            last.as_bytes().unwrap_or_default(),
            last.as_u64().unwrap_or_default(),
        );
        // A varint of a 32-bit type is cut to 32 bits, as every protobuf reader does.
        match self.field.kind {
            Kind::Bool => sink.serialize_bool(number != 0),
            Kind::Enum | Kind::Int32 => sink.serialize_i32(number as i32),
            Kind::Sint32 => sink.serialize_i32(unzigzag(number)),
            Kind::Uint32 | Kind::Fixed32 => sink.serialize_u32(number as u32),
            Kind::Uint64 | Kind::Fixed64 => sink.collect_str(&number),
            Kind::Int64 | Kind::Sfixed64 => sink.collect_str(&number.cast_signed()),
            Kind::Double => serialize_double(f64::from_bits(number), sink),
            Kind::String => sink.serialize_str(str::from_utf8(bytes).map_err(S::Error::custom)?),
            Kind::Bytes => sink.serialize_str(&base64::encode(bytes)),
            Kind::TraceId | Kind::SpanId => sink.serialize_str(&hex::encode(bytes)),
            Kind::Message(message) => Body {
                message,
                values: self.values,
                depth: self.depth + 1,
            }
            .serialize(sink),
        }
    }
}

fn unpack(kind: Kind, packed: &[u8]) -> Vec<Value<'_>> {
    match kind {
        Kind::Fixed32 => (packed.as_chunks().0.iter())
            .map(|bytes| Value::Fixed32(u32::from_le_bytes(*bytes)))
            .collect(),
        Kind::Fixed64 | Kind::Sfixed64 | Kind::Double => (packed.as_chunks().0.iter())
            .map(|bytes| Value::Fixed64(u64::from_le_bytes(*bytes)))
            .collect(),
        _ => varints(packed)
            .map_while(Result::ok)
            .map(Value::Varint)
            .collect(),
    }
}

fn serialize_double<S: Serializer>(value: f64, sink: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() {
        sink.serialize_f64(value)
    } else if value.is_nan() {
        sink.serialize_str("NaN")
    } else if value > 0.0 {
        sink.serialize_str("Infinity")
    } else {
        sink.serialize_str("-Infinity")
    }
}

fn unzigzag(value: u64) -> i32 {
    let value = value as u32;
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}
