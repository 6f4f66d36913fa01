//! Ingest keys: how they are written, and until when they are accepted.

use crate::config::KeyConfig;

/// The kind of a key, which its first characters say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    /// For pages, and so known to everybody.
    Public,
    /// For servers.
    Secret,
    /// For uploads of source maps.
    Upload,
}

impl KeyKind {
    const fn prefix(self) -> &'static str {
        match self {
            KeyKind::Public => KEY_PREFIX,
            KeyKind::Secret => SECRET_PREFIX,
            KeyKind::Upload => UPLOAD_PREFIX,
        }
    }

    /// The form that a key of this kind should have.
    const fn wanted(self) -> &'static str {
        match self {
            KeyKind::Public => "pk_ and then letters, digits, - and _, such as pk_change_me",
            KeyKind::Secret => "sk_ and then at least 16 letters, digits, - and _",
            KeyKind::Upload => "uk_ and then at least 16 letters, digits, - and _",
        }
    }
}

/// A key that was read from the configuration.
#[derive(Debug)]
pub(super) struct Key<'a> {
    pub(super) text: &'a str,
    /// When it ends, in ns since the Unix epoch.
    pub(super) ends_unix_nano: u64,
}

/// Reads a key; what it should be when it cannot be used.
pub(super) fn read(config: &KeyConfig, kind: KeyKind) -> Result<Key<'_>, &'static str> {
    let (text, until) = match config {
        KeyConfig::Key(key) => (key, None),
        KeyConfig::Ending(ending) => (&ending.key, Some(&ending.until)),
    };
    let rest = text.strip_prefix(kind.prefix()).ok_or(kind.wanted())?;
    // A secret that can be guessed is none.
    let shortest = if kind == KeyKind::Public { 1 } else { 16 };
    if rest.len() < shortest || !rest.bytes().all(is_key_byte) {
        return Err(kind.wanted());
    }
    let ends_unix_nano = match until {
        None => u64::MAX,
        Some(day) => end_of_day(day).ok_or("a day in UTC, such as 2027-01-31")?,
    };
    Ok(Key {
        text,
        ends_unix_nano,
    })
}

/// The end of a day in UTC, in ns since the Unix epoch.
fn end_of_day(day: &str) -> Option<u64> {
    let is_written_so = day.len() == 10
        && day.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let mut parts = day.split('-').map(|part| part.parse::<u64>().ok());
    let (year, month, date) = (parts.next()??, parts.next()??, parts.next()??);
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let february = if is_leap { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = months.get(..usize::try_from(month).ok()?.checked_sub(1)?)?;
    let length = *months.get(before.len())?;
    if !is_written_so || year < 1970 || date == 0 || date > length {
        return None;
    }
    let leap_days = |year: u64| year / 4 - year / 100 + year / 400;
    let years = (year - 1970) * 365 + leap_days(year - 1) - leap_days(1969);
    let days = years + before.iter().sum::<u64>() + date;
    days.checked_mul(86_400_000_000_000)
}

/// A byte that needs no escape in a URL.
fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// The first characters of every public key, so that one in a path can be recognised.
pub(crate) const KEY_PREFIX: &str = "pk_";
/// The first characters of every secret key.
pub(crate) const SECRET_PREFIX: &str = "sk_";
/// The first characters of every key for uploads.
const UPLOAD_PREFIX: &str = "uk_";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_when_the_next_begins() {
        for (day, next_begins) in [
            ("1970-01-01", Some(86_400)),
            ("2000-02-29", Some(951_868_800)),
            ("2026-12-31", Some(1_798_761_600)),
            ("2027-01-31", Some(1_801_440_000)),
            ("2100-02-28", Some(4_107_542_400)),
            ("2100-02-29", None),
            ("2026-13-01", None),
            ("2026-00-01", None),
            ("2026-04-31", None),
            ("2026-1-01", None),
            ("2026-01-1", None),
            ("+026-01-01", None),
            ("1969-12-31", None),
            ("tomorrow", None),
            ("", None),
        ] {
            let wanted = next_begins.map(|seconds: u64| seconds * 1_000_000_000);
            assert_eq!(end_of_day(day), wanted, "{day}");
        }
    }
}
