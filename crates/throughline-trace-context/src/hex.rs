//! Writes bytes as hexadecimal digits and reads them back.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;

/// Writes two lowercase digits for each byte.
///
/// ```
/// use throughline_trace_context::hex;
///
/// assert_eq!(hex::encode(&[0x0a, 0xff]), "0aff");
/// assert_eq!(hex::decode("0aFF"), Some(vec![0x0a, 0xff]));
/// assert_eq!(hex::decode("0a f"), None);
/// ```
pub fn encode(bytes: &[u8]) -> String {
    let digits = bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]);
    digits.map(char::from).collect()
}

/// Reads digits of either case, two for each byte; `None` when the text is anything else.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let value = |digit: u8| value(digit.to_ascii_lowercase());
    let bytes = pairs
        .iter()
        .map(|&[high, low]| Some(value(high)? << 4 | value(low)?));
    bytes.collect()
}

/// ASCII text of a fixed length, on the stack.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ascii<const N: usize>([u8; N]);

impl<const N: usize> Ascii<N> {
    /// The text.
    pub fn as_str(&self) -> &str {
        // Every constructor in this crate writes ASCII, so the default is never seen.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Writes `N / 2` bytes as `N` lowercase digits.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let mut text = [b'0'; N];
        write(&mut text, bytes);
        Self(text)
    }

    pub(crate) const fn from_ascii(text: [u8; N]) -> Self {
        Self(text)
    }
}

impl<const N: usize> AsRef<str> for Ascii<N> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<const N: usize> Deref for Ascii<N> {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl<const N: usize> fmt::Display for Ascii<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Ascii<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Writes two digits for each byte into `text`, until one of the two ends.
pub(crate) fn write(text: &mut [u8], bytes: &[u8]) {
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair[0] = digit(byte >> 4);
        pair[1] = digit(byte & 0xf);
    }
}

/// Reads exactly `2 * N` lowercase digits.
pub(crate) fn read<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    fill(&mut bytes, text).then_some(bytes)
}

/// Reads two digits for each byte; returns whether all were digits. It is a function of its
/// own so that the compiler does not repeat it for every length.
fn fill(bytes: &mut [u8], text: &[u8]) -> bool {
    let mut all = true;
    let (pairs, _) = text.as_chunks();
    for (byte, &[high, low]) in bytes.iter_mut().zip(pairs) {
        match (value(high), value(low)) {
            (Some(high), Some(low)) => *byte = high << 4 | low,
            _ => all = false,
        }
    }
    all
}

/// Value of one lowercase digit; W3C allows no uppercase.
pub(crate) const fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

const fn digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0' + value,
        _ => b'a' + value - 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn digits_of_either_case_are_read_back(bytes: Vec<u8>) {
            let text = encode(&bytes);
            proptest::prop_assert_eq!(decode(&text.to_uppercase()), Some(bytes.clone()));
            proptest::prop_assert_eq!(decode(&text), Some(bytes));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = decode(&text);
        }
    }
}
