//! Removes what was found from a text, or puts something in its place.

use crate::kind::{Kind, Kinds};
use crate::scan::{Match, find};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// How a match, or a whole value, is redacted. A second pass changes nothing more.
#[derive(Debug, Clone)]
pub enum Redaction {
    /// The match is cut out.
    Remove,
    /// Letters and digits become `*`, the last four of a card stay. Of an IP address the
    /// network stays: 24 bits of version 4, 48 bits of version 6.
    Mask,
    /// A keyed hash takes its place: the same value always has the same hash.
    #[cfg(feature = "hash")]
    Hash(HashKey),
    /// [`Kind::replacement`] takes its place.
    Standard,
    /// A text takes its place.
    Replace(Box<str>),
}

impl Redaction {
    /// Appends what takes the place of a match.
    pub fn write(&self, found: &[u8], kind: Kind, out: &mut Vec<u8>) {
        match self {
            Redaction::Remove => {}
            Redaction::Mask => mask(found, kind, out),
            #[cfg(feature = "hash")]
            Redaction::Hash(key) => key.write(found, out),
            Redaction::Standard => out.extend_from_slice(kind.replacement().as_bytes()),
            Redaction::Replace(text) => out.extend_from_slice(text.as_bytes()),
        }
    }
}

/// Redacts what is of these kinds in a UTF-8 text. `redaction_of` is called with every match that
/// changes. `None` when nothing does.
pub fn redact<'r>(
    text: &[u8],
    kinds: Kinds,
    redaction_of: impl FnMut(&Match) -> &'r Redaction,
    changed: impl FnMut(&Match),
) -> Option<Vec<u8>> {
    redact_found(text, find(text, kinds), redaction_of, changed)
}

/// As [`redact`], with what [`find`] has found in the text, or a part of it.
pub fn redact_found<'r>(
    text: &[u8],
    matches: impl IntoIterator<Item = Match>,
    mut redaction_of: impl FnMut(&Match) -> &'r Redaction,
    mut changed: impl FnMut(&Match),
) -> Option<Vec<u8>> {
    let mut redacted = Vec::new();
    let mut copied = 0;
    let mut is_changed = false;
    for found in matches {
        let value = text.get(found.range()).unwrap_or_default();
        if copied == 0 {
            redacted.reserve(text.len() + GROWTH);
        }
        redacted.extend_from_slice(text.get(copied..found.start).unwrap_or_default());
        let from = redacted.len();
        redaction_of(&found).write(value, found.kind, &mut redacted);
        if redacted.get(from..) != Some(value) {
            is_changed = true;
            changed(&found);
        }
        copied = found.end;
    }
    if !is_changed {
        return None;
    }
    redacted.extend_from_slice(text.get(copied..).unwrap_or_default());
    Some(redacted)
}

/// Bytes that what takes the place of secrets is longer in most texts.
const GROWTH: usize = 32;

fn mask(found: &[u8], kind: Kind, out: &mut Vec<u8>) {
    match kind {
        Kind::Ip | Kind::HostIp => mask_ip(found, out),
        _ => {
            let digits = found.iter().filter(|byte| byte.is_ascii_digit()).count();
            let kept = if kind == Kind::Card { 4 } else { 0 };
            let mut digit = 0;
            for byte in found {
                digit += usize::from(byte.is_ascii_digit());
                let is_kept = byte.is_ascii_digit() && digit + kept > digits;
                let is_first = !matches!(byte, 0x80..=0xbf);
                if !is_kept && (byte.is_ascii_alphanumeric() || *byte >= 0xc0) {
                    out.push(b'*');
                } else if is_first {
                    out.push(*byte);
                }
            }
        }
    }
}

/// Keeps the network of an address.
fn mask_ip(found: &[u8], out: &mut Vec<u8>) {
    if !found.contains(&b':') {
        let end = found.iter().rposition(|byte| *byte == b'.');
        out.extend_from_slice(found.get(..end.unwrap_or(0)).unwrap_or_default());
        out.extend_from_slice(b".0");
        return;
    }
    // The first three groups, or those in front of `::`.
    let groups = found.split(|byte| *byte == b':').take(3);
    let mut is_first = true;
    for group in groups.take_while(|group| !group.is_empty()) {
        if !is_first {
            out.push(b':');
        }
        out.extend_from_slice(group);
        is_first = false;
    }
    out.extend_from_slice(b"::");
}

/// The key of keyed hashes.
#[cfg(feature = "hash")]
#[derive(Clone)]
pub struct HashKey(hmac::Hmac<sha2::Sha256>);

#[cfg(feature = "hash")]
impl HashKey {
    /// A key of any length.
    pub fn new(key: &[u8]) -> Option<Self> {
        use hmac::Mac as _;
        hmac::Hmac::new_from_slice(key).ok().map(Self)
    }

    /// Appends `hmac:` and the first 16 bytes of HMAC-SHA256 in hexadecimal. What has this form
    /// already is a hash and stays.
    fn write(&self, value: &[u8], out: &mut Vec<u8>) {
        use hmac::Mac as _;
        if is_hash(value) {
            out.extend_from_slice(value);
            return;
        }
        let mut mac = self.0.clone();
        mac.update(value);
        let hash = mac.finalize().into_bytes();
        out.extend_from_slice(HASH_PREFIX);
        let digits = throughline_trace_context::hex::encode(&hash);
        out.extend(digits.bytes().take(HASH_DIGITS));
    }
}

#[cfg(feature = "hash")]
impl core::fmt::Debug for HashKey {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("HashKey")
    }
}

#[cfg(feature = "hash")]
fn is_hash(value: &[u8]) -> bool {
    value.strip_prefix(HASH_PREFIX).is_some_and(|digits| {
        digits.len() == HASH_DIGITS
            && digits
                .iter()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(feature = "hash")]
const HASH_PREFIX: &[u8] = b"hmac:";
/// Two for each of the first 16 bytes.
#[cfg(feature = "hash")]
const HASH_DIGITS: usize = 32;
