//! E-mail addresses.

use crate::bytes::Bytes;
use crate::kind::Kind;
use crate::scan::Match;

/// The address around the `@` at a position, or around the `%40` of an encoded one.
pub(crate) fn email(bytes: Bytes<'_>, at: usize, width: usize, floor: usize) -> Option<Match> {
    let mut start = at;
    while start > floor && at - start <= LONGEST_LOCAL {
        let byte = bytes.before(start);
        if byte == b'%' && !is_encoded_local(bytes, start) {
            // `%3D` and others end the local part; the digits belong to them.
            let digits = bytes.range(start, (start + 2).min(at));
            if digits.iter().all(u8::is_ascii_hexdigit) {
                start += digits.len();
            }
            break;
        }
        if !is_local(byte) {
            break;
        }
        start -= 1;
    }
    while start < at && !(bytes.at(start).is_ascii_alphanumeric() || bytes.at(start) >= 0x80) {
        start += 1;
    }
    if start == at || at - start > LONGEST_LOCAL {
        return None;
    }
    // The rest of two addresses without a blank between them.
    if bytes
        .range(start, at)
        .ends_with(Kind::Email.replacement().as_bytes())
    {
        return None;
    }
    let end = domain_end(bytes, at + width)?;
    // The user of a repository's address.
    let is_repository = bytes.range(start, at) == b"git" && bytes.at(end) == b':';
    (!is_repository).then_some(Match {
        start,
        end,
        kind: Kind::Email,
    })
}

/// The end of the longest host name of two labels or more whose last one is of letters.
fn domain_end(bytes: Bytes<'_>, from: usize) -> Option<usize> {
    let (mut at, mut labels, mut found) = (from, 0, None);
    loop {
        let end = bytes.end_of(at, |byte| {
            byte.is_ascii_alphanumeric() || byte == b'-' || byte >= 0x80
        });
        let label = bytes.range(at, end);
        if label.is_empty() || label.starts_with(b"-") {
            return found;
        }
        labels += 1;
        let is_top = label.len() > 1
            && (label
                .iter()
                .all(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80)
                || label.starts_with(b"xn--"));
        if labels > 1 && is_top {
            if FILES
                .iter()
                .any(|file| label.eq_ignore_ascii_case(file.as_bytes()))
            {
                return None;
            }
            found = Some(end);
        }
        if bytes.at(end) != b'.' {
            return found;
        }
        at = end + 1;
    }
}

const fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || byte >= 0x80
        || matches!(byte, b'.' | b'_' | b'+' | b'-' | b'%' | b'\'')
}

/// Whether the two digits behind a `%` encode a byte of a local part: `+`, `-`, `.`, `_`.
fn is_encoded_local(bytes: Bytes<'_>, at: usize) -> bool {
    ["2b", "2d", "2e", "5f"]
        .iter()
        .any(|code| bytes.begins(at, code))
}

const LONGEST_LOCAL: usize = 64;

/// Ends of file names that are no top-level domains: `logo@2x.png`, `f@app.js:1:2`, and in React
/// Native `f@main.jsbundle:1:2`.
const FILES: [&str; 24] = [
    "png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "ico", "js", "mjs", "cjs", "jsx", "ts",
    "tsx", "css", "scss", "html", "json", "wasm", "vue", "yaml", "local", "bundle", "jsbundle",
];
