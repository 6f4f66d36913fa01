//! Checks a message of an export request, down to the last attribute, against the schema.
//!
//! A fault inside one record costs that record. A fault of the structure costs the
//! request: the sender learns of it, and not the backend.

use crate::attribute::Pair;
use crate::invalid::{Invalid, InvalidReason, RecordFault};
use crate::protobuf::{Value, fields, is_utf8, varints};
use crate::schema::{Field, Kind, Message, Presence, Role, is_attribute};

/// Checks one message. The first fault in it, or below it, is left in `fault` for the
/// record that encloses it; in a message that is not part of a record it is an error.
pub(crate) fn check(
    message: &'static Message,
    bytes: &[u8],
    depth: usize,
    fault: &mut Option<RecordFault>,
) -> Result<(), Invalid> {
    if depth > MAX_DEPTH {
        fault.get_or_insert(RecordFault::TooDeep);
        return Ok(());
    }
    let mut present = 0u64;
    let mut known = message.cursor();
    let mut reader = fields(bytes);
    while let Some(read) = reader.read() {
        let read = read?;
        let Some(field) = known.field(read.number) else {
            continue;
        };
        present |= 1 << field.number;
        if is_sound_attribute(field, read.value, depth) {
            continue;
        }
        check_field(message.role, field, read.value, depth, fault)
            .map_err(|invalid| invalid.within(field, bytes, read.raw))?;
    }
    if message.role == Role::Record && fault.is_none() {
        *fault = absent(message, present);
    }
    Ok(())
}

/// Checks one field of a message of this role.
pub(crate) fn check_field(
    role: Role,
    field: &'static Field,
    value: Value<'_>,
    depth: usize,
    fault: &mut Option<RecordFault>,
) -> Result<(), Invalid> {
    check_value(field, value, depth, fault)?;
    match fault {
        Some(fault) if role == Role::Envelope => Err(InvalidReason::Envelope(*fault).into()),
        _ => Ok(()),
    }
}

#[inline]
fn check_value(
    field: &'static Field,
    value: Value<'_>,
    depth: usize,
    fault: &mut Option<RecordFault>,
) -> Result<(), Invalid> {
    match (field.kind, value) {
        (Kind::Message(message), Value::Bytes(bytes)) => check(message, bytes, depth + 1, fault),
        (Kind::String, Value::Bytes(bytes)) => {
            if !is_utf8(bytes) {
                fault.get_or_insert(RecordFault::NotUtf8(field.name));
            }
            Ok(())
        }
        (Kind::Bytes, Value::Bytes(_)) => Ok(()),
        (Kind::TraceId, Value::Bytes(id)) => {
            check_id(field, id, TRACE_ID_BYTES, fault);
            Ok(())
        }
        (Kind::SpanId, Value::Bytes(id)) => {
            check_id(field, id, SPAN_ID_BYTES, fault);
            Ok(())
        }
        (kind, value) => match (scalar_width(kind), value) {
            (Some(Width::Varint), Value::Varint(_))
            | (Some(Width::Eight), Value::Fixed64(_))
            | (Some(Width::Four), Value::Fixed32(_)) => Ok(()),
            (Some(width), Value::Bytes(packed))
                if field.presence == Presence::Repeated && is_packed(width, packed) =>
            {
                Ok(())
            }
            (width, _) => Err(InvalidReason::WireType(wire_name(width)).into()),
        },
    }
}

/// Whether a field is an attribute which is sound and such as most are: a key, and a string or
/// a number. Most of a request is attributes; the others are checked by the schema.
#[inline(always)]
fn is_sound_attribute(field: &Field, value: Value<'_>, depth: usize) -> bool {
    let (Kind::Message(message), Value::Bytes(key_value)) = (field.kind, value) else {
        return false;
    };
    if !is_attribute(message) || depth + 2 > MAX_DEPTH {
        return false;
    }
    let Some(pair) = Pair::in_order(key_value) else {
        return false;
    };
    is_utf8(pair.key)
        && match pair.text() {
            Some(text) => is_utf8(text),
            None => pair.is_number(),
        }
}

fn check_id(field: &'static Field, id: &[u8], wanted: usize, fault: &mut Option<RecordFault>) {
    if field.presence == Presence::Required && id.iter().all(|byte| *byte == 0) {
        fault.get_or_insert(RecordFault::IdMissing(field.name));
    } else if !id.is_empty() && id.len() != wanted {
        // An empty id is an id that is not set.
        fault.get_or_insert(RecordFault::IdLength {
            field: field.name,
            length: id.len(),
            wanted,
        });
    }
}

fn absent(message: &'static Message, present: u64) -> Option<RecordFault> {
    message
        .fields
        .iter()
        .find(|field| field.presence == Presence::Required && present & (1 << field.number) == 0)
        .map(|field| RecordFault::IdMissing(field.name))
}

