//! Cuts encoded values to a length.

use sha2::{Digest, Sha256};
use throughline_otlp::field::{any_value, key_value, values};
use throughline_otlp::protobuf::{Field, Value, Writer};
use throughline_otlp::rewrite::{Edit, edit_fields};
use throughline_trace_context::hex;

/// How a value is cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// The most bytes that are left.
    pub(super) limit: usize,
    /// Whether the last of them are a hash of the whole, so that values that differ still do.
    pub(super) keeps_hash: bool,
}

impl Cut {
    /// Cuts the value of an encoded attribute; whether it was too long.
    pub(super) fn attribute(self, key_value: &[u8], writer: &mut Writer) -> bool {
        // What is shorter as a whole has no value that is too long.
        key_value.len() > self.limit
            && edit_fields(key_value, writer, |field, writer| match field.number {
                key_value::VALUE => {
                    nested(field, writer, |bytes, writer| self.value(bytes, writer))
                }
                _ => Edit::Keep,
            })
    }

    /// Cuts each text in an encoded value, at a border of its characters, and each of its bytes.
    pub(super) fn value(self, any_value: &[u8], writer: &mut Writer) -> bool {
        any_value.len() > self.limit
            && edit_fields(any_value, writer, |field, writer| {
                let Value::Bytes(bytes) = field.value else {
                    return Edit::Keep;
                };
                match field.number {
                    any_value::STRING if bytes.len() > self.limit => {
                        self.text(bytes, writer);
                        Edit::Replace
                    }
                    any_value::BYTES if bytes.len() > self.limit => {
                        self.bytes(bytes, writer);
                        Edit::Replace
                    }
                    any_value::ARRAY => self.each(field, writer, Self::value),
                    any_value::KVLIST => self.each(field, writer, Self::attribute),
                    _ => Edit::Keep,
                }
            })
    }

    /// Cuts each item of a list.
    fn each(
        self,
        list: Field<'_>,
        writer: &mut Writer,
        cut: impl Fn(Self, &[u8], &mut Writer) -> bool,
    ) -> Edit {
        nested(list, writer, |list, writer| {
            edit_fields(list, writer, |item, writer| match item.number {
                values::VALUES => nested(item, writer, |bytes, writer| cut(self, bytes, writer)),
                _ => Edit::Keep,
            })
        })
    }

    fn text(self, text: &[u8], writer: &mut Writer) {
        let mut left = Vec::new();
        if self.keeps_hash {
            left.extend_from_slice(b"~");
            left.extend_from_slice(hex::encode(&hash(text)).as_bytes());
        }
        let mut end = self.limit.saturating_sub(left.len());
        while is_inside_character(text, end) {
            end -= 1;
        }
        left.splice(..0, text.iter().take(end).copied());
        writer.bytes_present(any_value::STRING, &left);
    }

    fn bytes(self, bytes: &[u8], writer: &mut Writer) {
        let hash = hash(bytes);
        let end: &[u8] = if self.keeps_hash { &hash } else { &[] };
        let begin = bytes.get(..self.limit.saturating_sub(end.len()));
        let left = [begin.unwrap_or_default(), end].concat();
        writer.bytes_present(any_value::BYTES, &left);
    }
}

/// The first 8 bytes of SHA-256: `printf %s "$value" | sha256sum | head -c 16` shows them for a text.
///
/// Senders choose values, so it must be a hash for which nobody finds two values on purpose; and one
/// that never changes, as the key of a stream. Of a million values two are equal with a chance of one in
/// 36 million.
fn hash(whole: &[u8]) -> [u8; 8] {
    let digest = Sha256::digest(whole);
    core::array::from_fn(|at| digest[at])
}

/// Whether a character of UTF-8 goes on at this place.
fn is_inside_character(text: &[u8], at: usize) -> bool {
    at > 0 && text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80)
}

/// Edits the message in a field; `edit` appends it and tells whether it has changed.
pub(super) fn nested(
    field: Field<'_>,
    writer: &mut Writer,
    edit: impl FnOnce(&[u8], &mut Writer) -> bool,
) -> Edit {
    let Value::Bytes(bytes) = field.value else {
        return Edit::Keep;
    };
    let open = writer.open(field.number);
    let is_changed = edit(bytes, writer);
    writer.close(open);
    match is_changed {
        true => Edit::Replace,
        false => Edit::Keep,
    }
}
