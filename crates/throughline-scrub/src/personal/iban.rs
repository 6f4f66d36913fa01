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
    let (_, structure) = STRUCTURES
        .iter()
        .find(|(code, _)| code.as_bytes() == country)?;
    // The check digits are known to be digits; the first four characters come last.
    let head = bytes.range(start, start + 4).iter().fold(0, append);
    let (mut account, mut end) = (0, start + 4);
    let mut count = 0;
    for part in structure.bytes() {
        if part.is_ascii_digit() {
            count = count * 10 + part - b'0';
            continue;
        }
        for _ in 0..count {
            end += usize::from(bytes.at(end) == b' ');
            let byte = bytes.at(end);
            if !is_of_class(byte, part) {
                return None;
            }
            account = append(account, &byte);
            end += 1;
        }
        count = 0;
    }
    let is_whole = !bytes.at(end).is_ascii_alphanumeric();
    let is_valid = (account * (1_000_000 % 97) + head) % 97 == 1;
    (is_whole && is_valid).then_some(Match {
        start,
        end,
        kind: Kind::Iban,
    })
}

/// The remainder by 97 of a number with one more digit, or with the two digits of a letter.
fn append(number: u32, byte: &u8) -> u32 {
    let (value, width) = match byte.to_ascii_uppercase() {
        letter @ b'A'..=b'Z' => (u32::from(letter - b'A') + 10, 100),
        digit => (u32::from(digit - b'0'), 10),
    };
    (number * width + value) % 97
}

/// Whether a character is one of `n`, `a` or `c`.
const fn is_of_class(byte: u8, class: u8) -> bool {
    match class {
        b'n' => byte.is_ascii_digit(),
        b'a' => byte.is_ascii_alphabetic(),
        _ => byte.is_ascii_alphanumeric(),
    }
}

/// Countries and the structure of what follows the check digits: so many digits (`n`), letters (`a`) or
/// either (`c`). By its length alone one span id in 64,000 would be an account of Belgium:
/// <https://www.swift.com/standards/data-standards/iban-international-bank-account-number>.
const STRUCTURES: &[(&str, &str)] = &[
    ("AD", "8n12c"),
    ("AE", "19n"),
    ("AL", "8n16c"),
    ("AT", "16n"),
    ("AZ", "4a20c"),
    ("BA", "16n"),
    ("BE", "12n"),
    ("BG", "4a6n8c"),
    ("BH", "4a14c"),
    ("BR", "23n1a1c"),
    ("BY", "4c4n16c"),
    ("CH", "5n12c"),
    ("CR", "18n"),
    ("CY", "8n16c"),
    ("CZ", "20n"),
    ("DE", "18n"),
    ("DK", "14n"),
    ("DO", "4c20n"),
    ("EE", "16n"),
    ("EG", "25n"),
    ("ES", "20n"),
    ("FI", "14n"),
    ("FO", "14n"),
    ("FR", "10n11c2n"),
    ("GB", "4a14n"),
    ("GE", "2a16n"),
    ("GI", "4a15c"),
    ("GL", "14n"),
    ("GR", "7n16c"),
    ("GT", "24c"),
    ("HR", "17n"),
    ("HU", "24n"),
    ("IE", "4a14n"),
    ("IL", "19n"),
    ("IQ", "4a15n"),
    ("IS", "22n"),
    ("IT", "1a10n12c"),
    ("JO", "4a4n18c"),
    ("KW", "4a22c"),
    ("KZ", "3n13c"),
    ("LB", "4n20c"),
    ("LC", "4a24c"),
    ("LI", "5n12c"),
    ("LT", "16n"),
    ("LU", "3n13c"),
    ("LV", "4a13c"),
    ("LY", "21n"),
    ("MC", "10n11c2n"),
    ("MD", "20c"),
    ("ME", "18n"),
    ("MK", "3n10c2n"),
    ("MR", "23n"),
    ("MT", "4a5n18c"),
    ("MU", "4a19n3a"),
    ("NL", "4a10n"),
    ("NO", "11n"),
    ("PK", "4a16c"),
    ("PL", "24n"),
    ("PS", "4a21c"),
    ("PT", "21n"),
    ("QA", "4a21c"),
    ("RO", "4a16c"),
    ("RS", "18n"),
    ("SA", "2n18c"),
    ("SC", "4a20n3a"),
    ("SE", "20n"),
    ("SI", "15n"),
    ("SK", "20n"),
    ("SM", "1a10n12c"),
    ("ST", "21n"),
    ("SV", "4a20n"),
    ("TL", "19n"),
    ("TN", "20n"),
    ("TR", "6n16c"),
    ("UA", "6n19c"),
    ("VA", "18n"),
    ("VG", "4a16n"),
    ("XK", "16n"),
];
