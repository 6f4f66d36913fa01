//! An attribute as it is encoded.

use crate::field::{any_value, key_value};
use crate::protobuf::{Value, each_field};

/// The bytes of an attribute's key and value, for what looks at all attributes of a request.
/// [`Attribute`](super::Attribute) decodes them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pair<'a> {
    /// The key; empty when it is missing.
    pub key: &'a [u8],
    /// The encoded `AnyValue`; empty when it is missing.
    pub value: &'a [u8],
}

impl<'a> Pair<'a> {
    /// Reads an encoded `KeyValue`. Of several keys or values the last one counts.
    #[inline]
    pub fn read(key_value: &'a [u8]) -> Self {
        Self::in_order(key_value).unwrap_or_else(|| Self::in_any_order(key_value))
    }

    /// Reads a `KeyValue` as nearly all senders write it: the key, the value, and nothing else.
    /// `None` when it is written in another way.
    #[inline]
    pub fn in_order(key_value: &'a [u8]) -> Option<Self> {
        let (key, rest) = delimited(KEY, key_value)?;
        let (value, rest) = delimited(VALUE, rest)?;
        rest.is_empty().then_some(Self { key, value })
    }

    /// The text, when the value is one string and nothing else.
    #[inline]
    pub fn text(&self) -> Option<&'a [u8]> {
        let (text, rest) = delimited(STRING, self.value)?;
        rest.is_empty().then_some(text)
    }

    /// Whether the value is one number or one truth value and nothing else.
    #[inline]
    pub fn is_number(&self) -> bool {
        match self.value {
            [BOOL | INT, before @ .., 0..0x80] => {
                before.len() < LONGEST_VARINT && before.iter().all(|byte| *byte >= 0x80)
            }
            [DOUBLE, rest @ ..] => rest.len() == 8,
            _ => false,
        }
    }

    #[cold]
    fn in_any_order(key_value: &'a [u8]) -> Self {
        let mut pair = Self::default();
        each_field(key_value, |field| match (field.number, field.value) {
            (key_value::KEY, Value::Bytes(key)) => pair.key = key,
            (key_value::VALUE, Value::Bytes(value)) => pair.value = value,
            _ => {}
        });
        pair
    }
}

/// The length-delimited field that begins with a tag and is shorter than 16 KiB, and what
/// follows it.
#[inline(always)]
fn delimited(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    match bytes {
        [first, length @ 0..0x80, rest @ ..] if *first == tag => {
            rest.split_at_checked(usize::from(*length))
        }
        [first, low, high @ 0..0x80, rest @ ..] if *first == tag => {
            rest.split_at_checked(usize::from(*low & 0x7f) | usize::from(*high) << 7)
        }
        _ => None,
    }
}

/// The tag of a field of one of the first 15 numbers.
const fn tag(number: u32, wire_type: u8) -> u8 {
    (number as u8) << 3 | wire_type
}

const KEY: u8 = tag(key_value::KEY, 2);
const VALUE: u8 = tag(key_value::VALUE, 2);
const STRING: u8 = tag(any_value::STRING, 2);
const BOOL: u8 = tag(any_value::BOOL, 0);
const INT: u8 = tag(any_value::INT, 0);
const DOUBLE: u8 = tag(any_value::DOUBLE, 1);
/// Bytes of a varint in front of its last that leave it within 64 bits, whatever they are.
const LONGEST_VARINT: usize = 9;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protobuf::fields;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[test]
    fn of_two_keys_the_last_one_counts_in_any_order() {
        let pair = Pair::read(b"\x12\x02\x0a\x00\x0a\x01a\x0a\x01b\x1a\x01x");
        let (key, value) = (&b"b"[..], &b"\x0a\x00"[..]);
        assert_eq!(pair, Pair { key, value });
        assert_eq!(Pair::read(b""), Pair::default());
    }

    proptest! {
        #[test]
        fn the_short_way_reads_what_the_long_way_reads(
            key in "[a-z.]{0,200}",
            value: Vec<u8>,
            rest: Vec<u8>,
        ) {
            let value = [&value[..], &rest].concat();
            let mut writer = crate::protobuf::Writer::new();
            writer.bytes_present(key_value::KEY, key.as_bytes());
            writer.bytes_present(key_value::VALUE, &value);
            let in_order = Pair::in_order(writer.as_bytes());
            prop_assert_eq!(in_order, Some(Pair::in_any_order(writer.as_bytes())));
            writer.raw(&rest);
            prop_assert_eq!(
                Pair::read(writer.as_bytes()),
                Pair::in_any_order(writer.as_bytes())
            );
            prop_assert_eq!(Pair::read(&rest), Pair::in_any_order(&rest));
        }

        #[test]
        fn a_value_is_what_its_only_field_is(number: u64, bits: u64, text in ".{0,200}", which in 0..5, cut in 0..9usize) {
            let mut writer = crate::protobuf::Writer::new();
            match which {
                0 => writer.varint_present(any_value::INT, number),
                1 => writer.varint_present(any_value::BOOL, number >> (cut * 7)),
                2 => writer.fixed64_present(any_value::DOUBLE, bits),
                3 => writer.bytes_present(any_value::STRING, text.as_bytes()),
                _ => writer.bytes_present(any_value::BYTES, text.as_bytes()),
            }
            if which == 4 || cut > 6 {
                writer.raw(text.as_bytes());
            }
            let encoded = writer.as_bytes();
            let encoded = &encoded[..encoded.len() - usize::from(cut == 5)];
            let (mut fields, mut count) = (fields(encoded), 0);
            let last = fields.by_ref().inspect(|_| count += 1).last();
            let only = last.and_then(Result::ok).filter(|_| count == 1);
            let only = only.map(|field| (field.number, field.value));
            let pair = Pair { key: b"", value: encoded };
            let is_text = matches!(only, Some((any_value::STRING, Value::Bytes(_))));
            prop_assert_eq!(pair.text().is_some(), is_text);
            if let Some((_, Value::Bytes(bytes))) = only && is_text {
                prop_assert_eq!(pair.text(), Some(bytes));
            }
            let is_number = matches!(
                only,
                Some((any_value::INT | any_value::BOOL, Value::Varint(_)))
                    | Some((any_value::DOUBLE, Value::Fixed64(_)))
            );
            // A varint of ten bytes is left to the other reader.
            prop_assert!(!pair.is_number() || is_number);
            prop_assert!(pair.is_number() || !is_number || encoded.len() == 11);
        }
    }
}
