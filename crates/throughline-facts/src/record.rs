//! How is a text of facts taken apart?

use alloc::string::String;

/// The records of a text.
pub(crate) fn records(text: &str) -> impl Iterator<Item = Fields<'_>> {
    let mut rest = text;
    core::iter::from_fn(move || {
        while !rest.is_empty() {
            let (record, after) = split(rest, RECORD_END);
            rest = after;
            if !record.is_empty() {
                return Some(Fields { rest: record });
            }
        }
        None
    })
}

/// Appends a record to a text.
pub(crate) fn append(text: &mut String, record: &str) {
    text.push_str(record);
    text.push_str(END);
}

/// The fields of one record that are left, its kind first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    rest: &'a str,
}

impl<'a> Fields<'a> {
    /// The fields of one record.
    pub(crate) const fn of(record: &'a str) -> Self {
        Self { rest: record }
    }

    /// The next field; `""` when there is none.
    pub(crate) fn text(&mut self) -> &'a str {
        let (field, rest) = split(self.rest, FIELD_END);
        self.rest = rest;
        field
    }

    /// The next field as a whole number; 0 when it is not one. WebKit is known to give
    /// negative times for what it does not know.
    pub(crate) fn number(&mut self) -> u64 {
        number(self.text())
    }

    /// What is left without the next `count` fields.
    pub(crate) fn skip(mut self, count: usize) -> Self {
        for _ in 0..count {
            self.text();
        }
        self
    }

    /// What is left, separators and all.
    pub(crate) const fn rest(self) -> &'a str {
        self.rest
    }
}

/// Decimal digits as a number; 0 when they are none or too many.
fn number(text: &str) -> u64 {
    let mut number = 0u64;
    for byte in text.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 || number > LARGEST {
            return 0;
        }
        number = number * 10 + u64::from(digit);
    }
    number
}

/// What a text is known again by: FNV-1a but for where it begins.
/// <https://datatracker.ietf.org/doc/html/rfc9923>
pub(crate) fn hash(text: &str) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    let mix = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME);
    text.bytes().fold(PRIME, mix)
}

/// Splits around the first `end`, an ASCII character. `str::split` would bring the general
/// searcher along, a tenth of the engine's size.
fn split(text: &str, end: u8) -> (&str, &str) {
    let at = text.bytes().position(|byte| byte == end);
    let at = at.unwrap_or(text.len());
    (
        text.get(..at).unwrap_or(""),
        text.get(at + 1..).unwrap_or(""),
    )
}

const FIELD_END: u8 = 0x1f;
const RECORD_END: u8 = 0x1e;
const END: &str = "\u{1e}";
/// µs since 1970 until the year 30000; above it the next digit might not fit.
const LARGEST: u64 = 1 << 59;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn a_record_is_a_kind_and_its_fields() {
        let text = "S\u{1f}12\u{1f}\u{1f}x\u{1e}M\u{1e}";
        let kinds: Vec<&str> = records(text).map(|mut fields| fields.text()).collect();
        assert_eq!(kinds, ["S", "M"]);
        let mut fields = records(text).next().expect("a record");
        assert_eq!(fields.text(), "S");
        assert_eq!(fields.number(), 12);
        assert_eq!(fields.text(), "");
        assert_eq!(fields.rest(), "x");
        assert_eq!(fields.text(), "x");
        assert_eq!(fields.text(), "");
    }

    #[test]
    fn only_digits_are_a_number() {
        assert_eq!(number("1700000000000000"), 1_700_000_000_000_000);
        for text in ["", "-1", "1.5", "99999999999999999999999", "٣"] {
            assert_eq!(number(text), 0, "{text}");
        }
    }
}
