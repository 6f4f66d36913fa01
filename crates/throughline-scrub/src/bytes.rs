//! A text as bytes, read by position.

/// The bytes of a text. Outside of it every byte is 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    /// The byte at a position; outside the text 0.
    #[inline]
    pub(crate) fn at(self, at: usize) -> u8 {
        self.0.get(at).copied().unwrap_or(0)
    }
}

#[cfg(any(feature = "secrets", feature = "personal"))]
impl<'a> Bytes<'a> {
    /// The byte in front of a position; outside the text 0.
    #[inline]
    pub(crate) fn before(self, at: usize) -> u8 {
        self.at(at.wrapping_sub(1))
    }

    /// Number of bytes.
    pub(crate) const fn len(self) -> usize {
        self.0.len()
    }

    /// A range; empty where there is none.
    pub(crate) fn range(self, from: usize, to: usize) -> &'a [u8] {
        self.0.get(from..to).unwrap_or_default()
    }

    /// Whether a text begins here, in any case; `lower` has no upper case letter.
    pub(crate) fn begins(self, at: usize, lower: &str) -> bool {
        self.range(at, at.saturating_add(lower.len()))
            .eq_ignore_ascii_case(lower.as_bytes())
    }

    /// The end of the bytes from here on for which `is` holds.
    pub(crate) fn end_of(self, from: usize, is: impl Fn(u8) -> bool) -> usize {
        let mut end = from;
        while end < self.len() && is(self.at(end)) {
            end += 1;
        }
        end
    }
}

#[cfg(feature = "personal")]
impl Bytes<'_> {
    /// Whether one of the words is right in front of a position, up to blanks, `:` and `=`. Where a
    /// blank follows, the end of a value, as in `token=v 203.0.113.7`, is none: it says nothing of
    /// what is next, and may be redacted itself.
    pub(crate) fn ends_in_word(self, at: usize, words: &[&str]) -> bool {
        let mut end = at;
        while matches!(self.before(end), b' ' | b':' | b'=') && at - end < 3 {
            end -= 1;
        }
        let is_in_value = |start: usize| {
            let before = self.range(start.saturating_sub(LONGEST_VALUE), start);
            let mut before = before.iter().rev().take_while(|byte| **byte != b' ');
            self.at(end) == b' ' && before.any(|byte| matches!(byte, b':' | b'='))
        };
        words.iter().any(|word| {
            let start = end.checked_sub(word.len());
            start.is_some_and(|start| {
                self.begins(start, word)
                    && !self.before(start).is_ascii_alphanumeric()
                    && !is_in_value(start)
            })
        })
    }

    /// Whether one of the words stands in the `within` bytes before a position. A word begins
    /// behind a byte that is no letter and ends before one, or before a capital.
    pub(crate) fn has_word_before(self, at: usize, within: usize, words: &[&str]) -> bool {
        let from = at.saturating_sub(within);
        (from..at).any(|start| {
            let previous = self.before(start);
            (!previous.is_ascii_alphabetic() || self.at(start).is_ascii_uppercase())
                && words.iter().any(|word| {
                    let end = start + word.len();
                    end <= at && self.begins(start, word) && !self.at(end).is_ascii_lowercase()
                })
        })
    }
}

/// Whether a byte is a letter, a digit, or part of a character outside ASCII.
#[cfg(any(feature = "secrets", feature = "personal"))]
#[inline]
pub(crate) const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// So far back the key of a value is looked for, in bytes.
#[cfg(feature = "personal")]
const LONGEST_VALUE: usize = 64;
