//! Hexadecimal digits: lowercase for digests, uppercase for percent-encoding.

use alloc::string::String;

/// Formats the bytes as lowercase digits.
pub(crate) fn format(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(LOWERCASE[usize::from(byte >> 4)]));
        text.push(char::from(LOWERCASE[usize::from(byte & 15)]));
    }
    text
}

/// Appends `%` and the two uppercase digits of the byte.
pub(crate) fn push_percent(text: &mut String, byte: u8) {
    text.push('%');
    text.push(char::from(UPPERCASE[usize::from(byte >> 4)]));
    text.push(char::from(UPPERCASE[usize::from(byte & 15)]));
}

const LOWERCASE: [u8; 16] = *b"0123456789abcdef";
const UPPERCASE: [u8; 16] = *b"0123456789ABCDEF";
