//! Numbers that begin with a digit: which of the matchers of digits they are for.

use super::{card, ip, phone, ssn};
use crate::bytes::{Bytes, is_word};
use crate::kind::{Kind, Kinds};
use crate::scan::Match;

/// The number that begins at a position.
pub(crate) struct Numbers<'a> {
    bytes: Bytes<'a>,
    at: usize,
    floor: usize,
    kinds: Kinds,
}

impl<'a> Numbers<'a> {
    pub(crate) const fn at(bytes: Bytes<'a>, at: usize, floor: usize, kinds: Kinds) -> Self {
        Self {
            bytes,
            at,
            floor,
            kinds,
        }
    }

    /// The match that begins with this digit, if there is one.
    pub(crate) fn find(&self) -> Option<Match> {
        let Self {
            bytes, at, kinds, ..
        } = *self;
        if let Some(found) = ip::ip_v4(bytes, at, kinds) {
            return Some(found);
        }
        // The fraction of a number, and a part of a longer name.
        if bytes.before(at) == b'.' && bytes.before(at.wrapping_sub(1)).is_ascii_digit() {
            return None;
        }
        let matchers = [
            (Kind::Card, card::card as Matcher),
            (Kind::Ssn, ssn::ssn),
            (Kind::Phone, phone::phone),
        ];
        let mut wanted = matchers.iter().filter(|(kind, _)| kinds.has(*kind));
        let (start, end, kind) = wanted.find_map(|(kind, matcher)| {
            matcher(bytes, at).map(|(start, end)| (start, end, *kind))
        })?;
        (start >= self.floor && !is_local_part(bytes, end)).then_some(Match { start, end, kind })
    }
}

type Matcher = fn(Bytes<'_>, usize) -> Option<(usize, usize)>;

/// Whether the number goes on to an `@`: it is part of an e-mail address.
fn is_local_part(bytes: Bytes<'_>, end: usize) -> bool {
    let limit = end + 64;
    let end = bytes.end_of(end, |byte| {
        is_word(byte) || matches!(byte, b'.' | b'+' | b'-')
    });
    end < limit && bytes.at(end) == b'@'
}

/// The end of the UUID around a position.
pub(crate) fn uuid_end(bytes: Bytes<'_>, at: usize) -> Option<usize> {
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    let mut start = at;
    while start > 0 && at - start < 36 && is_part(bytes.before(start)) {
        start -= 1;
    }
    let end = bytes.end_of(at, is_part);
    let text = bytes.range(start, end);
    let is_uuid = text.len() == 36
        && text
            .iter()
            .enumerate()
            .all(|(index, byte)| matches!(index, 8 | 13 | 18 | 23) == (*byte == b'-'));
    is_uuid.then_some(end)
}

/// Bytes of the shortest match that begins with a digit: `1.2.3.4`.
pub(crate) const SHORTEST: usize = 7;
