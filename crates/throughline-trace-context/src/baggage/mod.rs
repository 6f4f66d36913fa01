//! The `baggage` header: key-value pairs that applications propagate.
//!
//! ```
//! use throughline_trace_context::Baggage;
//!
//! let baggage = Baggage::parse(["userId=Am%C3%A9lie;trusted, isProduction = false"]);
//! assert_eq!(baggage.get("userId"), Some("Amélie"));
//! assert_eq!(baggage.format(), "userId=Am%C3%A9lie;trusted,isProduction=false");
//! ```
//!
//! Baggage may name people and tenants: it is sent to the same origins as `traceparent`
//! and to no others.
//! Source: <https://www.w3.org/TR/baggage/>.

mod percent;

use crate::tracestate::OWS;
use alloc::string::String;
use alloc::vec::Vec;

/// Name of the header; matched in any case.
pub const BAGGAGE: &str = "baggage";

/// The `baggage` header, parsed: entries in the order received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baggage {
    entries: Vec<BaggageEntry>,
}

/// Entry of the baggage: key, value, and properties of the value. A key may appear twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaggageEntry {
    key: String,
    value: String,
    properties: Vec<BaggageProperty>,
}

/// Property of an entry's value: a word, or a key with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaggageProperty {
    key: String,
    value: Option<String>,
}

/// Error for a key that cannot be in baggage. The caller is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BaggageError {
    /// A key is not a token of HTTP: <https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2>.
    #[error("a baggage key is not a token")]
    Key,
}

impl Baggage {
    /// Bytes that every system has to propagate, all headers together.
    pub const MAX_BYTES: usize = 8192;

    /// Reads the field values of all `baggage` headers, in their order, as one list.
    /// A malformed member is left out; the others stay.
    pub fn parse<'a>(headers: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            entries: headers
                .into_iter()
                .flat_map(|header| header.split(','))
                .filter_map(parse_member)
                .collect(),
        }
    }

    /// Adds an entry at the end.
    pub fn push(&mut self, entry: BaggageEntry) {
        self.entries.push(entry);
    }

    /// Writes the field value. Members that would make it longer than [`Baggage::MAX_BYTES`]
    /// are left out; no member is cut.
    pub fn format(&self) -> String {
        let mut text = String::new();
        for entry in &self.entries {
            let end = text.len();
            if end > 0 {
                text.push(',');
            }
            entry.push_to(&mut text);
            if text.len() > Self::MAX_BYTES {
                text.truncate(end);
            }
        }
        text
    }

    /// Value of a key; the first one if the key appears twice.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.entries
            .iter()
            .find_map(|entry| (entry.key == key).then_some(&*entry.value))
    }

    /// All entries, in their order.
    pub fn entries(&self) -> &[BaggageEntry] {
        &self.entries
    }
}

impl BaggageEntry {
    /// An entry without properties.
    ///
    /// # Errors
    /// [`BaggageError::Key`] when the key is not a token. The value may be any text.
    pub fn new(key: &str, value: &str) -> Result<Self, BaggageError> {
        Ok(Self {
            key: token(key)?,
            value: value.into(),
            properties: Vec::new(),
        })
    }

    /// Adds a property of the value.
    pub fn push(&mut self, property: BaggageProperty) {
        self.properties.push(property);
    }

    /// The key, a token.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The value, decoded.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Properties of the value.
    pub fn properties(&self) -> &[BaggageProperty] {
        &self.properties
    }

    fn push_to(&self, text: &mut String) {
        text.push_str(&self.key);
        text.push('=');
        percent::encode(&self.value, text);
        for property in &self.properties {
            text.push(';');
            text.push_str(&property.key);
            if let Some(value) = &property.value {
                text.push('=');
                percent::encode(value, text);
            }
        }
    }
}

impl BaggageProperty {
    /// A property that is a word, or a key with a value.
    ///
    /// # Errors
    /// [`BaggageError::Key`] when the key is not a token. The value may be any text.
    pub fn new(key: &str, value: Option<&str>) -> Result<Self, BaggageError> {
        Ok(Self {
            key: token(key)?,
            value: value.map(String::from),
        })
    }

    /// The key, a token.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The value, decoded; `None` for a property that is a word.
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }
}

