//! JSON as a tree that borrows from its text.
//!
//! Fields of an SDK's JSON may be missing, null or of another type than documented; reading
//! a tree loses the field then, not the record.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::slice;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Map(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// Parses an object; `None` for anything else.
    pub(crate) fn parse_object(text: &'a str) -> Option<Self> {
        let json = serde_json::from_str(text).ok()?;
        matches!(json, Json::Map(_)).then_some(json)
    }

    /// The value of a key; null when there is none.
    pub(crate) fn get(&self, key: &str) -> &Json<'a> {
        self.entries()
            .find(|(name, _)| name == key)
            .map_or(&Json::Null, |(_, value)| value)
    }

    /// The entries of an object.
    pub(crate) fn entries(&self) -> slice::Iter<'_, (Cow<'a, str>, Json<'a>)> {
        match self {
            Json::Map(entries) => entries.iter(),
            _ => [].iter(),
        }
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> slice::Iter<'_, Json<'a>> {
        match self {
            Json::List(items) => items.iter(),
            _ => [].iter(),
        }
    }

    /// The items of a list, or of the list in `values`: SDKs send both.
    pub(crate) fn values(&self) -> slice::Iter<'_, Json<'a>> {
        match self {
            Json::Map(_) => self.get("values").items(),
            _ => self.items(),
        }
    }

    /// The pairs of an object, or of a list of pairs: SDKs send both.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &Json<'a>)> {
        let entries = self.entries().map(|(key, value)| (&**key, value));
        let listed = self.items().filter_map(|pair| match pair {
            Json::List(pair) => match pair.as_slice() {
                [key, value] => Some((key.as_text()?, value)),
                _ => None,
            },
            _ => None,
        });
        entries.chain(listed)
    }

    /// The text of a string.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a string; empty for anything else.
    pub(crate) fn text(&self) -> &str {
        self.as_text().unwrap_or_default()
    }

    /// A whole number.
    pub(crate) const fn as_int(&self) -> Option<i64> {
        match self {
            Json::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// A number.
    pub(crate) const fn as_double(&self) -> Option<f64> {
        match self {
            Json::Int(number) => Some(*number as f64),
            Json::Double(number) => Some(*number),
            _ => None,
        }
    }

    /// A boolean.
    pub(crate) const fn as_bool(&self) -> Option<bool> {
        match self {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }
}

/// A payload as text that can be parsed: bytes that are not UTF-8, and escaped surrogates
/// that lack their other half, become U+FFFD. `JSON.stringify` writes such a surrogate for a
/// text that was cut inside an emoji, and parsers refuse it.
pub(crate) fn readable(payload: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(payload);
    let Some(first) = next_lone(&text, 0) else {
        return text;
    };
    let mut at = Some(first);
    let mut plain = String::with_capacity(text.len());
    let mut done = 0;
    while let Some(lone) = at {
        plain.push_str(text.get(done..lone).unwrap_or_default());
        plain.push('\u{fffd}');
        done = lone + ESCAPE;
        at = next_lone(&text, done);
    }
    plain.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(plain)
}

/// The place of the next escaped surrogate without its other half, from `from` on.
fn next_lone(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(found) = bytes.get(at..)?.iter().position(|byte| *byte == b'\\') {
        at += found;
        match surrogate(bytes, at) {
            None => at += 2,
            Some(Half::High) if surrogate(bytes, at + ESCAPE) == Some(Half::Low) => {
                at += 2 * ESCAPE;
            }
            Some(_) => return Some(at),
        }
    }
    None
}

#[derive(PartialEq, Eq)]
enum Half {
    High,
    Low,
}

/// The half of a surrogate pair that is escaped here, if one is.
fn surrogate(bytes: &[u8], at: usize) -> Option<Half> {
    let &[b'\\', b'u', b'd' | b'D', second, third, fourth] = bytes.get(at..at + ESCAPE)? else {
        return None;
    };
    if !third.is_ascii_hexdigit() || !fourth.is_ascii_hexdigit() {
        return None;
    }
    match second.to_ascii_lowercase() {
        b'8' | b'9' | b'a' | b'b' => Some(Half::High),
        b'c'..=b'f' => Some(Half::Low),
        _ => None,
    }
}

/// Bytes of an escape: `\ud83d`.
const ESCAPE: usize = 6;

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Json::Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or(Json::Double(value as f64), Json::Int))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Json::Double(value))
    }

    fn visit_borrowed_str<E: de::Error>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(String::from(value))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((Key(key), value)) = map.next_entry()? {
            entries.push((key, value));
        }
        Ok(Json::Map(entries))
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        match source.deserialize_str(AnyValue)? {
            Json::Text(text) => Ok(Key(text)),
            _ => Err(de::Error::custom("a key is a string")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_surrogate_without_its_other_half_is_replaced() {
        for (sent, read) in [
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""cut \ud83d""#, "\"cut \u{fffd}\""),
            (
                r#""\uDE00\ud83d\ud83d\ude00x""#,
                "\"\u{fffd}\u{fffd}\\ud83d\\ude00x\"",
            ),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\ud7ff""#, r#""\ud7ff""#),
        ] {
            assert_eq!(readable(sent.as_bytes()), read, "{sent}");
        }
        assert_eq!(readable(b"a\xffb"), "a\u{fffd}b");
    }

    #[test]
    fn numbers_keep_their_kind() {
        let json = Json::parse_object(r#"{"a":1,"b":1.0,"c":18446744073709551615,"d":null}"#);
        let json = json.expect("an object");
        assert_eq!(json.get("a"), &Json::Int(1));
        assert_eq!(json.get("b"), &Json::Double(1.0));
        assert_eq!(json.get("c"), &Json::Double(18_446_744_073_709_552_000.0));
        assert_eq!(json.get("d"), &Json::Null);
        assert_eq!(Json::parse_object("[]"), None);
    }
}
