//! Redacts a URL for `url.full`.

use alloc::string::String;

/// Redacts the credentials of a URL and the values of signatures in its query.
///
/// User name and password become `REDACTED:REDACTED@`; the values of the seven query keys
/// that the semantic conventions name become `REDACTED`, the keys stay. The match is
/// case-sensitive. All other bytes stay.
/// Source: <https://opentelemetry.io/docs/specs/semconv/registry/attributes/url/#url-full>.
pub fn url_full(url: &str) -> String {
    let mut redacted = String::new();
    let mut copy = |from: usize, to: usize, instead: &str| {
        redacted.push_str(url.get(from..to).unwrap_or(""));
        redacted.push_str(instead);
    };
    let mut copied = 0;
    if let Some((user, host)) = credentials(url.as_bytes()) {
        copy(0, user, "REDACTED:REDACTED@");
        copied = host;
    }
    let mut key = url.len();
    let mut secret = false;
    // The end of the URL ends a value just as the beginning of a fragment does.
    let bytes = url.bytes().chain([b'#']).enumerate();
    for (at, byte) in bytes.skip(copied) {
        if secret && matches!(byte, b'&' | b'#') {
            copied = at;
            secret = false;
        }
        match byte {
            b'?' | b'&' => key = at + 1,
            b'#' => break,
            b'=' if url
                .get(key..at)
                .is_some_and(|key| SIGNATURES.contains(&key)) =>
            {
                copy(copied, at + 1, "REDACTED");
                secret = true;
            }
            _ => {}
        }
    }
    copy(copied, url.len(), "");
    redacted
}

/// Positions of `user:password@` and of the host after it.
fn credentials(url: &[u8]) -> Option<(usize, usize)> {
    let user = 3 + url.windows(3).position(|three| three == b"://")?;
    let mut host = None;
    for (at, byte) in url.iter().enumerate().skip(user) {
        match byte {
            b'/' | b'?' | b'#' => break,
            // The last `@` counts: https://url.spec.whatwg.org/#authority-state
            b'@' => host = Some(at + 1),
            _ => {}
        }
    }
    Some((user, host?))
}

/// Query keys of signatures:
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
    fn credentials_are_redacted() {
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
    fn values_of_signatures_are_redacted_and_keys_stay() {
        check(
            "https://h/o?X-Amz-Signature=ab&part=2&X-Amz-Credential=k%2Fd&sig=#f",
            "https://h/o?X-Amz-Signature=REDACTED&part=2&X-Amz-Credential=REDACTED&sig=REDACTED#f",
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
    fn a_fragment_is_no_query() {
        check("https://h/?a=1#sig=2&sig=3", "https://h/?a=1#sig=2&sig=3");
    }

    proptest! {
        #[test]
        fn the_value_of_a_signature_key_is_always_redacted(secret in "[a-z0-9%é]{8,20}", tail in "(&[a-z]=1)?(#.{0,4})?") {
            let url = format!("https://u:{secret}@h/p?a=b&Signature={secret}{tail}");
            prop_assert!(!url_full(&url).contains(&secret));
        }

        #[test]
        fn a_url_without_secrets_is_unchanged(text in "[a-z]{0,5}(://)?[a-z.?&#=/é]{0,40}") {
            prop_assume!(!text.contains("sig="));
            prop_assert_eq!(url_full(&text), text);
        }

        #[test]
        fn any_text_is_accepted(text in any::<String>()) {
            url_full(&text);
        }
    }
}
