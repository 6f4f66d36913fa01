//! Credentials behind the scheme of an Authorization header:
//! <https://www.rfc-editor.org/rfc/rfc6750>, <https://www.rfc-editor.org/rfc/rfc7617>.

use crate::bytes::Bytes;
use crate::kind::Kind;
use crate::scan::Match;

/// The credential behind the `Bearer` or `Basic` that begins here.
#[inline]
pub(crate) fn scheme(bytes: Bytes<'_>, at: usize) -> Option<Match> {
    if !matches!(
        [bytes.at(at + 1) | 0x20, bytes.at(at + 2) | 0x20],
        [b'e', b'a'] | [b'a', b's']
    ) {
        return None;
    }
    let is_bearer = bytes.begins(at, "bearer ");
    if !is_bearer && !bytes.begins(at, "basic ") || bytes.before(at).is_ascii_alphanumeric() {
        return None;
    }
    let from = bytes.end_of(at + 5 + usize::from(is_bearer), |byte| byte == b' ');
    let end = bytes.end_of(from, is_token);
    let end = bytes.end_of(end, |byte| byte == b'=');
    let token = bytes.range(from, end);
    let is_credential = if is_bearer {
        token.len() >= 8 && token.iter().any(u8::is_ascii_digit)
    } else {
        token.len() >= 8 && token.len().is_multiple_of(4) && has_colon(token)
    };
    is_credential.then_some(Match {
        start: from,
        end,
        kind: Kind::Credential,
    })
}

/// The characters of `b64token`.
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/')
}

/// Whether base64 contains a colon, as a user name and a password have between them.
fn has_colon(base64: &[u8]) -> bool {
    let mut bits = 0u32;
    base64.iter().enumerate().any(|(index, byte)| {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return false,
        };
        bits = bits << 6 | u32::from(value);
        // Of four digits three bytes.
        let shift = match index % 4 {
            1 => 4,
            2 => 2,
            3 => 0,
            _ => return false,
        };
        (bits >> shift) as u8 == b':'
    })
}
