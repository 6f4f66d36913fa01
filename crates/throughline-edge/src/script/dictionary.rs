//! Compression Dictionary Transport: the current script for a browser that has an earlier one.
//!
//! <https://www.rfc-editor.org/rfc/rfc9842>

use super::Script;
use super::encoding::names;
use http::header::{HeaderMap, HeaderName};
use throughline_otlp::json::base64;

/// The difference of the current script to the one that the client has; `None` where it has none of
/// these, or does not read the encoding.
pub(super) fn difference(headers: &HeaderMap, scripts: &[Script]) -> Option<&'static [u8]> {
    let available = available(headers)?;
    let mut differences = scripts.iter().map(|script| script.to_current);
    let difference = differences.find(|bytes| bytes.get(HASH) == Some(&*available))?;
    names(headers, ENCODING).then_some(difference)
}

/// The SHA-256 of what the client has, by `Available-Dictionary: :pZGm1Av0IEBKARczz7exkNYsZb8LzaMrV7J32a2fFG4=:`.
///
/// <https://www.rfc-editor.org/rfc/rfc9651#section-4.2.7>
fn available(headers: &HeaderMap) -> Option<Vec<u8>> {
    let mut lines = headers.get_all(AVAILABLE_DICTIONARY).iter();
    let line = lines.next()?.to_str().ok()?;
    let (text, parameters) = line.trim().strip_prefix(':')?.split_once(':')?;
    let is_item = lines.next().is_none() && (parameters.is_empty() || parameters.starts_with(';'));
    let bytes = is_item.then(|| base64::decode(text))??;
    (bytes.len() == HASH.len()).then_some(bytes)
}

/// Brotli with a dictionary. It has four bytes, the SHA-256 of the dictionary, and brotli's bytes.
///
/// <https://www.rfc-editor.org/rfc/rfc9842#section-4>
pub(super) const ENCODING: &str = "dcb";
const HASH: std::ops::Range<usize> = 4..36;
const AVAILABLE_DICTIONARY: HeaderName = HeaderName::from_static("available-dictionary");

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn of(line: &str) -> Option<Vec<u8>> {
        let mut headers = HeaderMap::new();
        headers.insert(AVAILABLE_DICTIONARY, HeaderValue::from_str(line).unwrap());
        available(&headers)
    }

    #[test]
    fn a_hash_is_a_byte_sequence_of_32_bytes() {
        let text = "pZGm1Av0IEBKARczz7exkNYsZb8LzaMrV7J32a2fFG4=";
        let hash = base64::decode(text).unwrap();
        let short = &text[4..];
        for (line, expected) in [
            (format!(":{text}:"), Some(&hash)),
            (format!("  :{text}: "), Some(&hash)),
            (format!(":{text}:;x=1"), Some(&hash)),
            (format!(":{}:", text.trim_end_matches('=')), Some(&hash)),
            (format!(":{text}"), None),
            (text.to_owned(), None),
            (format!(":{text}:, :{text}:"), None),
            (format!(":{text}:x"), None),
            (format!(":{short}:"), None),
            (format!(":AAAA{text}:"), None),
            (format!("\"{text}\""), None),
            ("::".to_owned(), None),
            (":".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(of(&line).as_ref(), expected, "{line}");
        }
        let mut headers = HeaderMap::new();
        let line = HeaderValue::try_from(format!(":{text}:")).unwrap();
        headers.append(AVAILABLE_DICTIONARY, line.clone());
        headers.append(AVAILABLE_DICTIONARY, line);
        assert_eq!(available(&headers), None);
    }

    proptest! {
        #[test]
        fn a_hash_is_read_back(hash: [u8; 32]) {
            let line = format!(":{}:", base64::encode(&hash));
            prop_assert_eq!(of(&line), Some(hash.to_vec()));
        }

        #[test]
        fn any_line_is_a_hash_or_none(line in "[ -~]{0,60}|:[A-Za-z0-9+/=]{40,48}:[;a-z]{0,3}") {
            let hash = of(&line);
            prop_assert!(hash.is_none_or(|hash| hash.len() == 32));
        }
    }
}
