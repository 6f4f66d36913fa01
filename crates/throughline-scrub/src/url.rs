//! What of a URL may be recorded as `url.full`?

use alloc::borrow::Cow;
use alloc::string::String;

/// The URL without credentials and without the values of signatures in its query.
///
/// User name and password become `REDACTED:REDACTED@`; the values of the seven query keys
/// that the semantic conventions name become `REDACTED`, the keys stay. The match is
/// case-sensitive. What is not touched is borrowed, byte for byte.
/// Source: <https://opentelemetry.io/docs/specs/semconv/registry/attributes/url/#url-full>.
pub fn url_full(url: &str) -> Cow<'_, str> {
    let (before_fragment, fragment) = split_before(url, b'#');
    let (address, query) = split_before(before_fragment, b'?');
    let credentials = credentials(address);
    if credentials.is_none() && !pairs(query).any(is_signature) {
        return Cow::Borrowed(url);
    }
    let mut redacted = String::with_capacity(url.len() + 2 * REDACTED.len());
    match credentials {
        Some((scheme, host)) => {
            redacted.push_str(scheme);
            redacted.push_str("REDACTED:REDACTED@");
            redacted.push_str(host);
        }
        None => redacted.push_str(address),
    }
    for pair in pairs(query) {
        if is_signature(pair) {
            // The delimiter in front belongs to the pair, so the key ends at `=`.
            redacted.push_str(split_before(pair, b'=').0);
            redacted.push('=');
            redacted.push_str(REDACTED);
        } else {
            redacted.push_str(pair);
        }
    }
    redacted.push_str(fragment);
    Cow::Owned(redacted)
}

/// What stands before and after `user:password@`, when the authority has it.
fn credentials(address: &str) -> Option<(&str, &str)> {
    let bytes = address.as_bytes();
    let authority = bytes.windows(3).position(|three| three == b"://")? + 3;
    let end = position(bytes.get(authority..)?, b'/').map_or(bytes.len(), |at| authority + at);
    // The last `@` ends the user information: https://url.spec.whatwg.org/#authority-state
    let at = bytes
        .get(authority..end)?
        .iter()
        .rposition(|&byte| byte == b'@')?;
    Some((
        address.get(..authority)?,
        address.get(authority + at + 1..)?,
    ))
}

/// The pairs of a query, each with the `?` or `&` in front of it.
fn pairs(query: &str) -> impl Iterator<Item = &str> {
    let mut rest = query;
    core::iter::from_fn(move || {
        let delimiter = rest.get(..1)?;
        let (pair, after) = split_before(rest.get(1..)?, b'&');
        let whole = rest.get(..delimiter.len() + pair.len())?;
        rest = after;
        Some(whole)
    })
}

fn is_signature(pair: &str) -> bool {
    let (key, value) = split_before(pair, b'=');
    value.len() > 1 && key.get(1..).is_some_and(|key| SIGNATURES.contains(&key))
}

/// Splits in front of the first `byte`, an ASCII character.
fn split_before(text: &str, byte: u8) -> (&str, &str) {
    let at = position(text.as_bytes(), byte).unwrap_or(text.len());
    text.split_at_checked(at).unwrap_or((text, ""))
}

// `str::find` brings the general searcher along, which is a tenth of the engine's size.
fn position(bytes: &[u8], byte: u8) -> Option<usize> {
    bytes.iter().position(|&one| one == byte)
}

const REDACTED: &str = "REDACTED";

/// <https://opentelemetry.io/docs/specs/semconv/registry/attributes/url/#url-full>
const SIGNATURES: [&str; 7] = [
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "AWSAccessKeyId",
    "Signature",
    "sig",
    "X-Goog-Signature",
];

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use proptest::prelude::*;

    fn check(url: &str, expected: &str) {
        assert_eq!(url_full(url), expected);
    }

    #[test]
    fn credentials_go() {
        check("https://ada:pw@h/", "https://REDACTED:REDACTED@h/");
        check("https://ada@h:8/?a@b", "https://REDACTED:REDACTED@h:8/?a@b");
        check("https://a@b:c@h", "https://REDACTED:REDACTED@h");
    }

    #[test]
    fn an_at_sign_after_the_authority_is_no_credential() {
        check("https://h/@ada", "https://h/@ada");
        check("https://h?mail=a@b", "https://h?mail=a@b");
        check("/relative@x", "/relative@x");
    }

    #[test]
    fn values_of_signatures_go_and_keys_stay() {
        check(
            "https://h/o?X-Amz-Signature=ab&part=2&X-Amz-Credential=k%2Fd&sig=#f",
            "https://h/o?X-Amz-Signature=REDACTED&part=2&X-Amz-Credential=REDACTED&sig=#f",
        );
        for key in SIGNATURES {
            check(
                &format!("http://h/?{key}=v"),
                &format!("http://h/?{key}=REDACTED"),
            );
        }
    }

    #[test]
    fn keys_match_case_and_length() {
        check(
            "https://h/?signature=a&Sig=b&sigh=c&design=d",
            "https://h/?signature=a&Sig=b&sigh=c&design=d",
        );
    }

    #[test]
    fn a_url_without_secrets_is_not_copied() {
        assert!(matches!(url_full("https://h/?a=1#sig=2"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn what_follows_a_signature_key_never_leaves(secret in "[a-z0-9%é]{8,20}", tail in "(&[a-z]=1)?(#.{0,4})?") {
            let url = format!("https://u:{secret}@h/p?a=b&Signature={secret}{tail}");
            prop_assert!(!url_full(&url).contains(&secret));
        }

        #[test]
        fn any_text_is_survived(text in any::<String>()) {
            url_full(&text);
        }
    }
}
