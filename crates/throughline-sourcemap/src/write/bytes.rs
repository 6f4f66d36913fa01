//! Appends integers and texts, in the forms of the index.

use alloc::vec::Vec;

pub(super) fn varint(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// The difference of two numbers, which may wrap around.
pub(super) fn difference(bytes: &mut Vec<u8>, number: u32, before: u32) {
    let difference = number.wrapping_sub(before) as i32;
    varint(bytes, (difference << 1 ^ difference >> 31) as u32);
}

pub(super) fn text(bytes: &mut Vec<u8>, text: &str) {
    varint(bytes, text.len() as u32);
    bytes.extend_from_slice(text.as_bytes());
}

/// The first bytes of a text, at most `most`, without half a character.
pub(super) fn cut(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}
