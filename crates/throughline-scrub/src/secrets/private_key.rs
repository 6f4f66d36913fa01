//! Private keys in PEM: <https://www.rfc-editor.org/rfc/rfc7468>.

use crate::bytes::Bytes;
use crate::kind::Kind;
use crate::scan::Match;

/// The key whose first line begins here, up to its last line or the end of the text.
pub(crate) fn private_key(bytes: Bytes<'_>, at: usize) -> Option<Match> {
    if bytes.at(at + 1) != b'-' || !bytes.begins(at, "-----begin ") {
        return None;
    }
    let label = at + BEGIN;
    let dashes = bytes.end_of(label, |byte| byte.is_ascii_alphabetic() || byte == b' ');
    let is_key = contains(bytes.range(label, dashes), b"PRIVATE KEY");
    if !is_key || bytes.range(dashes, dashes + 5) != b"-----" {
        return None;
    }
    let body = bytes.range(dashes + 5, bytes.len());
    let end = match position(body, b"-----END ") {
        Some(last) => {
            let label = dashes + 5 + last + b"-----END ".len();
            let dashes = bytes.end_of(label, |byte| byte.is_ascii_alphabetic() || byte == b' ');
            bytes.end_of(dashes, |byte| byte == b'-')
        }
        None => bytes.len(),
    };
    Some(Match {
        start: at,
        end,
        kind: Kind::PrivateKey,
    })
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    position(text, part).is_some()
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

const BEGIN: usize = "-----BEGIN ".len();
