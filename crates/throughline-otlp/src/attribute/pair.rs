//! An attribute as it is encoded.

use crate::field::key_value;
use crate::protobuf::{Value, each_field, fields};

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
    #[inline]
    pub(crate) fn in_order(key_value: &'a [u8]) -> Option<Self> {
        let mut reader = fields(key_value);
        let (key, value) = (reader.read()?.ok()?, reader.read()?.ok()?);
        match (key.number, key.value, value.number, value.value) {
            (key_value::KEY, Value::Bytes(key), key_value::VALUE, Value::Bytes(value))
                if reader.is_at_end() =>
            {
                Some(Self { key, value })
            }
            _ => None,
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

#[cfg(test)]
mod tests {
    use super::*;
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
    }
}
