//! International bank account numbers: ISO 13616.

use crate::bytes::Bytes;
use crate::kind::Kind;
use crate::scan::Match;

/// The IBAN whose check digits begin here.
pub(crate) fn iban(bytes: Bytes<'_>, at: usize, floor: usize) -> Option<Match> {
    let start = at.checked_sub(2).filter(|start| *start >= floor)?;
    let country = [
        bytes.at(start).to_ascii_uppercase(),
        bytes.at(start + 1).to_ascii_uppercase(),
    ];
    if bytes.before(start).is_ascii_alphanumeric() || !bytes.at(at + 1).is_ascii_digit() {
        return None;
    }
    let (_, length) = LENGTHS
        .iter()
        .find(|(code, _)| code.as_bytes() == country)?;
    // The first four characters come last.
    let (mut sum, mut head, mut count, mut end) = (0u32, 0u32, 0, start);
    while count < *length {
        let byte = bytes.at(end);
        if byte == b' ' && count > 0 && bytes.before(end) != b' ' {
            end += 1;
            continue;
        }
        let (value, width) = match byte.to_ascii_uppercase() {
            digit @ b'0'..=b'9' => (u32::from(digit - b'0'), 10),
            letter @ b'A'..=b'Z' => (u32::from(letter - b'A') + 10, 100),
            _ => return None,
        };
        let into = if count < 4 { &mut head } else { &mut sum };
        *into = (*into * width + value) % if count < 4 { 1_000_000 } else { 97 };
        count += 1;
        end += 1;
    }
    let is_whole = !bytes.at(end).is_ascii_alphanumeric();
    let is_valid = (sum * (1_000_000 % 97) + head % 97) % 97 == 1;
    (is_whole && is_valid).then_some(Match {
        start,
        end,
        kind: Kind::Iban,
    })
}

/// Countries and how long their numbers are:
/// <https://www.swift.com/standards/data-standards/iban-international-bank-account-number>.
const LENGTHS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NL", 18),
    ("NO", 15),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("SA", 24),
    ("SC", 31),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
];
