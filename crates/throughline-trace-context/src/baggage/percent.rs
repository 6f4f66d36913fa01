//! Percent-encoding of baggage values.
//!
//! Source: <https://www.rfc-editor.org/rfc/rfc3986#section-2.1>.

use alloc::string::String;
use alloc::vec::Vec;

/// Appends `value`. The percent sign, and characters that a baggage value must not contain,
/// are percent-encoded as UTF-8.
pub(super) fn encode(value: &str, text: &mut String) {
    for byte in value.bytes() {
        if is_value_byte(byte) && byte != b'%' {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push(digit(byte >> 4));
            text.push(digit(byte & 0xf));
        }
    }
}

/// Decodes a value. Bytes that are not UTF-8 become U+FFFD; a percent sign that two digits do
/// not follow stays as it is.
///
/// `None` when the value contains a character that a baggage value must not contain.
pub(super) fn decode(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let (byte, after) = match first {
            b'%' => escaped(after).unwrap_or((b'%', after)),
            first if is_value_byte(*first) => (*first, after),
            _ => return None,
        };
        bytes.push(byte);
        rest = after;
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads the byte that two hex digits encode, and the rest after them.
fn escaped(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, rest) = text.split_first_chunk()?;
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    Some((u8::try_from(high? << 4 | low?).ok()?, rest))
}

const fn digit(value: u8) -> char {
    b"0123456789ABCDEF"[value as usize & 0xf] as char
}

/// `baggage-octet` of <https://www.w3.org/TR/baggage/#definition>.
const fn is_value_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_not_utf8_are_replaced() {
        for (value, text) in [
            ("%ff", "\u{fffd}"),
            ("a%C3b", "a\u{fffd}b"),
            ("%E2%82", "\u{fffd}"),
            ("%C3%A9", "é"),
            ("%c3%a9", "é"),
            ("%00", "\0"),
        ] {
            assert_eq!(decode(value).as_deref(), Some(text), "{value}");
        }
    }

    #[test]
    fn a_lone_percent_sign_is_unchanged() {
        for value in ["%", "100%", "%4", "%zz", "%%", "%+1"] {
            assert_eq!(decode(value).as_deref(), Some(value));
        }
        assert_eq!(decode("%%41").as_deref(), Some("%A"));
    }
}
