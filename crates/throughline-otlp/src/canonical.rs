//! One form for messages of the same content.
//!
//! In protobuf a message has many encodings: its fields have any order, a length may be written
//! with more bytes than it needs, and what is zero may be written or left out. So the bytes of
//! two messages do not say whether they are the same.

use crate::Signal;
use crate::inspect::MAX_DEPTH;
use crate::protobuf::{Field as Read, Value, Writer, fields};
use crate::schema::{self, Field, Kind, Message, Presence};
use alloc::vec::Vec;

/// An export request in the form that all requests with its records have: the fields of each
/// message in one order, those that are unknown last, every number in its shortest form, and
/// nothing that says no more than its absence. What is no message stays as it is, and so do
/// packed numbers.
pub fn canonical(signal: Signal, export_request: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    let message = schema::export_request(signal);
    write_message(&mut writer, message, &[export_request], 0);
    writer.into_bytes()
}

/// Writes a message that came in several parts, which continue each other:
/// <https://protobuf.dev/programming-guides/encoding/#last-one-wins>.
fn write_message(writer: &mut Writer, message: &Message, parts: &[&[u8]], depth: usize) {
    let read: Result<Vec<Read<'_>>, _> = parts.iter().flat_map(|part| fields(part)).collect();
    let Some(mut read) = read.ok().filter(|_| depth <= MAX_DEPTH) else {
        parts.iter().for_each(|part| writer.raw(part));
        return;
    };
    keep_last_member(message, &mut read);
    for field in message.fields {
        let mut values = read.iter().filter(|read| read.number == field.number);
        match (field.kind, field.presence) {
            (Kind::Message(message), Presence::Repeated) => values.for_each(|read| {
                write_messages(writer, field, message, &[read], depth);
            }),
            (Kind::Message(message), _) => {
                let values: Vec<&Read<'_>> = values.collect();
                write_messages(writer, field, message, &values, depth);
            }
            (_, Presence::Repeated) => values.for_each(|read| writer.raw(read.raw)),
            _ => {
                if let Some(last) = values.next_back() {
                    write_scalar(writer, field, last);
                }
            }
        }
    }
    let is_unknown = |read: &&Read<'_>| message.field(read.number).is_none();
    let unknown = read.iter().filter(is_unknown);
    unknown.for_each(|read| writer.raw(read.raw));
}