#[derive(Clone, Copy)]
enum Width {
    Varint,
    Four,
    Eight,
}

fn scalar_width(kind: Kind) -> Option<Width> {
    match kind {
        Kind::Bool
        | Kind::Enum
        | Kind::Uint32
        | Kind::Int32
        | Kind::Sint32
        | Kind::Uint64
        | Kind::Int64 => Some(Width::Varint),
        Kind::Fixed32 => Some(Width::Four),
        Kind::Fixed64 | Kind::Sfixed64 | Kind::Double => Some(Width::Eight),
        Kind::String | Kind::Bytes | Kind::TraceId | Kind::SpanId | Kind::Message(_) => None,
    }
}

fn is_packed(width: Width, packed: &[u8]) -> bool {
    match width {
        Width::Four => packed.len().is_multiple_of(4),
        Width::Eight => packed.len().is_multiple_of(8),
        Width::Varint => varints(packed).all(|value| value.is_ok()),
    }
}

fn wire_name(width: Option<Width>) -> &'static str {
    match width {
        Some(Width::Varint) => "varint",
        Some(Width::Four) => "four bytes",
        Some(Width::Eight) => "eight bytes",
        None => "length-delimited",
    }
}

/// Messages within one another, below the request: the limit of protobuf's own readers,
/// <https://protobuf.dev/programming-guides/proto-limits/>. A backend that has it would
/// not take the whole batch.
pub(crate) const MAX_DEPTH: usize = 100;

const TRACE_ID_BYTES: usize = 16;
const SPAN_ID_BYTES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Signal;
    use crate::attribute;
    use crate::field::resource::ATTRIBUTES;
    use crate::protobuf::Writer;
    use crate::schema::export_request;
    use proptest::prelude::*;

    /// The field `attributes` of a span's resource.
    fn attributes_field() -> &'static Field {
        let mut message = export_request(Signal::Traces);
        loop {
            let [first, ..] = message.fields else {
                panic!("a message has fields");
            };
            match first.kind {
                Kind::Message(inner) if !is_attribute(inner) => message = inner,
                _ => return first,
            }
        }
    }

    /// The way of all other fields, which reads the schema.
    fn is_sound_by_schema(field: &'static Field, pair: &[u8], depth: usize) -> bool {
        let mut fault = None;
        let checked = check_field(Role::Record, field, Value::Bytes(pair), depth, &mut fault);
        checked.is_ok() && fault.is_none()
    }

    fn written(key: &str, which: u8, text: &str, number: i64) -> Writer {
        let mut writer = Writer::new();
        match which {
            0 => attribute::bool(&mut writer, ATTRIBUTES, key, number > 0),
            1 => attribute::int(&mut writer, ATTRIBUTES, key, number),
            2 => attribute::double(&mut writer, ATTRIBUTES, key, number as f64),
            _ => attribute::string(&mut writer, ATTRIBUTES, key, text),
        }
        writer
    }

    proptest! {
        #[test]
        fn what_is_sound_at_first_sight_is_sound_by_the_schema(
            (key, text) in ("\\PC{1,20}", "(\\PC{0,40}|[a-z]{120,140})"),
            which in 0..4u8,
            number in any::<i64>(),
            (at, byte) in any::<(prop::sample::Index, u8)>(),
            depth in 0..MAX_DEPTH,
        ) {
            let field = attributes_field();
            let writer = written(&key, which, &text, number);
            let pair = fields(writer.as_bytes()).find_map(|field| field.ok()?.value.as_bytes());
            let mut pair = pair.expect("an attribute").to_vec();
            let is_sound = |pair: &[u8]| is_sound_attribute(field, Value::Bytes(pair), depth);
            // A negative number has ten bytes.
            let is_common = depth + 2 <= MAX_DEPTH && (which != 1 || number >= 0);
            prop_assert_eq!(is_sound(&pair), is_common);
            let at = at.index(pair.len());
            pair[at] = byte;
            prop_assert!(!is_sound(&pair) || is_sound_by_schema(field, &pair, depth));
        }
    }

    #[test]
    fn a_byte_that_is_no_utf8_is_found_in_keys_and_values() {
        let field = attributes_field();
        for place in ["key", "value"] {
            let writer = written("key", 3, "value", 0);
            let mut bytes = writer.into_bytes();
            let at = bytes
                .windows(place.len())
                .position(|at| at == place.as_bytes());
            bytes[at.expect("it is written")] = 0xff;
            let pair = fields(&bytes).find_map(|field| field.ok()?.value.as_bytes());
            let pair = pair.expect("an attribute");
            assert!(!is_sound_attribute(field, Value::Bytes(pair), 3), "{place}");
            let mut fault = None;
            let checked = check_field(Role::Record, field, Value::Bytes(pair), 3, &mut fault);
            assert!(checked.is_ok());
            assert!(matches!(fault, Some(RecordFault::NotUtf8(_))), "{place}");
        }
    }
}
