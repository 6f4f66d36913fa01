//! Numbers of payment cards: ISO/IEC 7812.

use crate::bytes::{Bytes, is_word};

/// The card number that begins here: start and end.
pub(super) fn card(bytes: Bytes<'_>, at: usize) -> Option<(usize, usize)> {
    let first = bytes.end_of(at, |byte| byte.is_ascii_digit()) - at;
    if (12..=19).contains(&first) {
        let end = at + first;
        let is_cut =
            is_word(bytes.at(end)) || bytes.at(end) == b'.' && bytes.at(end + 1).is_ascii_digit();
        return (!is_cut && is_card(bytes.range(at, end), 0)).then_some((at, end));
    }
    let separator = bytes.at(at + first);
    if first != 4 || !matches!(separator, b' ' | b'-') {
        return None;
    }
    GROUPS.iter().find_map(|groups| {
        let mut end = at + 4;
        for length in *groups {
            let next = bytes.end_of(end + 1, |byte| byte.is_ascii_digit());
            if bytes.at(end) != separator || next != end + 1 + length {
                return None;
            }
            end = next;
        }
        let is_cut = is_word(bytes.at(end)) || bytes.at(end) == b'-' && is_word(bytes.at(end + 1));
        (!is_cut && is_card(bytes.range(at, end), separator)).then_some((at, end))
    })
}

/// Lengths of the groups behind the first four digits.
const GROUPS: [&[usize]; 5] = [&[4, 4, 4, 3], &[4, 4, 4], &[6, 5], &[6, 4], &[4, 4, 1]];

/// Whether digits have the prefix and the length of an issuer, and the right check digit.
fn is_card(text: &[u8], separator: u8) -> bool {
    let digits = || {
        text.iter()
            .filter(|byte| **byte != separator)
            .map(|byte| u32::from(byte - b'0'))
    };
    let count = digits().count();
    let prefix = digits()
        .take(6)
        .fold(0, |prefix, digit| prefix * 10 + digit);
    let is_issued = match prefix {
        // Visa.
        400_000..=499_999 => matches!(count, 13 | 16 | 19),
        // Mastercard.
        510_000..=559_999 | 222_100..=272_099 => count == 16,
        // American Express.
        340_000..=349_999 | 370_000..=379_999 => count == 15,
        // Diners Club.
        300_000..=305_999 | 309_500..=309_599 | 360_000..=369_999 | 380_000..=399_999 => {
            matches!(count, 14 | 16)
        }
        // JCB.
        352_800..=358_999 => (16..=19).contains(&count),
        // Discover, UnionPay, RuPay.
        601_100..=601_199
        | 620_000..=629_999
        | 644_000..=659_999
        | 508_500..=508_999
        | 606_985..=608_500
        | 817_200..=820_199 => (16..=19).contains(&count),
        // Mir.
        220_000..=220_499 => (16..=19).contains(&count),
        // Maestro.
        501_800..=501_899
        | 502_000..=502_099
        | 503_800..=503_899
        | 589_300..=589_399
        | 630_400..=630_499
        | 675_900..=675_999
        | 676_100..=676_399 => count >= 12,
        _ => false,
    };
    is_issued && luhn(digits(), count)
}

fn luhn(digits: impl Iterator<Item = u32>, count: usize) -> bool {
    let sum: u32 = digits
        .enumerate()
        .map(|(index, digit)| match (count - index) % 2 {
            0 => digit * 2 - if digit > 4 { 9 } else { 0 },
            _ => digit,
        })
        .sum();
    sum.is_multiple_of(10)
}