/// Writes the values of a field as one message.
fn write_messages(
    writer: &mut Writer,
    field: &Field,
    message: &Message,
    values: &[&Read<'_>],
    depth: usize,
) {
    let parts: Vec<&[u8]> = (values.iter())
        .filter_map(|read| read.value.as_bytes())
        .collect();
    if parts.is_empty() {
        return;
    }
    let open = writer.open(field.number);
    write_message(writer, message, &parts, depth + 1);
    writer.close(open);
}

/// Writes a value that is no message.
fn write_scalar(writer: &mut Writer, field: &Field, read: &Read<'_>) {
    let is_default = match read.value {
        Value::Bytes(bytes) => bytes.is_empty(),
        value => value.as_u64() == Some(0),
    };
    if is_default && field.presence == Presence::Implicit {
        return;
    }
    match read.value {
        Value::Varint(value) => writer.varint_present(field.number, in_width(field.kind, value)),
        Value::Fixed64(value) => writer.fixed64_present(field.number, value),
        Value::Bytes(bytes) => writer.bytes_present(field.number, bytes),
        // It has one encoding.
        Value::Fixed32(_) | Value::Group => writer.raw(read.raw),
    }
}

/// A varint as every reader takes it: of a type with 32 bits it has no more.
const fn in_width(kind: Kind, value: u64) -> u64 {
    match kind {
        Kind::Bool => (value != 0) as u64,
        Kind::Enum | Kind::Int32 => (value as i32 as i64).cast_unsigned(),
        Kind::Uint32 | Kind::Sint32 => value as u32 as u64,
        _ => value,
    }
}

/// Removes what a later member of the message's `oneof` replaced.
fn keep_last_member(message: &Message, read: &mut Vec<Read<'_>>) {
    let is_member = |number: u32| {
        let field = message.field(number);
        field.is_some_and(|field| field.presence == Presence::OneOf)
    };
    let Some(last) = read.iter().rfind(|read| is_member(read.number)) else {
        return;
    };
    let last = last.number;
    let is_replaced = |read: &Read<'_>| read.number != last && is_member(read.number);
    if let Some(replaced) = read.iter().rposition(is_replaced) {
        let mut position = 0;
        read.retain(|read| {
            position += 1;
            position > replaced + 1 || !is_member(read.number)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{
        any_value, export_request, key_value, resource_group, scope_group, span, status,
    };

    /// A request with one span.
    fn request(span: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut writer = Writer::new();
        let resource = writer.open(export_request::RESOURCE);
        let scope = writer.open(resource_group::SCOPE);
        let open = writer.open(scope_group::RECORD);
        span(&mut writer);
        writer.close(open);
        writer.close(scope);
        writer.close(resource);
        writer.into_bytes()
    }

    fn of(span: impl FnOnce(&mut Writer)) -> Vec<u8> {
        canonical(Signal::Traces, &request(span))
    }

    #[test]
    fn the_order_of_fields_says_nothing() {
        let one = of(|span| {
            span.string(span::NAME, "GET");
            span.varint(span::KIND, 2);
            span.raw(&[0x98, 0x06, 1]);
        });
        let other = of(|span| {
            span.raw(&[0x98, 0x06, 1]);
            span.varint(span::KIND, 2);
            span.string(span::NAME, "GET");
        });
        assert_eq!(one, other);
        let unlike = of(|span| span.string(span::NAME, "GET"));
        assert_ne!(one, unlike, "what is unknown is kept");
    }

    #[test]
    fn zeros_and_long_lengths_say_nothing() {
        let plain = of(|span| span.bytes_present(span::ATTRIBUTES, &[0x0a, 1, b'k']));
        let padded = of(|span| {
            span.raw(&[0x4a, 0x83, 0x80, 0x80, 0x00, 0x0a, 1, b'k']);
            span.varint_present(span::KIND, 0);
            span.bytes_present(span::NAME, b"");
        });
        assert_eq!(plain, padded);
    }

    #[test]
    fn a_member_of_a_oneof_stays_though_it_is_zero() {
        let value = |value: &[u8]| {
            let mut attribute = Writer::new();
            attribute.bytes_present(key_value::VALUE, value);
            of(|span| span.bytes_present(span::ATTRIBUTES, attribute.as_bytes()))
        };
        let mut zero = Writer::new();
        zero.varint_present(any_value::INT, 0);
        assert_ne!(value(zero.as_bytes()), value(b""));
        let mut replaced = Writer::new();
        replaced.string(any_value::STRING, "text");
        replaced.raw(zero.as_bytes());
        assert_eq!(value(replaced.as_bytes()), value(zero.as_bytes()));
    }

    #[test]
    fn parts_of_one_message_are_one() {
        let mut code = Writer::new();
        code.varint(status::CODE, 2);
        let mut text = Writer::new();
        text.string(status::MESSAGE, "no");
        let parts = of(|span| {
            span.bytes(span::STATUS, code.as_bytes());
            span.bytes(span::STATUS, text.as_bytes());
        });
        code.raw(text.as_bytes());
        assert_eq!(parts, of(|span| span.bytes(span::STATUS, code.as_bytes())));
    }

    #[test]
    fn the_form_is_its_own() {
        let request = request(|span| {
            span.bytes(span::ATTRIBUTES, &[0x12, 2, 0x18, 7, 0x0a, 1, b'k']);
            span.bytes(span::TRACE_ID, &[7; 16]);
        });
        let once = canonical(Signal::Traces, &request);
        assert_ne!(once, request);
        assert_eq!(canonical(Signal::Traces, &once), once);
    }

    #[test]
    fn what_is_no_message_stays() {
        assert_eq!(canonical(Signal::Logs, b"\xff\xff"), b"\xff\xff");
        let broken = request(|span| span.raw(&[0x4a, 2, 0x0a, 9]));
        assert_eq!(canonical(Signal::Traces, &broken), broken);
    }
}
