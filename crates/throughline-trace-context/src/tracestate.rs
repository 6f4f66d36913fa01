//! The `tracestate` header: entries that tracing systems add for themselves.
//!
//! Source: <https://www.w3.org/TR/trace-context-2/#tracestate-header>.

use crate::ascii::{split as split_list, split_once};
use alloc::string::String;
use core::{fmt, iter};

/// The `tracestate` header, parsed: members `key=value`, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Tracestate {
    /// The members joined by commas, without blanks or empty members.
    text: String,
}

/// Error for a malformed member, which invalidates a received list. The caller is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TracestateError {
    /// A member has no `=`.
    #[error("a tracestate member has no value")]
    Delimiter,
    /// A key is not `[a-z0-9][a-z0-9_\-*/@]{0,255}`.
    #[error("a tracestate key is malformed")]
    Key,
    /// A value is not 1 to 256 printable characters without `,` and `=`, or ends in a blank.
    #[error("a tracestate value is malformed")]
    Value,
    /// There are more than 32 members.
    #[error("tracestate has more than {MAX_MEMBERS} members")]
    Members,
}

impl Tracestate {
    /// The list without members.
    pub const EMPTY: Self = Self {
        text: String::new(),
    };
    /// Limit on the members of a list.
    pub const MAX_MEMBERS: usize = MAX_MEMBERS;
    /// Characters of a list that every system has to propagate.
    pub const MAX_CHARS: usize = 512;

    /// Reads the field values of all `tracestate` headers, in their order, as one list.
    ///
    /// # Errors
    /// [`TracestateError`] for the first malformed member: the whole list is to be discarded,
    /// but the traceparent stays valid.
    pub fn parse<'a>(headers: impl IntoIterator<Item = &'a str>) -> Result<Self, TracestateError> {
        let mut list = Self::default();
        let mut members = 0;
        for member in headers.into_iter().flat_map(|header| header.split(',')) {
            let member = member.trim_matches(OWS);
            if member.is_empty() {
                continue;
            }
            let (key, value) = member.split_once('=').ok_or(TracestateError::Delimiter)?;
            check(key, value)?;
            members += 1;
            if members > MAX_MEMBERS {
                return Err(TracestateError::Members);
            }
            push(&mut list.text, member);
        }
        Ok(list)
    }

    /// Sets a member and moves it to the left; the right-most member is removed when there
    /// would be more than 32.
    ///
    /// # Errors
    /// [`TracestateError`] when key or value is malformed; nothing changes.
    pub fn insert(&mut self, key: &str, value: &str) -> Result<(), TracestateError> {
        check(key, value)?;
        let new = [key, "=", value].concat();
        let others = split(&self.text).filter(|member| key_of(member) != key);
        self.text = join(iter::once(new.as_str()).chain(others.take(MAX_MEMBERS - 1)));
        Ok(())
    }

    /// Removes every member with this key.
    pub fn remove(&mut self, key: &str) {
        self.text = join(split(&self.text).filter(|member| key_of(member) != key));
    }

    /// Shortens the list to at most `max_chars` characters. Members longer than 128 characters
    /// are removed first, and among equals the right-most; no member is cut.
    ///
    /// Source: <https://www.w3.org/TR/trace-context-2/#tracestate-limits>.
    pub fn shorten(&mut self, max_chars: usize) {
        while self.text.len() > max_chars {
            let members = || split(&self.text).enumerate();
            let long = members().filter(|(_, member)| member.len() > LONG_MEMBER);
            let Some((victim, _)) = long.last().or_else(|| members().last()) else {
                return;
            };
            let others = members().filter(|(index, _)| *index != victim);
            self.text = join(others.map(|(_, member)| member));
        }
    }

    /// Value of a member; of the left-most one if the key appears twice.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.members()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    /// Key and value of every member, the newest first.
    pub fn members(&self) -> impl Iterator<Item = (&str, &str)> {
        split(&self.text).filter_map(|member| member.split_once('='))
    }

    /// Whether there are no members, so that no header is sent.
    pub const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The field value to send.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Tracestate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

fn check(key: &str, value: &str) -> Result<(), TracestateError> {
    let first = key.bytes().next();
    let starts_well = first.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if !starts_well || key.len() > MAX_PART || !key.bytes().all(is_key_byte) {
        return Err(TracestateError::Key);
    }
    if value.is_empty()
        || value.len() > MAX_PART
        || value.ends_with(' ')
        || !value.bytes().all(is_value_byte)
    {
        return Err(TracestateError::Value);
    }
    Ok(())
}

const fn is_key_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/' | b'@')
}

const fn is_value_byte(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b',' && byte != b'='
}

/// Key and value of every member of a list that was not parsed.
pub(crate) fn members(text: &str) -> impl Iterator<Item = (&str, &str)> {
    split_list(text, b',').filter_map(|member| split_once(member.trim_matches(OWS), b'='))
}

/// A list that was not parsed, with this member at the left, or without it when the value is
/// empty.
pub(crate) fn with_member(text: &str, key: &str, value: &str) -> String {
    let others = text.split(',').map(|member| member.trim_matches(OWS));
    let others = others.filter(|member| !member.is_empty() && key_of(member) != key);
    if value.is_empty() {
        return join(others);
    }
    let new = [key, "=", value].concat();
    join(iter::once(new.as_str()).chain(others.take(MAX_MEMBERS - 1)))
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|member| !member.is_empty())
}

