//! One pass over a text that finds secrets and personal data.
//!
//! A byte without a class costs one look-up. Keys and tokens are long words, which a second
//! reader finds by looking at every twentieth byte.

use crate::bytes::Bytes;
#[cfg(feature = "personal")]
use crate::bytes::is_word;
use crate::class::{self, CLASS};
use crate::kind::{Kind, Kinds};
#[cfg(feature = "personal")]
use crate::personal::{self, Numbers};
#[cfg(feature = "secrets")]
use crate::secrets::{self, Words};
use core::ops::Range;

/// A place in a text, in bytes, and what stands there. Both ends are ends of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// The kind of what stands there.
    pub kind: Kind,
}

impl Match {
    /// The range of bytes.
    pub const fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// Finds what is of these kinds in a UTF-8 text, from left to right, without overlaps.
///
/// Values that are redacted already are not found again.
pub fn find(text: &[u8], kinds: Kinds) -> Matches<'_> {
    let bytes = Bytes(text);
    Matches {
        bytes,
        kinds,
        classes: class::classes(kinds),
        at: 0,
        floor: 0,
        #[cfg(feature = "secrets")]
        words: Words::new(bytes, kinds),
    }
}

/// Iterator over the matches in a text.
#[derive(Debug, Clone)]
pub struct Matches<'a> {
    bytes: Bytes<'a>,
    kinds: Kinds,
    classes: u8,
    /// Everything in front of it is looked at.
    at: usize,
    /// The end of the last match; no other begins in front of it.
    floor: usize,
    #[cfg(feature = "secrets")]
    words: Words<'a>,
}

impl Iterator for Matches<'_> {
    type Item = Match;

    #[inline]
    fn next(&mut self) -> Option<Match> {
        #[cfg(feature = "secrets")]
        if let Some(word) = self.words.peek(self.at) {
            let before = self.next_before(word.start);
            return Some(before.unwrap_or_else(|| {
                (self.at, self.floor) = (word.end, word.end);
                word
            }));
        }
        self.next_before(self.bytes.len())
    }
}

impl Matches<'_> {
    /// The next match that begins in front of a position.
    #[inline]
    fn next_before(&mut self, limit: usize) -> Option<Match> {
        while let Some(rest) = self.bytes.0.get(self.at..limit) {
            let Some(skipped) =
                (rest.iter()).position(|byte| CLASS[usize::from(*byte)] & self.classes != 0)
            else {
                break;
            };
            let at = self.at + skipped;
            let found = self.look(at);
            if let Some(found) = found {
                self.at = found.end.max(at + 1);
                self.floor = found.end;
                if !self.is_redacted(&found) {
                    return Some(found);
                }
            }
        }
        None
    }

    fn is_redacted(&self, found: &Match) -> bool {
        matches!(found.kind, Kind::Credential | Kind::UserInfo)
            && self.bytes.range(found.start, found.end) == found.kind.replacement().as_bytes()
    }

    /// Looks at a byte with a class. What is read is in front of `self.at` afterwards.
    fn look(&mut self, at: usize) -> Option<Match> {
        let (bytes, floor) = (self.bytes, self.floor);
        self.at = at + 1;
        match bytes.at(at) {
            #[cfg(feature = "personal")]
            b'0'..=b'9' => self.number(at, floor),
            #[cfg(feature = "personal")]
            b'@' => self.email(at, 1, floor),
            #[cfg(feature = "personal")]
            b'%' if self.kinds.has(Kind::Email) && bytes.begins(at, "%40") => {
                self.email(at, 3, floor)
            }
            b'%' if bytes.at(at + 1) == b'3' && bytes.at(at + 2) | 0x20 == b'd' => {
                self.value(at, at + 3)
            }
            b'=' => self.value(at, at + 1),
            b':' => {
                #[cfg(feature = "secrets")]
                // The word that ends here is no name when it is a value.
                if self.kinds.has(Kind::Credential)
                    && at > floor
                    && let Some(found) = secrets::member(bytes, at)
                {
                    return Some(found);
                }
                #[cfg(feature = "personal")]
                return personal::ip_v6(bytes, at, floor, self.kinds);
                #[cfg(not(feature = "personal"))]
                None
            }
            b'/' if bytes.at(at + 1) == b'/' => self.user_info(at + 2),
            #[cfg(feature = "personal")]
            b'+' => personal::phone_international(bytes, at),
            #[cfg(feature = "secrets")]
            b'b' | b'B' => secrets::scheme(bytes, at),
            #[cfg(feature = "secrets")]
            b'-' => secrets::private_key(bytes, at),
            _ => None,
        }
    }

    /// The value of a secret's key that ends at `key_end`.
    fn value(&self, key_end: usize, from: usize) -> Option<Match> {
        if !self.kinds.has(Kind::Credential) {
            return None;
        }
        let bytes = self.bytes;
        if is_secret(bytes, key_end) {
            #[cfg(feature = "secrets")]
            if let Some(found) = secrets::quoted(bytes, from) {
                return Some(found);
            }
            return Some(Match {
                start: from,
                end: bytes.value_end(from),
                kind: Kind::Credential,
            });
        }
        #[cfg(feature = "secrets")]
        if matches!(bytes.before(key_end), b' ' | b'"' | b'\'') {
            return secrets::member(bytes, key_end);
        }
        None
    }

    fn user_info(&mut self, from: usize) -> Option<Match> {
        let end = self.bytes.user_info_end(from);
        if end == 0 {
            return None;
        }
        // The host follows.
        (self.at, self.floor) = (end, end);
        let found = Match {
            start: from,
            end: end - 1,
            kind: Kind::UserInfo,
        };
        self.kinds.has(Kind::UserInfo).then_some(found)
    }
}

