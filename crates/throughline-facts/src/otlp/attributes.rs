//! Writes fields of a record as attributes.

use crate::text::{Fields, List, number};
use throughline_otlp::attribute;
use throughline_otlp::field::{any_value, key_value, values};
use throughline_otlp::protobuf::Writer;
use throughline_wire::facts::{Attribute, Form};

/// Appends the attributes of `table`. Its positions count from `first`. A field that is
/// empty, or a time that is 0, is no attribute.
pub(super) fn write(
    writer: &mut Writer,
    list: u32,
    fields: &Fields<'_>,
    first: usize,
    table: &[Attribute],
) {
    for &(position, form, key) in table {
        let position = first + usize::from(position);
        let text = fields.text(position);
        if text.is_empty() {
            continue;
        }
        let number = fields.number(position);
        match form {
            Form::Text => attribute::string(writer, list, key, text),
            Form::Integer => attribute::int(writer, list, key, number.cast_signed()),
            Form::Milliseconds if number == 0 => {}
            Form::Milliseconds => attribute::double(writer, list, key, number as f64 / 1000.0),
            Form::Flag => attribute::bool(writer, list, key, number == 1),
        }
    }
}

/// Appends a string attribute, unless the value is absent.
pub(super) fn text(writer: &mut Writer, list: u32, key: &str, value: &str) {
    if !value.is_empty() {
        attribute::string(writer, list, key, value);
    }
}

/// Appends the attributes in a field of pairs.
pub(super) fn pairs(writer: &mut Writer, list: u32, field: &str) {
    let mut items = List::items(field);
    while !items.is_empty() {
        let (key, value) = (items.text(), items.text());
        if value.as_bytes().first().is_some_and(u8::is_ascii_digit) {
            attribute::double(writer, list, key, number(value) as f64 / 1000.0);
        } else {
            text(writer, list, key, value);
        }
    }
}

/// Appends the texts of a list: names, each with its value.
pub(super) fn texts(writer: &mut Writer, list: u32, items: &str) {
    let mut items = List::items(items);
    while !items.is_empty() {
        text(writer, list, items.text(), items.text());
    }
}

/// Appends the attributes of a list whose values begin with the letter of their type. One of a
/// type that is not known here is left out.
pub(super) fn typed(writer: &mut Writer, list: u32, field: &str) {
    let mut items = List::items(field);
    while !items.is_empty() {
        let (key, value) = (items.text(), items.text());
        // An item of no list.
        if key.is_empty() {
            continue;
        }
        if value != LIST {
            if let Some(value) = Typed::parse(value) {
                let open = writer.open(list);
                writer.string(key_value::KEY, key);
                value.write(writer, key_value::VALUE);
                writer.close(open);
            }
            continue;
        }
        attribute::list(writer, list, key, |writer| {
            let mut ahead = items;
            while !ahead.is_empty() && ahead.text().is_empty() {
                if let Some(value) = Typed::parse(ahead.text()) {
                    value.write(writer, values::VALUES);
                }
                items = ahead;
            }
        });
    }
}

/// A value behind the letter of its type.
enum Typed<'a> {
    Int(i64),
    Double(f64),
    Bool(bool),
    Text(&'a str),
}

impl<'a> Typed<'a> {
    /// `None` for a type that is not known here, and for what is no value of its type.
    fn parse(text: &'a str) -> Option<Self> {
        let (letter, value) = text.split_at_checked(1)?;
        match letter {
            "i" => Some(Self::Int(bits(value)?.cast_signed())),
            "d" => Some(Self::Double(f64::from_bits(bits(value)?))),
            "b" => Some(Self::Bool(value == "true")),
            "s" => Some(Self::Text(value)),
            _ => None,
        }
    }

    /// Appends it as an `AnyValue`.
    fn write(&self, writer: &mut Writer, field: u32) {
        let open = writer.open(field);
        match *self {
            Self::Int(value) => writer.varint_present(any_value::INT, value.cast_unsigned()),
            Self::Double(value) => writer.double_present(any_value::DOUBLE, value),
            Self::Bool(value) => writer.varint_present(any_value::BOOL, u64::from(value)),
            Self::Text(value) => writer.bytes_present(any_value::STRING, value.as_bytes()),
        }
        writer.close(open);
    }
}

/// 64 bits in hexadecimal digits: parsers of numbers would be a tenth of the module for plain OTLP.
fn bits(digits: &str) -> Option<u64> {
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    digits.bytes().try_fold(0, |bits, digit| {
        Some(bits << 4 | u64::from(char::from(digit).to_digit(16)?))
    })
}

/// Appends what the page has made itself: texts, and in the next field what is no text, as
/// fields of the record in protobuf and hexadecimal digits.
pub(super) fn given(writer: &mut Writer, list: u32, fields: &Fields<'_>, at: usize) {
    texts(writer, list, fields.text(at));
    for pair in fields.text(at + 1).as_bytes().chunks_exact(2) {
        let [high, low] = [pair[0], pair[1]].map(|digit| (digit & 15) + (digit >> 6) * 9);
        writer.raw(&[(high << 4) | low]);
    }
}

/// The value that begins a list.
const LIST: &str = "L";
