//! Source maps that are inside of the comment which names them, as development servers write them.
//!
//! Source: <https://www.rfc-editor.org/rfc/rfc2397>.

use alloc::vec::Vec;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The content of an address that begins with `data:`; `None` where it is another address, or its
/// content cannot be decoded.
///
/// ```
/// use throughline_sourcemap::decode_inline_map;
///
/// let url = "data:application/json;charset=utf-8;base64,e30=";
/// assert_eq!(decode_inline_map(url).as_deref(), Some(&b"{}"[..]));
/// ```
pub fn decode_inline_map(url: &str) -> Option<Vec<u8>> {
    let (scheme, rest) = url.split_at_checked(SCHEME.len())?;
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return None;
    }
    let (kind, content) = rest.split_once(',')?;
    let content = percent_decoded(content.as_bytes());
    let last = kind.rsplit(';').next().unwrap_or_default();
    if last.trim().eq_ignore_ascii_case("base64") {
        BASE64.decode(&content).ok()
    } else {
        Some(content)
    }
}

/// Bytes with their escapes decoded; what is no escape stays.
fn percent_decoded(mut rest: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(rest.len());
    while let Some((byte, after)) = rest.split_first() {
        let escaped = match after {
            [high, low, ..] if *byte == b'%' => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                decoded.push(high << 4 | low);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                decoded.push(*byte);
                rest = after;
            }
        }
    }
    decoded
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

const SCHEME: &str = "data:";
/// Some tools leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_encodings_are_decoded() {
        for (url, expected) in [
            ("data:application/json;base64,e30=", Some("{}")),
            ("data:application/json;charset=utf-8;base64,e30", Some("{}")),
            ("DATA:application/json; Base64,e30%3D", Some("{}")),
            ("data:application/json,%7B%7d", Some("{}")),
            ("data:,%+1%zz%41%", Some("%+1%zzA%")),
            ("data:;base64,!!", None),
            ("data:nothing", None),
            ("a.js.map", None),
            ("dätä:,", None),
            ("", None),
        ] {
            let decoded = decode_inline_map(url);
            assert_eq!(decoded.as_deref(), expected.map(str::as_bytes), "{url}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_come_back(bytes: Vec<u8>) {
            let url = alloc::format!("data:;base64,{}", BASE64.encode(&bytes));
            let decoded = decode_inline_map(&url);
            proptest::prop_assert_eq!(decoded.as_ref(), Some(&bytes));
            let escaped: alloc::string::String =
                bytes.iter().map(|byte| alloc::format!("%{byte:02X}")).collect();
            let url = alloc::format!("data:,{escaped}");
            proptest::prop_assert_eq!(decode_inline_map(&url), Some(bytes));
        }

        #[test]
        fn any_text_ends(text in "(data:)?[;,%a-z0-9=]{0,20}.{0,20}") {
            let _ = decode_inline_map(&text);
        }
    }
}
