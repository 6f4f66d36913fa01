//! Social security numbers of the United States:
//! <https://www.ssa.gov/employer/randomization.html>.

use crate::bytes::{Bytes, is_word};

/// The number that begins here: start and end. Without hyphens a word in front has to say so.
pub(super) fn ssn(bytes: Bytes<'_>, at: usize) -> Option<(usize, usize)> {
    let end_of = |from| bytes.end_of(from, |byte| byte.is_ascii_digit());
    let first = end_of(at) - at;
    let (separator, end) = match first {
        3 => (bytes.at(at + 3), at + 11),
        9 => (0, at + 9),
        _ => return None,
    };
    let (group, serial) = if first == 3 {
        let fits = matches!(separator, b'-' | b' ')
            && bytes.at(at + 6) == separator
            && end_of(at + 4) == at + 6
            && end_of(at + 7) == end;
        if !fits {
            return None;
        }
        (bytes.range(at + 4, at + 6), bytes.range(at + 7, end))
    } else {
        (bytes.range(at + 3, at + 5), bytes.range(at + 5, end))
    };
    let area = bytes.range(at, at + 3);
    let is_valid = area != b"000"
        && area != b"666"
        && area.first() != Some(&b'9')
        && group != b"00"
        && serial != b"0000";
    let is_part = is_word(bytes.at(end))
        || bytes.at(end) == b'-' && is_word(bytes.at(end + 1))
        || bytes.before(at) == b'-' && is_word(bytes.before(at - 1))
        || bytes.before(at) == b'+';
    let is_said = separator == b'-' || bytes.has_word_before(at, 32, &["ssn", "social"]);
    (is_valid && !is_part && is_said).then_some((at, end))
}
