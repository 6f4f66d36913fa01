//! Reads OTLP/JSON into a protobuf message.

use super::scalar::{ScalarOf, excerpt};
use crate::inspect::MAX_DEPTH;
use crate::invalid::Place;
use crate::protobuf::{Nesting, OpenNested};
use crate::schema::{Field, Kind, Message, Presence};
use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::{fmt, str};
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Translates one message of OTLP/JSON.
///
/// Unknown keys are ignored and `null` means not set. A known key that appears twice is
/// refused: readers differ in which of the two counts ([RFC 8259, 4], [RFC 7493, 2.3]). A
/// message that is nested too deep becomes an empty one, which [`crate::inspect`] finds.
///
/// [RFC 8259, 4]: https://www.rfc-editor.org/rfc/rfc8259#section-4
/// [RFC 7493, 2.3]: https://www.rfc-editor.org/rfc/rfc7493#section-2.3
///
/// # Errors
/// [`InvalidJson`] with place and reason; the sender is at fault.
pub fn to_protobuf(message: &'static Message, json: &[u8]) -> Result<Vec<u8>, InvalidJson> {
    let mut reading = Reading {
        writer: Nesting::default(),
        steps: Vec::new(),
    };
    // RFC 8259, 8.1. Checked for the whole text, since ignored values are not read below.
    let json = str::from_utf8(json).map_err(InvalidJson::not_utf8)?;
    // Which a reader may ignore, and senders on Windows write.
    let json = json.strip_prefix('\u{feff}').unwrap_or(json);
    let mut source = serde_json::Deserializer::from_str(json);
    // Its limit of 128 levels is less than MAX_DEPTH messages, which is the limit here.
    source.disable_recursion_limit();
    let read = MessageBody {
        message,
        reading: &mut reading,
    }
    .deserialize(&mut source)
    .and_then(|()| source.end());
    match read {
        Ok(()) => Ok(reading.writer.into_bytes()),
        Err(error) => Err(InvalidJson::new(&reading.steps, &error)),
    }
}

/// Error for JSON that is not a message of the expected type. The sender is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {reason}")]
pub struct InvalidJson {
    /// Path of JSON names.
    pub at: Place,
    /// The fault there, with line and column.
    pub reason: Box<str>,
}

impl InvalidJson {
    fn not_utf8(error: str::Utf8Error) -> Self {
        Self {
            at: Place::default(),
            reason: error.to_string().into(),
        }
    }

    fn new(steps: &[(&'static str, Option<usize>)], error: &serde_json::Error) -> Self {
        let mut at = Place::default();
        for (name, index) in steps.iter().rev() {
            at.within(name, *index);
        }
        Self {
            at,
            reason: error.to_string().into(),
        }
    }
}

/// The message written so far, and the reader's place in the JSON. After an error the steps
/// stay as they were: they are the place of the error.
struct Reading {
    writer: Nesting,
    steps: Vec<(&'static str, Option<usize>)>,
}

/// Reads a JSON object into the fields of a message; the caller has opened it.
struct MessageBody<'r> {
    message: &'static Message,
    reading: &'r mut Reading,
}

impl<'de> DeserializeSeed<'de> for MessageBody<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        if self.reading.steps.len() > MAX_DEPTH {
            // The object becomes an empty message that is still too deep: its record is unusable.
            source.deserialize_ignored_any(IgnoredAny)?;
            return Ok(());
        }
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for MessageBody<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object ({})", self.message.name)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        Err(E::invalid_type(excerpt(text), &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = 0u64;
        while let Some(FieldName(field)) = map.next_key_seed(NameOf(self.message))? {
            let Some(field) = field else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            self.reading.steps.push((field.name, None));
            if seen & (1 << field.number) != 0 {
                return Err(de::Error::custom("the key appears twice"));
            }
            seen |= 1 << field.number;
            map.next_value_seed(FieldValue {
                field,
                reading: self.reading,
            })?;
            self.reading.steps.pop();
        }
        Ok(())
    }
}

/// Looks up the field that a key names, without keeping the key.
struct NameOf(&'static Message);

struct FieldName(Option<&'static Field>);

impl<'de> DeserializeSeed<'de> for NameOf {
    type Value = FieldName;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<FieldName, D::Error> {
        // As bytes, because an unknown key may be any sequence of escapes.
        source.deserialize_bytes(self)
    }
}

impl Visitor<'_> for NameOf {
    type Value = FieldName;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_bytes<E: de::Error>(self, name: &[u8]) -> Result<FieldName, E> {
        let name = str::from_utf8(name).unwrap_or_default();
        Ok(FieldName(self.0.field_named(name)))
    }
}

/// Reads the value of a field, a list of them if it is repeated, and writes it.
struct FieldValue<'r> {
    field: &'static Field,
    reading: &'r mut Reading,
}

impl<'de> DeserializeSeed<'de> for FieldValue<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        if self.field.presence == Presence::Repeated {
            return source.deserialize_any(List(self));
        }
        if let Kind::Message(message) = self.field.kind {
            return source.deserialize_option(Nested {
                message,
                field: self.field,
                reading: self.reading,
            });
        }
        if let Some(scalar) = (ScalarOf {
            kind: self.field.kind,
        })
        .deserialize(source)?
        {
            scalar.write_field(self.reading.writer.fields(), self.field);
        }
        Ok(())
    }
}

/// Reads a message, or null.
struct Nested<'r> {
    message: &'static Message,
    field: &'static Field,
    reading: &'r mut Reading,
}

impl<'de> Visitor<'de> for Nested<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object ({})", self.message.name)
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        let open = self.reading.writer.open(self.field.number);
        MessageBody {
            message: self.message,
            reading: self.reading,
        }
        .deserialize(source)?;
        self.reading.writer.close(open);
        Ok(())
    }
}

/// Reads a list, or null.
struct List<'r>(FieldValue<'r>);

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        Err(E::invalid_type(excerpt(text), &self))
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self(FieldValue { field, reading }) = self;
        let mut packed = None;
        let mut index = 0;
        loop {
            if let Some(step) = reading.steps.last_mut() {
                step.1 = Some(index);
            }
            let element = Element {
                field,
                reading,
                packed: &mut packed,
            };
            if list.next_element_seed(element)?.is_none() {
                break;
            }
            index += 1;
        }
        if let Some(open) = packed {
            reading.writer.close(open);
        }
        Ok(())
    }
}

/// Reads one value of a repeated field.
struct Element<'r> {
    field: &'static Field,
    reading: &'r mut Reading,
    /// The packed field, which the first value opens.
    packed: &'r mut Option<OpenNested>,
}

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        if let Kind::Message(message) = self.field.kind {
            let open = self.reading.writer.open(self.field.number);
            MessageBody {
                message,
                reading: self.reading,
            }
            .deserialize(source)?;
            self.reading.writer.close(open);
            return Ok(());
        }
        if self.field.kind.is_packed() && self.packed.is_none() {
            *self.packed = Some(self.reading.writer.open(self.field.number));
        }
        let scalar = ScalarOf {
            kind: self.field.kind,
        }
        .deserialize(source)?
        .ok_or_else(|| de::Error::custom("null in a list"))?;
        scalar.write_element(self.reading.writer.fields(), self.field);
        Ok(())
    }
}