fn key_of(member: &str) -> &str {
    member.split_once('=').map_or(member, |(key, _)| key)
}

fn join<'a>(members: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for member in members {
        push(&mut text, member);
    }
    text
}

fn push(text: &mut String, member: &str) {
    if !text.is_empty() {
        text.push(',');
    }
    text.push_str(member);
}

/// Optional white space of HTTP: <https://www.rfc-editor.org/rfc/rfc9110#section-5.6.3>.
pub(crate) const OWS: [char; 2] = [' ', '\t'];
const MAX_MEMBERS: usize = 32;
/// Characters of a key, and of a value.
const MAX_PART: usize = 256;
/// Members longer than this are removed first when a list is shortened.
const LONG_MEMBER: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn parse(header: &str) -> Result<Tracestate, TracestateError> {
        Tracestate::parse([header])
    }

    #[test]
    fn several_headers_are_one_list() {
        let list = Tracestate::parse(["foo=1, bar=2\t", "", " ,baz= 3 ,"]).expect("valid");
        assert_eq!(list.as_str(), "foo=1,bar=2,baz= 3");
        assert_eq!(list.get("baz"), Some(" 3"));
    }

    #[test]
    fn level_2_keys_need_no_tenant_grammar() {
        let longest = "z".repeat(256);
        for key in ["foo@", "foo@@bar", "foo@bar@baz", "0x", "a_-*/@", &longest] {
            assert!(parse(&format!("{key}=1")).is_ok(), "{key}");
        }
        let too_long = "z".repeat(257);
        for key in [
            "", "@foo", "_a", "FOO", "foo.bar", "foo ", "f\u{f6}o", &too_long,
        ] {
            assert_eq!(
                parse(&format!("{key}=1")),
                Err(TracestateError::Key),
                "{key}"
            );
        }
    }

    #[test]
    fn one_malformed_member_invalidates_the_list() {
        assert_eq!(parse("foo=,bar=3"), Err(TracestateError::Value));
        assert_eq!(parse("bar=3,foo=bar=baz"), Err(TracestateError::Value));
        assert_eq!(parse("foo"), Err(TracestateError::Delimiter));
        assert_eq!(parse("foo=1\t2"), Err(TracestateError::Value));
        assert_eq!(
            parse(&format!("foo={}", "v".repeat(257))),
            Err(TracestateError::Value)
        );
    }

    #[test]
    fn thirty_three_members_are_too_many() {
        let members: Vec<_> = (0..33).map(|i| format!("k{i}={i}")).collect();
        assert_eq!(parse(&members.join(",")), Err(TracestateError::Members));
        assert!(parse(&members[..32].join(",")).is_ok());
    }

    #[test]
    fn a_new_member_is_first_and_the_33rd_is_removed() {
        let members: Vec<_> = (0..32).map(|i| format!("k{i}={i}")).collect();
        let mut list = parse(&members.join(",")).expect("valid");
        list.insert("k5", "new").expect("valid");
        assert!(list.as_str().starts_with("k5=new,k0=0,"));
        assert_eq!(list.members().count(), 32);
        list.insert("ot", "th:8").expect("valid");
        assert_eq!(list.members().count(), 32);
        assert_eq!(list.get("k31"), None);
    }

    #[test]
    fn a_malformed_member_is_not_inserted() {
        let mut list = parse("foo=1").expect("valid");
        for (key, value) in [("Foo", "1"), ("foo", "1 "), ("foo", "1,2"), ("foo", "")] {
            assert!(list.insert(key, value).is_err(), "{key}={value}");
        }
        assert_eq!(list.as_str(), "foo=1");
    }

    #[test]
    fn long_members_are_removed_first_then_the_right_most() {
        let long = format!("long={}", "x".repeat(130));
        let short = format!("s={}", "y".repeat(100));
        let mut list = parse(&format!("a=1,{long},{short},c=3")).expect("valid");
        list.shorten(150);
        assert_eq!(list.as_str(), format!("a=1,{short},c=3"));
        list.shorten(108);
        assert_eq!(list.as_str(), format!("a=1,{short}"));
        list.shorten(2);
        assert!(list.is_empty());

        let mut list = parse(&format!("{long},s=1,{long},t=2")).expect("valid");
        list.shorten(150);
        assert_eq!(list.as_str(), format!("{long},s=1,t=2"));
    }

    proptest! {
        #[test]
        fn a_formatted_list_is_parsed_back(
            members in prop::collection::vec("[a-z0-9][a-z0-9_*/@-]{0,20}=[ -+\\--<>-~]{0,20}[!-+\\--<>-~]", 0..32),
        ) {
            let list = Tracestate::parse([members.join(",").as_str()]).expect("valid");
            prop_assert_eq!(list.as_str(), members.join(","));
            prop_assert_eq!(Tracestate::parse([list.as_str()]), Ok(list));
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC{0,100}", max in 0_usize..80) {
            if let Ok(mut list) = Tracestate::parse([text.as_str()]) {
                list.shorten(max);
                prop_assert!(list.as_str().len() <= max);
            }
        }
    }
}
