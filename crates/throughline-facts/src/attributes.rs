//! Which attribute does a field of a record become?

use crate::record::Fields;
use throughline_otlp::attribute;
use throughline_otlp::protobuf::Writer;

/// How a field becomes a value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    /// As it stands.
    Text,
    /// A whole number.
    Integer,
    /// µs, told as ms.
    Milliseconds,
    /// `1` is true, anything else false.
    Truth,
}

/// Appends the next fields as attributes, one for each entry of `table`. A field that is
/// empty, or a time that is 0, is no attribute.
pub(crate) fn write(
    writer: &mut Writer,
    list: u32,
    fields: &mut Fields<'_>,
    table: &[(Form, &str)],
) {
    for &(form, key) in table {
        let text = fields.text();
        if text.is_empty() {
            continue;
        }
        let number = Fields::of(text).number();
        match form {
            Form::Text => attribute::string(writer, list, key, text),
            Form::Integer => attribute::int(writer, list, key, number.cast_signed()),
            Form::Milliseconds if number == 0 => {}
            Form::Milliseconds => attribute::double(writer, list, key, milliseconds(number)),
            Form::Truth => attribute::bool(writer, list, key, number == 1),
        }
    }
}

/// Whole µs as ms.
pub(crate) const fn milliseconds(micros: u64) -> f64 {
    micros as f64 / 1000.0
}
