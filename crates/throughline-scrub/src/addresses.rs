//! Redacts the secrets of all addresses in a text.
//!
//! Loops over positions: iterators would double the WebAssembly of this file.

use crate::bytes::Bytes;
use alloc::string::String;

/// Redacts what is secret in a text: in an address alone, in a stack, in a message.
///
/// - The value of `key=value` becomes `REDACTED` when the key names a secret, in the query, in
///   the fragment, in the path or in an address that is itself the value of a parameter.
/// - User name and password before a host become `REDACTED:REDACTED@`.
///
/// All other bytes stay, so lines and columns of a stack can still be read.
pub fn addresses(text: &str) -> String {
    let mut redacted = redact(text);
    if redacted != text {
        // Without a value the rest may read otherwise: a `/` in it has ended an authority. Bounded, since
        // whoever writes a text could nest any number of these.
        for _ in 0..MORE {
            redacted = redact(&redacted);
        }
    }
    redacted
}

fn redact(text: &str) -> String {
    let bytes = Bytes(text.as_bytes());
    let mut redacted = String::new();
    // The text is copied up to here.
    let (mut copied, mut at) = (0, 0);
    while at < text.len() {
        let (from, to, instead) = match bytes.at(at) {
            b'=' if bytes.is_secret(at) => {
                let from = at + 1 + usize::from(matches!(bytes.at(at + 1), b'"' | b'\''));
                (from, bytes.value_end(from), "REDACTED")
            }
            // `=` in an address that is the value of a parameter.
            b'%' if bytes.at(at + 1) == b'3'
                && bytes.at(at + 2) | 0x20 == b'd'
                && bytes.is_secret(at) =>
            {
                (at + 3, bytes.value_end(at + 3), "REDACTED")
            }
            b'/' if bytes.at(at + 1) == b'/' => {
                (at + 2, bytes.user_info_end(at + 2), "REDACTED:REDACTED@")
            }
            _ => (0, 0, ""),
        };
        at += 1;
        if to > 0 {
            redacted.push_str(text.get(copied..from).unwrap_or(""));
            redacted.push_str(instead);
            (copied, at) = (to, to);
        }
    }
    redacted.push_str(text.get(copied..).unwrap_or(""));
    redacted
}

/// The value of `url.full`: as [`addresses`].
pub fn url_full(url: &str) -> String {
    addresses(url)
}

impl Bytes<'_> {
    /// Whether the key that ends here names a secret. Case, `-` and `_` do not count.
    pub(crate) fn is_secret(self, mut end: usize) -> bool {
        // Of a key such as `user[password]`, which a browser encodes as `user%5Bpassword%5D`.
        if self.at(end.wrapping_sub(1)) == b']' {
            end -= 1;
        } else if self.at(end.wrapping_sub(3)) == b'%' {
            end -= 3;
        }
        let (mut at, mut fits) = (end, true);
        for letter in SECRETS.bytes().rev() {
            if matches!(letter, b' ' | b'.') {
                let is_whole = !self.at(at.wrapping_sub(1)).is_ascii_alphabetic()
                    || self.at(at.wrapping_sub(3)) == b'%';
                if fits && (letter == b' ' || is_whole) {
                    return true;
                }
                (at, fits) = (end, true);
            } else if fits {
                at = at.wrapping_sub(1);
                while matches!(self.at(at), b'-' | b'_') {
                    at = at.wrapping_sub(1);
                }
                fits = self.at(at) | 0x20 == letter;
            }
        }
        false
    }

    /// The end of the value that begins here. The position behind an address in a stack, and
    /// the punctuation of a sentence, are no part of it.
    pub(crate) fn value_end(self, from: usize) -> usize {
        let mut end = from;
        while !matches!(
            self.at(end),
            0..=b' ' | b'"' | b'<' | b'>' | b'`' | b'&' | b'#'
        ) {
            end += 1;
        }
        while end > from
            && matches!(
                self.at(end - 1),
                b')' | b']' | b'}' | b',' | b'.' | b';' | b'\''
            )
        {
            end -= 1;
        }
        let mut position = end;
        for _ in 0..2 {
            let digits = position;
            while self.at(position - 1).is_ascii_digit() {
                position -= 1;
            }
            if position == digits || self.at(position - 1) != b':' {
                return end;
            }
            position -= 1;
        }
        position
    }

    /// The end of the user name and password that begin here; 0 when there are none.
    pub(crate) fn user_info_end(self, from: usize) -> usize {
        let (mut at, mut end) = (from, 0);
        while !matches!(
            self.at(at),
            0..=b' ' | b'"' | b'<' | b'>' | b'`' | b'/' | b'?' | b'#'
        ) {
            at += 1;
            // The last `@` counts: https://url.spec.whatwg.org/#authority-state
            if self.at(at - 1) == b'@' {
                end = at;
            }
        }
        end
    }
}

/// How often a text in which something was found is looked at again.
const MORE: usize = 2;

