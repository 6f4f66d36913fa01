//! Values of members with a secret's name: `"password": "…"`, `password: …`, `pwd = '…'`.

use crate::bytes::Bytes;
use crate::kind::Kind;
use crate::scan::{Match, is_secret};

/// The value behind the `:` or `=` at a position, when the name in front of it is a secret's.
pub(crate) fn member(bytes: Bytes<'_>, at: usize) -> Option<Match> {
    let mut end = at;
    for _ in 0..2 {
        end -= usize::from(end > 0 && bytes.before(end) == b' ');
    }
    let is_quoted = matches!(bytes.before(end), b'"' | b'\'');
    if is_quoted {
        end -= 1;
        // JSON in a string of JSON.
        end -= usize::from(bytes.before(end) == b'\\');
    }
    let last = bytes.before(end);
    if !(last.is_ascii_alphabetic() || last == b']') || !is_secret(bytes, end) {
        return None;
    }
    let mut from = at + 1;
    // `=>` of Ruby and PHP.
    from += usize::from(bytes.at(at) == b'=' && bytes.at(from) == b'>');
    let from = bytes.end_of(from, |byte| byte == b' ');
    if let Some(found) = quoted(bytes, from) {
        return Some(found);
    }
    if is_header(bytes, end) && !is_quoted {
        let stop = bytes.end_of(from, |byte| !matches!(byte, b'\r' | b'\n' | b'"' | b'\''));
        return credential(from, stop);
    }
    let stop = bytes.end_of(from, |byte| !ends_value(byte));
    let value = bytes.range(from, stop);
    let is_value = match value {
        b"null" | b"true" | b"false" | b"undefined" | b"None" => false,
        [first, ..] if is_quoted => first.is_ascii_alphanumeric() || *first == b'-',
        [first, ..] => first.is_ascii_alphanumeric() && is_no_prose(bytes, value, stop),
        [] => false,
    };
    if is_value {
        credential(from, stop)
    } else {
        None
    }
}

/// The text in the quotes that begin here, with a backslash in front or without.
pub(crate) fn quoted(bytes: Bytes<'_>, at: usize) -> Option<Match> {
    let escaped = usize::from(bytes.at(at) == b'\\');
    let quote = bytes.at(at + escaped);
    if !matches!(quote, b'"' | b'\'') {
        return None;
    }
    let from = at + escaped + 1;
    let mut end = from;
    while end < bytes.len() && !matches!(bytes.at(end), b'\n' | b'\r') {
        match bytes.at(end) {
            b'\\' if escaped == 1 && bytes.at(end + 1) == quote => break,
            b'\\' => end += 1,
            byte if byte == quote => break,
            _ => {}
        }
        end += 1;
    }
    // A backslash at the end of the text escapes nothing.
    credential(from, end.min(bytes.len()))
}

fn credential(start: usize, end: usize) -> Option<Match> {
    (start < end).then_some(Match {
        start,
        end,
        kind: Kind::Credential,
    })
}

/// Whether the name is a header's whose value goes on to the end of the line.
fn is_header(bytes: Bytes<'_>, end: usize) -> bool {
    ["authorization", "cookie"]
        .iter()
        .any(|name| end >= name.len() && bytes.begins(end - name.len(), name))
}

/// Whether a word without quotes is a value. In a sentence such as `password: must have eight
/// characters` it is none: small letters alone, and more of them behind.
fn is_no_prose(bytes: Bytes<'_>, value: &[u8], end: usize) -> bool {
    let is_last = !(bytes.at(end) == b' ' && bytes.at(end + 1).is_ascii_alphabetic());
    let is_letters = value.iter().all(u8::is_ascii_alphabetic);
    value.len() > 3
        && (!is_letters || (is_last && value.len() > 5))
        && !matches!(bytes.at(end), b'(' | b'[')
}

const fn ends_value(byte: u8) -> bool {
    matches!(
        byte,
        0..=b' '
            | b'"'
            | b'\''
            | b'<'
            | b'>'
            | b'`'
            | b'&'
            | b','
            | b';'
            | b')'
            | b']'
            | b'}'
            | b'('
            | b'['
    )
}
