//! Redacts what a page gives in protobuf: attributes that are no texts, events, links, the status.

use super::Plan;
use alloc::vec::Vec;
use throughline_otlp::attribute::Pair;
use throughline_otlp::field::{
    any_value, key_value, log_record, span, span_event, span_link, status, values,
};
use throughline_otlp::protobuf::{Field, Writer};
use throughline_otlp::rewrite::{Edit, edit_fields, edit_within};
use throughline_scrub::Kind;

/// The message that the fields are of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Record {
    Span,
    Log,
}

/// Appends fields in hexadecimal digits, redacted.
pub(super) fn hexadecimal(redacted: &mut Vec<u8>, digits: &str, record: Record) {
    let digits = digits.as_bytes();
    let mut message = Vec::with_capacity(digits.len() / 2);
    for pair in digits.chunks_exact(2) {
        let [high, low] = [pair[0], pair[1]].map(|digit| (digit & 15) + (digit >> 6) * 9);
        message.push((high << 4) | low);
    }
    let mut writer = Writer::new();
    let is_changed = edit_fields(&message, &mut writer, |field, writer| match record {
        Record::Span => of_span(field, writer),
        Record::Log => match field.number {
            log_record::ATTRIBUTES => attribute(field, writer),
            log_record::BODY => value(field, writer, Plan::of("")),
            _ => Edit::Keep,
        },
    });
    if !is_changed {
        return redacted.extend_from_slice(digits);
    }
    for byte in writer.as_bytes() {
        for digit in [byte >> 4, byte & 15] {
            redacted.push(if digit > 9 { b'a' - 10 } else { b'0' } + digit);
        }
    }
}

fn of_span(field: Field<'_>, writer: &mut Writer) -> Edit {
    let (name, attributes) = match field.number {
        span::ATTRIBUTES => return attribute(field, writer),
        span::EVENTS => (span_event::NAME, span_event::ATTRIBUTES),
        span::LINKS => (NONE, span_link::ATTRIBUTES),
        span::STATUS => (status::MESSAGE, NONE),
        _ => return Edit::Keep,
    };
    edit_within(field, writer, |field, writer| match field.number {
        number if number == name => text(field, writer, Plan::of("")),
        number if number == attributes => attribute(field, writer),
        _ => Edit::Keep,
    })
}

fn attribute(field: Field<'_>, writer: &mut Writer) -> Edit {
    let pair = Pair::read(field.value.as_bytes().unwrap_or_default());
    let plan = Plan::of(core::str::from_utf8(pair.key).unwrap_or_default());
    edit_within(field, writer, |field, writer| match field.number {
        key_value::VALUE => value(field, writer, plan),
        _ => Edit::Keep,
    })
}

/// Redacts an `AnyValue`, and the values in lists and maps.
fn value(field: Field<'_>, writer: &mut Writer, plan: Plan) -> Edit {
    edit_within(field, writer, |field, writer| match field.number {
        any_value::STRING | any_value::BYTES => text(field, writer, plan),
        any_value::INT | any_value::DOUBLE if plan.is_whole => {
            writer.bytes_present(any_value::STRING, Kind::Credential.replacement().as_bytes());
            Edit::Replace
        }
        any_value::ARRAY => edit_within(field, writer, |field, writer| match field.number {
            values::VALUES => value(field, writer, plan),
            _ => Edit::Keep,
        }),
        any_value::KVLIST => edit_within(field, writer, |field, writer| match field.number {
            values::VALUES if !plan.is_whole => attribute(field, writer),
            values::VALUES => edit_within(field, writer, |field, writer| match field.number {
                key_value::VALUE => value(field, writer, plan),
                _ => Edit::Keep,
            }),
            _ => Edit::Keep,
        }),
        _ => Edit::Keep,
    })
}

fn text(field: Field<'_>, writer: &mut Writer, plan: Plan) -> Edit {
    let text = field.value.as_bytes().unwrap_or_default();
    match plan.redact(text) {
        Some(redacted) => {
            writer.bytes_present(field.number, &redacted);
            Edit::Replace
        }
        None => Edit::Keep,
    }
}

/// No field has this number.
const NONE: u32 = 0;