/// The names of secrets. After a blank a name may be the end of a longer one; after a full stop
/// it is a whole word, because it is the end of harmless ones too. The keys that the semantic
/// conventions name are among them:
/// <https://opentelemetry.io/docs/specs/semconv/registry/attributes/url/#url-full>.
const SECRETS: &str = " token secret password passwd signature credential credentials apikey \
    accesskeyid sessionid authorization accesskey accountkey privatekey passphrase cookie csrf \
    xsrf.session.sig.pwd.pass.auth.jwt.otp.cvv.cvc";

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(addresses(text), expected);
        assert_eq!(addresses(expected), expected, "once more");
    }

    #[test]
    fn credentials_are_redacted() {
        check("https://ada:pw@h/", "https://REDACTED:REDACTED@h/");
        check("https://ada@h:8/?a@b", "https://REDACTED:REDACTED@h:8/?a@b");
        check("https://a@b:c@h", "https://REDACTED:REDACTED@h");
        // Without the value its `/` does not end the authority any more.
        check("://token=://&@", "://REDACTED:REDACTED@");
        check(
            "from https://ada:pw@h to wss://b:c@i/x",
            "from https://REDACTED:REDACTED@h to wss://REDACTED:REDACTED@i/x",
        );
    }

    #[test]
    fn an_at_sign_after_the_authority_is_no_credential() {
        check("https://h/@ada", "https://h/@ada");
        check("https://h?mail=a@b", "https://h?mail=a@b");
        check("/relative@x", "/relative@x");
        check(
            "pay@https://h/x.js:1:2\nf@https://h/y.js:3:4",
            "pay@https://h/x.js:1:2\nf@https://h/y.js:3:4",
        );
    }

    #[test]
    fn values_of_signatures_are_redacted_and_keys_stay() {
        check(
            "https://h/o?X-Amz-Signature=ab&part=2&X-Amz-Credential=k%2Fd&sig=#f",
            "https://h/o?X-Amz-Signature=REDACTED&part=2&X-Amz-Credential=REDACTED&sig=REDACTED#f",
        );
        for key in [
            "X-Amz-Signature",
            "X-Amz-Credential",
            "X-Amz-Security-Token",
            "AWSAccessKeyId",
            "Signature",
            "sig",
            "X-Goog-Signature",
        ] {
            check(
                &format!("http://h/?{key}=v"),
                &format!("http://h/?{key}=REDACTED"),
            );
        }
    }

    #[test]
    fn values_of_secrets_are_redacted_wherever_they_stand_in_an_address() {
        for key in [
            "token",
            "access_token",
            "api_key",
            "apiKey",
            "API-KEY",
            "password",
            "passwd",
            "pwd",
            "client_secret",
            "auth",
            "user[password]",
            "user%5Bpassword%5D",
            "login[pwd]",
            "jwt",
        ] {
            for before in [
                "https://h/?",
                "https://h/?a=1&",
                "https://h/#",
                "https://h/#/reset?",
                "https://h/p;",
                "/p?",
            ] {
                check(
                    &format!("{before}{key}=ab.c:d&z=1"),
                    &format!("{before}{key}=REDACTED&z=1"),
                );
            }
        }
        check(
            "https://h/in?next=https%3A%2F%2Fi%2F%3Ftoken%3Dab%26c&x=1",
            "https://h/in?next=https%3A%2F%2Fi%2F%3Ftoken%3DREDACTED&x=1",
        );
        check("?to=%2F%3Fsig%3dab", "?to=%2F%3Fsig%3dREDACTED");
    }

    #[test]
    fn other_keys_keep_their_values() {
        for url in [
            "https://h/?design=d&sigh=c&author=a&pass_through=1&compass=n&keyword=k",
            "https://h/token/1?page=2#secret",
            "a === b, 1 == 2",
        ] {
            check(url, url);
        }
    }

    #[test]
    fn positions_in_a_stack_stay() {
        check(
            "Error: x\n    at f (https://h/?sig=S:3:9)\n    at https://h/a?token=T:4:5\n    at g (eval at f (https://h/?sig=S:1:2), <anonymous>:1:1)",
            "Error: x\n    at f (https://h/?sig=REDACTED:3:9)\n    at https://h/a?token=REDACTED:4:5\n    at g (eval at f (https://h/?sig=REDACTED:1:2), <anonymous>:1:1)",
        );
        check(
            "f@https://h/?sig=S:3:9\n@https://h/?sig=S line 3 > eval:1:1",
            "f@https://h/?sig=REDACTED:3:9\n@https://h/?sig=REDACTED line 3 > eval:1:1",
        );
        check("https://h/?auth=user:4711", "https://h/?auth=REDACTED");
    }

    #[test]
    fn a_sentence_around_an_address_stays() {
        check(
            r#"could not load "https://h/?token=T": see (https://i/?sig=S), or 'https://j/?pwd=P'."#,
            r#"could not load "https://h/?token=REDACTED": see (https://i/?sig=REDACTED), or 'https://j/?pwd=REDACTED'."#,
        );
    }

    proptest! {
        #[test]
        fn the_value_of_a_secret_key_is_always_redacted(
            secret in "[a-z0-9%é():;?/]{8,20}[a-z]",
            key in "(Signature|token|my_password)",
            before in "(|Error: |    at f \\()(https://u:[a-z]{3}@h/p|/p)[?#;&]",
            tail in "(&[a-z]=1|:1:2\\)|\n| )?(#.{0,4})?",
        ) {
            let text = format!("{before}{key}={secret}{tail}");
            prop_assert!(!addresses(&text).contains(&secret));
        }

        #[test]
        fn a_text_without_secrets_is_unchanged(text in "[a-z]{0,5}(://)?[a-z.?&#=/é%\n(): ]{0,40}") {
            prop_assume!(!["sig", "auth", "pass", "pwd", "jwt", "token"].iter().any(|word| text.contains(word)));
            prop_assert_eq!(addresses(&text), text);
        }

        #[test]
        fn any_text_is_accepted(text in "(\\PC|=|%3D|://|@|token|sig|:1|\n){0,30}") {
            let once = addresses(&text);
            prop_assert_eq!(&addresses(&once), &once);
        }
    }
}
