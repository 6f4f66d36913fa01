//! Base64 VLQ numbers.
//!
//! Source: <https://tc39.es/ecma426/#sec-base64-vlq>.

use super::error::MappingFault;

/// Reads the number at the front of `text`, which is not empty; returns it and what is behind it.
pub(super) fn read(text: &[u8]) -> Result<(i64, &[u8]), MappingFault> {
    let mut value: u64 = 0;
    let mut shift = 0;
    let mut rest = text;
    loop {
        let Some((character, behind)) = rest.split_first() else {
            return Err(MappingFault::Unfinished);
        };
        let digit = DIGITS[usize::from(*character)];
        if digit == NONE {
            return Err(match character {
                b',' | b';' => MappingFault::Unfinished,
                _ => MappingFault::Character,
            });
        }
        rest = behind;
        let bits = u64::from(digit & VALUE);
        // Zeros may follow without end.
        if bits != 0 {
            if shift > 30 {
                return Err(MappingFault::Overflow);
            }
            value |= bits << shift;
        }
        shift = (shift + 5).min(35);
        if digit & CONTINUES == 0 {
            break;
        }
    }
    if value > u64::from(u32::MAX) {
        return Err(MappingFault::Overflow);
    }
    let magnitude = (value >> 1) as i64;
    let number = match (value & 1, magnitude) {
        (1, 0) => i64::from(i32::MIN),
        (1, _) => -magnitude,
        _ => magnitude,
    };
    Ok((number, rest))
}

const CONTINUES: u8 = 32;
const VALUE: u8 = 31;
const NONE: u8 = 0xff;

/// The value of each base64 digit, by its character.
const DIGITS: [u8; 256] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut digits = [NONE; 256];
    let mut value = 0;
    while value < alphabet.len() {
        digits[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    digits
};

#[cfg(test)]
mod tests {
    use super::{MappingFault, read};

    #[test]
    fn reads_numbers_of_32_bits() {
        for (text, number) in [
            ("A", 0),
            ("C", 1),
            ("D", -1),
            ("iB", 17),
            ("V", -10),
            ("+/////D", i64::from(i32::MAX)),
            ("//////D", i64::from(-i32::MAX)),
            ("B", i64::from(i32::MIN)),
            ("hA", i64::from(i32::MIN)),
            ("iggggggggggggggggggggA", 1),
        ] {
            assert_eq!(read(text.as_bytes()), Ok((number, &b""[..])), "{text}");
        }
        assert_eq!(read(b"CD,"), Ok((1, &b"D,"[..])));
    }

    #[test]
    fn refuses_other_numbers() {
        for (text, fault) in [
            ("ggggggE", MappingFault::Overflow),
            ("hgggggE", MappingFault::Overflow),
            ("ggggggggB", MappingFault::Overflow),
            ("g", MappingFault::Unfinished),
            ("g,", MappingFault::Unfinished),
            ("=", MappingFault::Character),
            ("g\u{e9}", MappingFault::Character),
            ("-", MappingFault::Character),
        ] {
            assert_eq!(read(text.as_bytes()), Err(fault), "{text}");
        }
    }
}
