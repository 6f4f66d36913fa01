//! Limits of counts, lengths and nesting, and whether a message keeps them.

use super::names::{KEY_TAG, VALUE_TAG, key_of, pairs};
use crate::config::RecordLimitsConfig;
use throughline_otlp::field::{any_value, key_value, values};
use throughline_otlp::protobuf::{Value, fields};

/// A limit: the position of its count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    Attributes,
    KeyBytes,
    ValueBytes,
    Items,
    Depth,
    Events,
    Links,
}

impl Limit {
    /// Every limit, in the order of their counts.
    pub(super) const ALL: [Self; 7] = [
        Self::Attributes,
        Self::KeyBytes,
        Self::ValueBytes,
        Self::Items,
        Self::Depth,
        Self::Events,
        Self::Links,
    ];

    /// The name under which what was cut is counted: the key of the configuration.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Limit::Attributes => "limits.attributes",
            Limit::KeyBytes => "limits.key_bytes",
            Limit::ValueBytes => "limits.value_bytes",
            Limit::Items => "limits.items",
            Limit::Depth => "limits.depth",
            Limit::Events => "limits.events",
            Limit::Links => "limits.links",
        }
    }
}

/// The limits of one configuration; `usize::MAX` where there is none.
#[derive(Debug)]
pub(super) struct Limits {
    pub(super) attributes: usize,
    pub(super) key_bytes: usize,
    pub(super) value_bytes: usize,
    pub(super) items: usize,
    pub(super) depth: usize,
    pub(super) events: usize,
    pub(super) links: usize,
    /// Bytes of an attribute that keeps them all, whatever it has.
    small: usize,
}

impl Limits {
    pub(super) fn new(config: &RecordLimitsConfig) -> Self {
        let of = |limit| if limit == 0 { usize::MAX } else { limit };
        let mut limits = Self {
            attributes: of(config.attributes),
            key_bytes: of(config.key_bytes),
            value_bytes: of(config.value_bytes),
            items: of(config.items),
            depth: of(config.depth),
            events: of(config.events),
            links: of(config.links),
            small: 0,
        };
        // An item has two bytes or more, and so has each of the two messages of a level.
        limits.small = (limits.key_bytes.min(limits.value_bytes))
            .min(limits.items.saturating_mul(2))
            .min(limits.depth.saturating_mul(4));
        limits
    }

    /// Whether anything is limited.
    pub(super) fn are_set(&self) -> bool {
        let Self {
            attributes,
            key_bytes,
            value_bytes,
            items,
            depth,
            events,
            links,
            small: _,
        } = *self;
        let limits = [
            attributes,
            key_bytes,
            value_bytes,
            items,
            depth,
            events,
            links,
        ];
        limits.into_iter().any(|limit| limit != usize::MAX)
    }

    /// Whether an event or a link surely keeps the limits, with its attributes in field
    /// `number`. Its name is not read.
    pub(super) fn allow_part(&self, part: &[u8], number: u32) -> bool {
        let mut count = 0;
        part.len() <= self.value_bytes
            && pairs(part, number).all(|pair| {
                count += 1;
                count <= self.attributes && self.allow_pair(pair)
            })
    }

    /// Whether an encoded attribute keeps the limits.
    #[inline]
    pub(super) fn allow_pair(&self, pair: &[u8]) -> bool {
        pair.len() <= self.small || self.allow_text(pair) || self.allow_large_pair(pair, 0)
    }

    /// Whether an attribute is a string within the limits, written as nearly every sender writes
    /// one: the key, shorter than 128 bytes, and a string to the end.
    #[inline]
    fn allow_text(&self, pair: &[u8]) -> bool {
        let [KEY_TAG, key @ 0..0x80, after @ ..] = pair else {
            return false;
        };
        let key = usize::from(*key);
        let Some([VALUE_TAG, length, STRING_TAG, rest @ ..]) = after.get(key..) else {
            return false;
        };
        // A length of one byte leaves no room for a second field.
        let is_whole = usize::from(*length) == rest.len() + 1
            && rest
                .first()
                .is_some_and(|text| usize::from(*text) == rest.len() - 1);
        is_whole && *length < 0x80 && key <= self.key_bytes && rest.len() <= self.value_bytes
    }

    fn allow_large_pair(&self, pair: &[u8], depth: usize) -> bool {
        key_of(pair).len() <= self.key_bytes
            && (fields(pair).map_while(Result::ok)).all(|field| match field.value {
                Value::Bytes(value) if field.number == key_value::VALUE => {
                    self.allow_value(value, depth)
                }
                _ => true,
            })
    }

    /// Whether an encoded `AnyValue` keeps the limits, below `depth` lists and maps.
    pub(super) fn allow_value(&self, any_value: &[u8], depth: usize) -> bool {
        let mut fields = fields(any_value).map_while(Result::ok);
        fields.all(|field| match (field.number, field.value) {
            (any_value::STRING | any_value::BYTES, Value::Bytes(text)) => {
                text.len() <= self.value_bytes
            }
            (number @ (any_value::ARRAY | any_value::KVLIST), Value::Bytes(items)) => {
                items.is_empty() || depth < self.depth && self.allow_items(number, items, depth + 1)
            }
            _ => true,
        })
    }

    fn allow_items(&self, number: u32, items: &[u8], depth: usize) -> bool {
        let mut count = 0;
        let mut fields = fields(items).map_while(Result::ok);
        fields.all(|field| {
            let (values::VALUES, Value::Bytes(item)) = (field.number, field.value) else {
                return true;
            };
            count += 1;
            count <= self.items
                && match number {
                    any_value::ARRAY => self.allow_value(item, depth),
                    _ => self.allow_large_pair(item, depth),
                }
        })
    }
}

const STRING_TAG: u8 = (any_value::STRING << 3 | 2) as u8;
