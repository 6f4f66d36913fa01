//! Writes the fields of a message.

use alloc::vec::Vec;
use core::cell::Cell;

/// Appends protobuf fields to a growing buffer.
///
/// Default values are left out, as in proto3: a zero, an empty string and empty bytes write
/// nothing. A length is written in its shortest form when the message is closed, so equal
/// content gives equal bytes.
#[derive(Debug, Default, Clone)]
pub struct Writer {
    pub(super) bytes: Vec<u8>,
}

/// A nested message that is open until [`Writer::close`].
#[must_use = "an open message has no length until it is closed"]
#[derive(Debug)]
pub struct Open {
    pub(super) body: usize,
}

impl Writer {
    /// An empty writer.
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// Appends an unsigned, enum or bool field. Zero is left out.
    pub fn varint(&mut self, field: u32, value: u64) {
        if value != 0 {
            self.tag(field, VARINT);
            self.raw_varint(value);
        }
    }

    /// Appends a member of a `oneof`: written even when it is zero.
    pub fn varint_present(&mut self, field: u32, value: u64) {
        self.tag(field, VARINT);
        self.raw_varint(value);
    }

    /// Appends a fixed64 field. Zero is left out.
    pub fn fixed64(&mut self, field: u32, value: u64) {
        if value != 0 {
            self.tag(field, FIXED64);
            self.bytes.extend_from_slice(&value.to_le_bytes());
        }
    }

    /// Appends a fixed32 field. Zero is left out.
    pub fn fixed32(&mut self, field: u32, value: u32) {
        if value != 0 {
            self.tag(field, FIXED32);
            self.bytes.extend_from_slice(&value.to_le_bytes());
        }
    }

    /// Appends a double that is a member of a `oneof`: written even when it is zero.
    pub fn double_present(&mut self, field: u32, value: f64) {
        self.fixed64_present(field, value.to_bits());
    }

    /// Appends eight bytes that are a member of a `oneof`: written even when zero.
    pub fn fixed64_present(&mut self, field: u32, value: u64) {
        self.tag(field, FIXED64);
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// Appends a string field. The empty string is left out.
    pub fn string(&mut self, field: u32, value: &str) {
        self.bytes(field, value.as_bytes());
    }

    /// Appends a bytes field, or a message that is already encoded. Empty is left out.
    pub fn bytes(&mut self, field: u32, value: &[u8]) {
        if !value.is_empty() {
            self.bytes_present(field, value);
        }
    }

    /// Appends bytes that are a member of a `oneof` or of a repeated field: written
    /// even when empty.
    pub fn bytes_present(&mut self, field: u32, value: &[u8]) {
        self.tag(field, LENGTH_DELIMITED);
        self.raw_varint(value.len() as u64);
        self.bytes.extend_from_slice(value);
    }

    /// Appends a number without a tag: an element of a packed field.
    pub fn varint_packed(&mut self, value: u64) {
        self.raw_varint(value);
    }

    /// Opens a nested message; what is written until [`Writer::close`] belongs to it.
    pub fn open(&mut self, field: u32) -> Open {
        self.tag(field, LENGTH_DELIMITED);
        // Most messages are attributes under 128 bytes: room for a one-byte length.
        self.bytes.extend_from_slice(&[0]);
        Open {
            body: self.bytes.len(),
        }
    }

    /// Closes a nested message by writing its length in front of it.
    pub fn close(&mut self, open: Open) {
        let mut length = self.bytes.len() - open.body;
        // `open` reserved one byte, enough for a length below 128; for a longer one the body
        // moves up.
        let more = (length.max(1).ilog2() / 7) as usize;
        self.bytes.resize(self.bytes.len() + more, 0);
        let cells = Cell::from_mut(self.bytes.as_mut_slice()).as_slice_of_cells();
        let body = cells.iter().skip(open.body).rev();
        for (to, from) in body.clone().zip(body.skip(more)) {
            to.set(from.get());
        }
        for (index, slot) in cells.iter().skip(open.body - 1).take(more + 1).enumerate() {
            let continuation = if index < more { 0x80 } else { 0 };
            slot.set(length as u8 & 0x7f | continuation);
            length >>= 7;
        }
    }

    /// Appends the tag and the length of a field whose `length` bytes are written next. It costs
    /// less than [`Writer::open`] where the length is known.
    pub fn header(&mut self, field: u32, length: usize) {
        self.tag(field, LENGTH_DELIMITED);
        self.raw_varint(length as u64);
    }

    /// Appends encoded fields.
    pub fn raw(&mut self, fields: &[u8]) {
        self.bytes.extend_from_slice(fields);
    }

    /// Inserts bytes in front of those written since the writer had this length.
    pub(crate) fn insert(&mut self, at: usize, fields: &[u8]) {
        let end = self.bytes.len();
        self.bytes.extend_from_slice(fields);
        self.bytes[at..].rotate_left(end - at);
    }

    /// Discards the bytes written since the writer had this length.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.bytes.truncate(length);
    }

    /// Number of bytes written so far.
    pub(crate) const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Bytes written so far.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The finished message.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn tag(&mut self, field: u32, wire_type: u8) {
        self.raw_varint(u64::from(field) << 3 | u64::from(wire_type));
    }

    fn raw_varint(&mut self, mut value: u64) {
        while value > 0x7f {
            self.bytes.extend_from_slice(&[value as u8 | 0x80]);
            value >>= 7;
        }
        self.bytes.extend_from_slice(&[value as u8]);
    }
}

/// Bytes of a field with `length` bytes in it, one of the first 15 numbers.
pub const fn field_bytes(length: usize) -> usize {
    // A length of zero has one byte.
    let digits = (length | 1).ilog2() / 7 + 1;
    1 + digits as usize + length
}

const VARINT: u8 = 0;
const FIXED64: u8 = 1;
const LENGTH_DELIMITED: u8 = 2;
const FIXED32: u8 = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn a_long_message_gets_a_longer_length_in_front() {
        let mut writer = Writer::new();
        let open = writer.open(1);
        writer.bytes(2, &[7; 300]);
        writer.close(open);
        let mut expected = vec![0x0a, 0xaf, 0x02, 0x12, 0xac, 0x02];
        expected.extend_from_slice(&[7; 300]);
        assert_eq!(writer.into_bytes(), expected);
    }

    #[test]
    fn the_bytes_of_a_field_are_known_before_it_is_written() {
        for length in [0, 1, 127, 128, 16_383, 16_384] {
            let mut writer = Writer::new();
            writer.bytes_present(15, &vec![7; length]);
            assert_eq!(field_bytes(length), writer.len());
            let mut again = Writer::new();
            again.header(15, length);
            again.raw(&vec![7; length]);
            assert_eq!(again.as_bytes(), writer.as_bytes());
        }
    }

    #[test]
    fn defaults_are_left_out_unless_present() {
        let mut writer = Writer::new();
        writer.varint(1, 0);
        writer.string(2, "");
        writer.fixed64(3, 0);
        assert!(writer.as_bytes().is_empty());
        writer.varint_present(1, 0);
        assert_eq!(writer.as_bytes(), [0x08, 0x00]);
    }
}
