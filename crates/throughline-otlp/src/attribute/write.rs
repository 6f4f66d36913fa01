//! Writes attributes of each type.
//!
//! `field` is the number of the attribute list in the message that is open, for
//! example [`crate::field::span::ATTRIBUTES`].

use crate::field::{any_value, key_value, values};
use crate::protobuf::Writer;

/// Appends a string attribute, the empty string included.
pub fn string(writer: &mut Writer, field: u32, key: &str, value: &str) {
    let open = writer.open(field);
    writer.string(key_value::KEY, key);
    let any = writer.open(key_value::VALUE);
    writer.bytes_present(any_value::STRING, value.as_bytes());
    writer.close(any);
    writer.close(open);
}

/// Appends an integer attribute.
pub fn int(writer: &mut Writer, field: u32, key: &str, value: i64) {
    let open = writer.open(field);
    writer.string(key_value::KEY, key);
    let any = writer.open(key_value::VALUE);
    writer.varint_present(any_value::INT, value.cast_unsigned());
    writer.close(any);
    writer.close(open);
}

/// Appends a double attribute.
pub fn double(writer: &mut Writer, field: u32, key: &str, value: f64) {
    let open = writer.open(field);
    writer.string(key_value::KEY, key);
    let any = writer.open(key_value::VALUE);
    writer.double_present(any_value::DOUBLE, value);
    writer.close(any);
    writer.close(open);
}

/// Appends a boolean attribute.
pub fn bool(writer: &mut Writer, field: u32, key: &str, value: bool) {
    let open = writer.open(field);
    writer.string(key_value::KEY, key);
    let any = writer.open(key_value::VALUE);
    writer.varint_present(any_value::BOOL, u64::from(value));
    writer.close(any);
    writer.close(open);
}

/// Appends an attribute that is a list of strings.
pub fn strings<'a>(
    writer: &mut Writer,
    field: u32,
    key: &str,
    items: impl IntoIterator<Item = &'a str>,
) {
    list(writer, field, key, |writer| {
        for item in items {
            let open = writer.open(values::VALUES);
            writer.bytes_present(any_value::STRING, item.as_bytes());
            writer.close(open);
        }
    });
}

/// Appends an attribute that is a list; `write` appends its items, for example with [`map`].
pub fn list(writer: &mut Writer, field: u32, key: &str, write: impl FnOnce(&mut Writer)) {
    let open = writer.open(field);
    writer.string(key_value::KEY, key);
    let any = writer.open(key_value::VALUE);
    let array = writer.open(any_value::ARRAY);
    write(writer);
    writer.close(array);
    writer.close(any);
    writer.close(open);
}

/// Appends a map to the [`list`] that is open; `write` appends its entries as attributes in
/// [`values::VALUES`].
pub fn map(writer: &mut Writer, write: impl FnOnce(&mut Writer)) {
    let item = writer.open(values::VALUES);
    let map = writer.open(any_value::KVLIST);
    write(writer);
    writer.close(map);
    writer.close(item);
}