fn parse_member(member: &str) -> Option<BaggageEntry> {
    let mut parts = member.split(';');
    let (key, value) = parse_part(parts.next()?)?;
    let mut entry = BaggageEntry {
        key,
        value: value?,
        properties: Vec::new(),
    };
    for part in parts {
        let (key, value) = parse_part(part)?;
        entry.properties.push(BaggageProperty { key, value });
    }
    Some(entry)
}

/// Reads `key` or `key=value`; the value may contain further equal signs.
fn parse_part(part: &str) -> Option<(String, Option<String>)> {
    let (key, value) = match part.split_once('=') {
        Some((key, value)) => (key, Some(percent::decode(value.trim_matches(OWS))?)),
        None => (part, None),
    };
    Some((token(key.trim_matches(OWS)).ok()?, value))
}

fn token(key: &str) -> Result<String, BaggageError> {
    let is_token = !key.is_empty() && key.bytes().all(is_token_byte);
    is_token.then(|| key.into()).ok_or(BaggageError::Key)
}

const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(
            byte,
            b'"' | b'(' | b')' | b',' | b'/' | b':'..=b'@' | b'['..=b']' | b'{' | b'}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use proptest::prelude::*;

    fn entry(key: &str, value: &str, properties: &[(&str, Option<&str>)]) -> BaggageEntry {
        let mut entry = BaggageEntry::new(key, value).expect("a token");
        for (key, value) in properties {
            entry.push(BaggageProperty::new(key, *value).expect("a token"));
        }
        entry
    }

    #[test]
    fn blanks_around_every_part_are_ignored() {
        let baggage = Baggage::parse([
            "SomeKey \t = \t SomeValue \t ; \t SomeProp \t , \t Key2 \t = \t a=b \t ; \t p \t = \t q= ",
            "",
            ",Key2=again,",
        ]);
        assert_eq!(
            baggage.entries(),
            [
                entry("SomeKey", "SomeValue", &[("SomeProp", None)]),
                entry("Key2", "a=b", &[("p", Some("q="))]),
                entry("Key2", "again", &[]),
            ]
        );
        assert_eq!(baggage.get("Key2"), Some("a=b"));
    }

    #[test]
    fn values_are_decoded_and_keys_are_not() {
        let baggage = Baggage::parse(["k%41=%09%20%22%27%3B%3Dasdf%21;p%41;q=%E2%82%AC"]);
        let expected = entry("k%41", "\t \"';=asdf!", &[("p%41", None), ("q", Some("€"))]);
        assert_eq!(baggage.entries(), [expected]);
        assert_eq!(
            baggage.format(),
            "k%41=%09%20%22'%3B=asdf!;p%41;q=%E2%82%AC"
        );
    }

    #[test]
    fn a_malformed_member_is_left_out() {
        for member in [
            "novalue", "=v", "a b=v", "k=a b", "k=\"v\"", "k=é", "k=v;", "k=v;p p", "k\\=v",
        ] {
            let baggage = Baggage::parse([format!("a=1,{member},b=").as_str()]);
            assert_eq!(baggage.format(), "a=1,b=", "{member}");
        }
    }

    #[test]
    fn members_that_do_not_fit_are_left_out_whole() {
        let mut baggage = Baggage::default();
        baggage.push(entry("a", &"x".repeat(8190), &[]));
        assert_eq!(baggage.format().len(), 8192);
        baggage.push(entry("b", "2", &[]));
        assert_eq!(baggage.format().len(), 8192);

        let many = Baggage {
            entries: (0..512)
                .map(|i| entry(&format!("{i:03}"), "0123456789a", &[]))
                .collect(),
        };
        assert_eq!(many.format().split(',').count(), 512);
    }

    proptest! {
        #[test]
        fn formatted_baggage_is_parsed_back(
            entries in prop::collection::vec(
                ("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}", any::<String>(),
                 prop::collection::vec(("[a-z]{1,4}", any::<Option<String>>()), 0..3)),
                0..5,
            ),
        ) {
            let mut baggage = Baggage::default();
            for (key, value, properties) in &entries {
                let properties: Vec<_> = properties.iter().map(|(k, v)| (k.as_str(), v.as_deref())).collect();
                baggage.push(entry(key, value, &properties));
            }
            prop_assert_eq!(Baggage::parse([baggage.format().as_str()]), baggage);
        }

        #[test]
        fn any_text_is_parsed(text in "([a=;,% 0-9A-F]{0,60}|\\PC{0,60})") {
            let _ = Baggage::parse([text.as_str()]);
        }
    }
}