#[cfg(feature = "personal")]
impl Matches<'_> {
    fn email(&mut self, at: usize, width: usize, floor: usize) -> Option<Match> {
        if !self.kinds.has(Kind::Email) {
            return None;
        }
        personal::email(self.bytes, at, width, floor)
    }

    /// Looks at the first digit of a number, or at a word with a digit in it.
    fn number(&mut self, at: usize, floor: usize) -> Option<Match> {
        let bytes = self.bytes;
        let end = bytes.end_of(at, is_word);
        if at > floor && is_word(bytes.before(at)) {
            self.at = end;
            return personal::iban(bytes, at, floor).filter(|_| self.kinds.has(Kind::Iban));
        }
        if bytes.len() - at < personal::SHORTEST {
            self.at = end;
            return None;
        }
        if (bytes.at(end) == b'-' || bytes.before(at) == b'-')
            && let Some(end) = personal::uuid_end(bytes, at)
        {
            self.at = end;
            return None;
        }
        let found = Numbers::at(bytes, at, floor, self.kinds).find();
        self.at = end;
        found
    }
}

/// Whether the key that ends here names a secret. The last two letters tell most keys apart.
#[inline]
pub(crate) fn is_secret(bytes: Bytes<'_>, end: usize) -> bool {
    let [first, last] = [bytes.at(end.wrapping_sub(2)), bytes.before(end)];
    // `]`, `%5D` and names with a hyphen or a line in them are read in full.
    let is_odd = matches!(last, b']' | b'-' | b'_')
        || matches!(first, b'-' | b'_')
        || bytes.at(end.wrapping_sub(3)) == b'%';
    let may_be = matches!(
        [first | 0x20, last | 0x20],
        [b'e', b'n' | b't' | b'y']
            | [b'r' | b'w' | b'i', b'd']
            | [b'r' | b's' | b'i', b'e']
            | [b'a', b'l']
            | [b'l' | b's', b's']
            | [b'o', b'n']
            | [b'r', b'f']
            | [b'i', b'g']
            | [b't', b'h' | b'p']
            | [b'w', b't']
            | [b'v', b'v' | b'c']
    );
    (may_be || is_odd) && bytes.is_secret(end)
}
