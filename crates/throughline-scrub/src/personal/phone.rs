//! Telephone numbers: E.164, North America, and those with a trunk zero. Others only behind
//! a word that says so.

use crate::bytes::{Bytes, is_word};
use crate::kind::Kind;
use crate::scan::Match;

/// The number that begins with this `+`: <https://www.itu.int/rec/T-REC-E.164>.
pub(crate) fn phone_international(bytes: Bytes<'_>, at: usize) -> Option<Match> {
    if !matches!(bytes.at(at + 1), b'1'..=b'9') || is_word(bytes.before(at)) {
        return None;
    }
    let most = if bytes.at(at + 1) == b'1' { 11 } else { 13 };
    let run = Run::read(bytes, at + 1, most, 15)?;
    let is_long_enough = if most == 11 {
        run.digits == 11
    } else {
        run.digits >= 9
    };
    (is_long_enough && run.is_whole(bytes)).then(|| Match {
        start: at,
        end: extension_end(bytes, run.end),
        kind: Kind::Phone,
    })
}

/// The national number whose first digit is at a position: start and end.
pub(super) fn phone(bytes: Bytes<'_>, at: usize) -> Option<(usize, usize)> {
    let before = bytes.before(at);
    if before == b'-' && is_word(bytes.before(at.wrapping_sub(1))) || before == b'+' {
        return None;
    }
    let is_said = |start| bytes.has_word_before(start, 24, &WORDS);
    let start = at - usize::from(before == b'(');
    let run = Run::read(bytes, at, 15, 15)?;
    let national = if bytes.begins(at, "001-") {
        4
    } else {
        2 * usize::from(is_country_1(bytes, at))
    };
    if let Some(end) = north_american(bytes, at + national, start < at) {
        let separator = bytes.before(end - 4);
        let is_alone = start == 0 && end == bytes.len();
        if start < at || matches!(separator, b'-' | b'.') || is_alone || is_said(start) {
            return Some((start, extension_end(bytes, end)));
        }
    }
    if !run.is_whole(bytes) {
        return None;
    }
    let groups = run.groups;
    let is_trunk = bytes.at(at) == b'0' && bytes.at(at + 1) != b'0';
    let is_prefixed = bytes.range(at, at + 2) == b"00" && matches!(bytes.at(at + 2), b'1'..=b'9');
    let is_phone = if start < at {
        // `(020) 7946 0958`, `(11) 91234-5678`.
        run.closes && groups > 1 && (9..=12).contains(&run.digits)
    } else if is_trunk {
        run.is_even && (2..=5).contains(&groups) && (10..=12).contains(&run.digits)
    } else {
        is_prefixed && run.is_even && groups > 2 && run.digits > 10
    };
    let is_time = groups == 1 && bytes.at(at) == b'1' && matches!(run.digits, 10 | 13);
    let is_plausible = (7..=13).contains(&run.digits) && !is_time;
    (is_phone || is_plausible && is_said(start)).then_some((start, extension_end(bytes, run.end)))
}

/// `1-` or `1 ` in front of a North American number.
fn is_country_1(bytes: Bytes<'_>, at: usize) -> bool {
    bytes.at(at) == b'1' && matches!(bytes.at(at + 1), b'-' | b' ' | b'.')
}

/// The end of `555-123-4567` or, behind a parenthesis, of `555) 123-4567`.
fn north_american(bytes: Bytes<'_>, at: usize, is_open: bool) -> Option<usize> {
    let digits = |from: usize, count: usize| {
        bytes.end_of(from, |byte| byte.is_ascii_digit()) == from + count
    };
    if !matches!(bytes.at(at), b'2'..=b'9') || !digits(at, 3) {
        return None;
    }
    let mut next = at + 3;
    if is_open {
        if bytes.at(next) != b')' {
            return None;
        }
        next += 1 + usize::from(matches!(bytes.at(next + 1), b' ' | b'-'));
    } else {
        if !matches!(bytes.at(next), b'-' | b'.' | b' ') {
            return None;
        }
        next += 1;
    }
    let separator = bytes.at(next + 3);
    let is_same = is_open || bytes.at(at + 3) == separator;
    let fits = digits(next, 3)
        && matches!(separator, b'-' | b'.' | b' ')
        && is_same
        && digits(next + 4, 4);
    let end = next + 8;
    let is_part = is_word(bytes.at(end)) && bytes.at(end) != b'x'
        || bytes.at(end) == b'-' && is_word(bytes.at(end + 1));
    (fits && !is_part).then_some(end)
}

/// The end of an extension behind a number: `x42`, ` ext. 42`.
fn extension_end(bytes: Bytes<'_>, end: usize) -> usize {
    let marks = ["x", " x", " ext. ", " ext "];
    let Some(mark) = marks.iter().find(|mark| bytes.begins(end, mark)) else {
        return end;
    };
    let from = end + mark.len();
    let stop = bytes.end_of(from, |byte| byte.is_ascii_digit());
    if (from + 1..from + 7).contains(&stop) {
        stop
    } else {
        end
    }
}

/// Digits in groups, with single separators between them.
struct Run {
    end: usize,
    digits: usize,
    groups: usize,
    /// Whether one separator is between all groups and each of them has two digits or more.
    is_even: bool,
    /// Whether the first group ends in a parenthesis.
    closes: bool,
}

impl Run {
    /// Reads groups until there are `most` digits; a single group may have `longest`.
    fn read(bytes: Bytes<'_>, at: usize, most: usize, longest: usize) -> Option<Self> {
        let mut run = Self {
            end: at,
            digits: 0,
            groups: 0,
            is_even: true,
            closes: false,
        };
        let (mut from, mut separator) = (at, 0);
        loop {
            let end = bytes.end_of(from, |byte| byte.is_ascii_digit());
            let count = end - from;
            let limit = if run.groups == 0 { longest } else { most };
            if count == 0 || run.digits + count > limit {
                break;
            }
            run.is_even &= count > 1 || run.groups == 0;
            (run.digits, run.groups, run.end) = (run.digits + count, run.groups + 1, end);
            let mut next = end;
            if bytes.at(next) == b')' {
                run.closes |= run.groups == 1;
                next += 1;
            }
            let has_separator = matches!(bytes.at(next), b' ' | b'-' | b'.' | b'/');
            if has_separator {
                run.is_even &= run.groups == 1
                    || separator == bytes.at(next)
                    || !bytes.at(next + 1).is_ascii_digit();
                separator = bytes.at(next);
            } else if next == end {
                break;
            }
            next += usize::from(has_separator);
            next += usize::from(bytes.at(next) == b'(');
            from = next;
        }
        (run.digits >= 7).then_some(run)
    }

    /// Whether nothing goes on behind the run.
    fn is_whole(&self, bytes: Bytes<'_>) -> bool {
        let next = bytes.at(self.end);
        let is_cut = is_word(next) && next != b'x'
            || matches!(next, b':' | b'-' | b'.' | b'/') && is_word(bytes.at(self.end + 1));
        !is_cut
    }
}

/// Words in front of a number that say what it is.
const WORDS: [&str; 14] = [
    "phone",
    "phones",
    "telephone",
    "tel",
    "mobile",
    "cell",
    "call",
    "called",
    "dial",
    "fax",
    "sms",
    "whatsapp",
    "text",
    "msisdn",
];
