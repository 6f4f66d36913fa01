//! Reads the long words of a text, and finds keys and tokens among them.

use super::provider;
use crate::bytes::Bytes;
use crate::kind::{Kind, Kinds};
use crate::scan::Match;

/// Reader of the words that may be keys. A word of twenty bytes has one at every twentieth
/// position, so the others need not be looked at.
#[derive(Debug, Clone)]
pub(crate) struct Words<'a> {
    bytes: Bytes<'a>,
    /// The words in front of it are read.
    at: usize,
    next: Option<Match>,
}

impl<'a> Words<'a> {
    pub(crate) fn new(bytes: Bytes<'a>, kinds: Kinds) -> Self {
        let is_wanted = kinds.has(Kind::Token);
        Self {
            bytes,
            at: if is_wanted { 0 } else { bytes.len() },
            next: None,
        }
    }

    /// The next key that begins at a position or behind it.
    #[inline]
    pub(crate) fn peek(&mut self, from: usize) -> Option<Match> {
        while self.next.is_none_or(|next| next.start < from) {
            let (start, end) = self.word()?;
            self.next = provider::token(self.bytes, start, end);
            if let Some(next) = self.next {
                self.at = self.at.max(next.end);
            }
        }
        self.next
    }

    fn word(&mut self) -> Option<(usize, usize)> {
        let mut probe = self.at + SHORTEST - 1;
        while probe < self.bytes.len() {
            if is_part(self.bytes.at(probe)) {
                let mut start = probe;
                while start > self.at && is_part(self.bytes.before(start)) {
                    start -= 1;
                }
                let end = self.bytes.end_of(probe, is_part);
                if end - start >= SHORTEST {
                    self.at = end;
                    return Some((start, end));
                }
                self.at = end;
                probe = end;
            }
            probe += SHORTEST;
        }
        self.at = self.bytes.len();
        None
    }
}

/// Whether a byte can be part of a key.
const fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Bytes of the shortest key: the id of an AWS access key.
const SHORTEST: usize = 20;
