//! Splits a text of facts into records, and a record into its fields.

use throughline_wire::facts::{FIELD_END, ITEM_END, MOST_FIELDS, RECORD_END};

/// The records of a text.
pub(crate) fn records(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    core::iter::from_fn(move || {
        while !rest.is_empty() {
            let (record, after) = split(rest, RECORD_END);
            rest = after;
            if !record.is_empty() {
                return Some(record);
            }
        }
        None
    })
}

/// The fields of one record, by the positions of [`throughline_wire::facts`]. The letter of
/// the kind is at position 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a>([&'a str; CAPACITY]);

impl<'a> Fields<'a> {
    /// Splits a record once; the fields after those that are known here are left out.
    pub(crate) fn of(record: &'a str) -> Self {
        let mut rest = record;
        let mut fields = [""; CAPACITY];
        for field in &mut fields {
            (*field, rest) = split(rest, FIELD_END);
            if rest.is_empty() {
                break;
            }
        }
        Self(fields)
    }

    /// The letter of the kind; 0 when it is not one.
    pub(crate) fn kind(&self) -> u8 {
        match self.text(0).as_bytes() {
            [kind] => *kind,
            _ => 0,
        }
    }

    /// A field as text; `""` when it is absent.
    #[inline] // A load from an address that is known.
    pub(crate) fn text(&self, position: usize) -> &'a str {
        self.0[position % CAPACITY]
    }

    /// A field as a whole number; 0 when it is not one. WebKit is known to give negative
    /// times for what it does not know.
    #[inline(never)] // In each place it would be a loop: 150 bytes of the engine, brotli.
    pub(crate) fn number(&self, position: usize) -> u64 {
        number(self.text(position))
    }
}

/// The fields of a record from a position on, with their separators.
pub(crate) fn tail(record: &str, position: usize) -> &str {
    let mut rest = record;
    for _ in 0..position {
        rest = split(rest, FIELD_END).1;
    }
    rest
}

/// The items of a list that are left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List<'a> {
    rest: &'a str,
}

impl<'a> List<'a> {
    /// The list in a field.
    pub(crate) const fn items(field: &'a str) -> Self {
        Self { rest: field }
    }

    /// Whether no item is left.
    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next item; `""` when there is none.
    pub(crate) fn text(&mut self) -> &'a str {
        let (item, rest) = split(self.rest, ITEM_END);
        self.rest = rest;
        item
    }
}

/// Decimal digits as a number; 0 when they are none or too many.
#[inline(never)] // In each place it would be a loop.
pub(crate) fn number(text: &str) -> u64 {
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

/// A hash of a text: FNV-1a but for its first value.
/// <https://datatracker.ietf.org/doc/html/rfc9923>
pub(crate) fn hash(text: &str) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    let mix = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME);
    text.bytes().fold(PRIME, mix)
}

/// Splits at the first `end`, an ASCII character. `str::split` would bring the general
/// searcher along, a tenth of the engine's size.
pub(crate) fn split(text: &str, end: u8) -> (&str, &str) {
    let at = text.bytes().position(|byte| byte == end);
    let at = at.unwrap_or(text.len());
    (
        text.get(..at).unwrap_or(""),
        text.get(at + 1..).unwrap_or(""),
    )
}

/// A power of two, so that a position needs no check.
const CAPACITY: usize = MOST_FIELDS.next_power_of_two();
/// µs since 1970 until the year 30000; above it the next digit might not fit.
const LARGEST: u64 = 1 << 59;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn a_record_is_a_kind_and_its_fields() {
        let text = "S\u{1f}12\u{1f}\u{1f}x\u{1e}\u{1e}M\u{1e}";
        let all: Vec<Fields<'_>> = records(text).map(Fields::of).collect();
        let [session, mark] = &all[..] else {
            panic!("two records: {all:?}");
        };
        assert_eq!((session.kind(), mark.kind()), (b'S', b'M'));
        assert_eq!(session.number(1), 12);
        assert_eq!(session.text(2), "");
        assert_eq!(session.text(3), "x");
        assert_eq!(session.text(4), "");
        assert_eq!(session.text(MOST_FIELDS), "");
    }

    #[test]
    fn a_list_is_one_field() {
        let mut list = List::items("a\u{1d}\u{1d}b");
        let items = [(); 4].map(|()| list.text());
        assert_eq!(items, ["a", "", "b", ""]);
        assert!(list.is_empty());
    }

    #[test]
    fn only_digits_are_a_number() {
        assert_eq!(number("1700000000000000"), 1_700_000_000_000_000);
        for text in ["", "-1", "1.5", "99999999999999999999999", "٣"] {
            assert_eq!(number(text), 0, "{text}");
        }
    }
}
