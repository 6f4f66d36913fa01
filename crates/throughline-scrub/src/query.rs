//! Finds the queries and fragments of addresses in a text.

use crate::bytes::Bytes;

/// The state of a text up to a position. Each byte is read once.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    /// Everything in front of it is read.
    at: usize,
    /// Whether the word that is read began before a `/`, as an address does.
    has_slash: bool,
    /// Whether it is behind the `?` or the `#` of an address.
    is_inside: bool,
}

impl Query {
    /// The beginning of a text, which may be a query itself.
    pub(crate) const fn begin(is_inside: bool) -> Self {
        Self {
            at: 0,
            has_slash: is_inside,
            is_inside,
        }
    }

    /// Whether a parameter of a query has its key in front of a position. Positions only grow.
    pub(crate) fn has_key_before(&mut self, bytes: Bytes<'_>, at: usize) -> bool {
        while self.at < at {
            match bytes.at(self.at) {
                0..=b' ' | b'"' | b'<' | b'>' | b'`' => {
                    (self.has_slash, self.is_inside) = (false, false);
                }
                b'/' => self.has_slash = true,
                // A relative address may have nothing in front of it.
                b'?' => self.is_inside |= self.has_slash || bytes.before(self.at) <= b' ',
                b'#' => self.is_inside |= self.has_slash,
                _ => {}
            }
            self.at += 1;
        }
        self.is_inside && !matches!(bytes.before(at), 0 | b'?' | b'&' | b'#' | b'=' | b'/')
    }
}
