//! The shapes of keys and tokens.

use crate::bytes::Bytes;
use crate::kind::Kind;
use crate::scan::Match;

/// The token that a word is, or begins.
pub(super) fn token(bytes: Bytes<'_>, start: usize, end: usize) -> Option<Match> {
    let word = bytes.range(start, end);
    let (start, end) = jwt(bytes, start, end)
        .or_else(|| behind_a_dot(bytes, start, end))
        .or_else(|| behind_a_path(bytes, start, end))
        .or_else(|| is_key(word).then_some((start, end)))?;
    Some(Match {
        start,
        end,
        kind: Kind::Token,
    })
}

/// Whether a word has the shape of a provider's key.
fn is_key(word: &[u8]) -> bool {
    let first = word.first();
    SHAPES.iter().any(|(prefix, lengths, digits)| {
        prefix.as_bytes().first() == first
            && word.strip_prefix(prefix.as_bytes()).is_some_and(|rest| {
                (lengths.0..=lengths.1).contains(&rest.len())
                    && rest.iter().all(|byte| digits.has(*byte))
                    && (*digits != Digits::Mixed || is_mixed(rest))
            })
    })
}

/// A JSON Web Token: two parts or more, the first of them an object.
fn jwt(bytes: Bytes<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    if !bytes.range(start, end).starts_with(b"eyJ") {
        return None;
    }
    let (mut end, mut parts) = (end, 1);
    while bytes.at(end) == b'.' && parts < 5 {
        let next = bytes.end_of(end + 1, |byte| Digits::Word.has(byte));
        if next == end + 1 && parts < 2 {
            break;
        }
        (end, parts) = (next, parts + 1);
    }
    (parts > 1).then_some((start, end))
}

/// SendGrid's `SG.….…` and Google's `ya29.…`.
fn behind_a_dot(bytes: Bytes<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    if bytes.before(start) != b'.' || start < 3 {
        return None;
    }
    if bytes.range(start.saturating_sub(5), start) == b"ya29." {
        return Some((start - 5, end));
    }
    let is_free = start == 3 || !bytes.before(start - 3).is_ascii_alphanumeric();
    if is_free && bytes.range(start - 3, start) == b"SG." && bytes.at(end) == b'.' {
        let end = bytes.end_of(end + 1, |byte| Digits::Word.has(byte));
        return Some((start - 3, end));
    }
    None
}

/// The secret at the end of a Slack webhook's address, and a Telegram bot's token.
fn behind_a_path(bytes: Bytes<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    match bytes.before(start) {
        b'/' => {
            let from = start.saturating_sub(60);
            let before = bytes.range(from, start);
            let mark = b"hooks.slack.com/";
            let is_hook = before.windows(mark.len()).any(|window| window == mark);
            is_hook.then_some((start, end))
        }
        b':' if end - start == 35 && bytes.at(start) == b'A' => {
            let mut from = start - 1;
            while bytes.before(from).is_ascii_digit() {
                from -= 1;
            }
            (8..=10)
                .contains(&(start - 1 - from))
                .then_some((from, end))
        }
        _ => None,
    }
}

/// Whether a text has small letters, capitals and digits, as random ones have and names have
/// not.
fn is_mixed(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_digit)
        && text.iter().any(u8::is_ascii_uppercase)
        && text.iter().any(u8::is_ascii_lowercase)
}

/// The characters behind a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Digits {
    /// Hexadecimal, small.
    Hex,
    /// Capitals and digits.
    Upper,
    /// Letters, digits, `-` and `_`.
    Word,
    /// The same, and small letters, capitals and digits are all there.
    Mixed,
}

impl Digits {
    const fn has(self, byte: u8) -> bool {
        match self {
            Digits::Hex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Digits::Upper => matches!(byte, b'0'..=b'9' | b'A'..=b'Z'),
            Digits::Word | Digits::Mixed => {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
            }
        }
    }
}

/// Prefix, number of characters behind it, and what they are.
const SHAPES: &[(&str, (usize, usize), Digits)] = &[
    // AWS access key ids.
    ("AKIA", (16, 16), Digits::Upper),
    ("ASIA", (16, 16), Digits::Upper),
    // Google API keys and OAuth secrets.
    ("AIza", (35, 35), Digits::Word),
    ("GOCSPX-", (20, 40), Digits::Word),
    // GitHub and GitLab.
    ("ghp_", (36, 251), Digits::Word),
    ("gho_", (36, 251), Digits::Word),
    ("ghu_", (36, 251), Digits::Word),
    ("ghs_", (36, 251), Digits::Word),
    ("ghr_", (36, 251), Digits::Word),
    ("github_pat_", (22, 251), Digits::Word),
    ("glpat-", (20, 60), Digits::Word),
    // Stripe.
    ("sk_live_", (12, 251), Digits::Word),
    ("sk_test_", (12, 251), Digits::Word),
    ("rk_live_", (12, 251), Digits::Word),
    ("rk_test_", (12, 251), Digits::Word),
    ("whsec_", (20, 80), Digits::Word),
    // Slack.
    ("xoxb-", (15, 251), Digits::Word),
    ("xoxp-", (15, 251), Digits::Word),
    ("xoxa-", (15, 251), Digits::Word),
    ("xoxr-", (15, 251), Digits::Word),
    ("xoxs-", (15, 251), Digits::Word),
    ("xoxe-", (15, 251), Digits::Word),
    ("xapp-", (15, 251), Digits::Word),
    // OpenAI, Anthropic, Groq, Hugging Face.
    ("sk-", (20, 251), Digits::Mixed),
    ("gsk_", (40, 80), Digits::Mixed),
    ("hf_", (30, 60), Digits::Mixed),
    // npm, PyPI, Shopify, DigitalOcean, Databricks, Atlassian, Linear.
    ("npm_", (36, 36), Digits::Word),
    ("pypi-", (50, 251), Digits::Word),
    ("shpat_", (32, 32), Digits::Hex),
    ("shpss_", (32, 32), Digits::Hex),
    ("dop_v1_", (64, 64), Digits::Hex),
    ("dapi", (32, 32), Digits::Hex),
    ("ATATT3", (40, 251), Digits::Mixed),
    ("lin_api_", (30, 60), Digits::Mixed),
    // Twilio, Mailgun, Square.
    ("SK", (32, 32), Digits::Hex),
    ("key-", (32, 32), Digits::Hex),
    ("sq0atp-", (22, 22), Digits::Word),
    ("sq0csp-", (43, 43), Digits::Word),
];
