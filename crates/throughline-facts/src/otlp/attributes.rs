//! Writes fields of a record as attributes.

use crate::text::{Fields, List, number};
use throughline_otlp::attribute;
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

/// Appends what the page has made itself: texts, and in the next field what is no text, as
/// fields of the record in protobuf and hexadecimal digits.
pub(super) fn given(writer: &mut Writer, list: u32, fields: &Fields<'_>, at: usize) {
    texts(writer, list, fields.text(at));
    for pair in fields.text(at + 1).as_bytes().chunks_exact(2) {
        let [high, low] = [pair[0], pair[1]].map(|digit| (digit & 15) + (digit >> 6) * 9);
        writer.raw(&[(high << 4) | low]);
    }
}
