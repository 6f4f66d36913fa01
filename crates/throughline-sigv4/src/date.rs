//! The date of a signature: `YYYYMMDD'T'HHMMSS'Z'`.

use alloc::format;
use alloc::string::String;
use core::fmt;

/// A second of UTC in the basic format of ISO 8601. AWS refuses a signature whose date is more
/// than five minutes from its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmzDate(String);

/// A text that is no second of UTC. The caller is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date of the form 2015-08-30T12:36:00Z")]
pub struct AmzDateError;

impl AmzDate {
    /// The date of a number of seconds since 1970. After the year 9999 it is that year's end.
    #[must_use]
    pub fn from_unix_seconds(seconds: u64) -> Self {
        let seconds = seconds.min(LAST_SECOND);
        let (year, month, day) = civil_from_days(seconds / SECONDS_A_DAY);
        let second = seconds % SECONDS_A_DAY;
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        Self(format!(
            "{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z"
        ))
    }

    /// Parses RFC 3339 with whole seconds in UTC: `2015-08-30T12:36:00Z`.
    ///
    /// # Errors
    /// The text has another form, or a field is out of its range.
    pub fn parse(text: &str) -> Result<Self, AmzDateError> {
        let text = text.as_bytes();
        let form = text.len() == FORM.len()
            && text.iter().zip(FORM).all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            });
        let field = |at: usize| (text[at] - b'0') * 10 + (text[at + 1] - b'0');
        let valid = form
            && (1..=12).contains(&field(5))
            && (1..=31).contains(&field(8))
            && field(11) < 24
            && field(14) < 60
            && field(17) < 60;
        if !valid {
            return Err(AmzDateError);
        }
        let basic = text.iter().filter(|byte| !b"-:".contains(byte));
        Ok(Self(basic.map(|byte| char::from(*byte)).collect()))
    }

    /// The whole date: the value of `x-amz-date`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The eight digits of the day.
    pub(crate) fn day(&self) -> &str {
        &self.0[..8]
    }
}

impl fmt::Display for AmzDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Year, month and day of a number of days since 1970:
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = (march_month + 2) % 12 + 1;
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

const SECONDS_A_DAY: u64 = 86_400;
/// 9999-12-31T23:59:59Z.
const LAST_SECOND: u64 = 253_402_300_799;
const FORM: &[u8] = b"0000-00-00T00:00:00Z";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_dates() {
        for (seconds, expected) in [
            (0, "19700101T000000Z"),
            (951_827_696, "20000229T123456Z"),
            (1_440_938_160, "20150830T123600Z"),
            (4_107_542_399, "21000228T235959Z"),
            (4_107_542_400, "21000301T000000Z"),
            (LAST_SECOND, "99991231T235959Z"),
            (u64::MAX, "99991231T235959Z"),
        ] {
            assert_eq!(AmzDate::from_unix_seconds(seconds).as_str(), expected);
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        let date = AmzDate::parse("2015-08-30T12:36:00Z").unwrap();
        assert_eq!(date.as_str(), "20150830T123600Z");
        for text in [
            "",
            "2015-08-30",
            "2015-08-30T12:36:00+00:00",
            "2015-13-30T12:36:00Z",
            "2015-08-00T12:36:00Z",
            "2015-08-30T24:36:00Z",
            "2015-08-30T12:60:00Z",
            "2015-08-30T12:36:61Z",
            "2015-08-3\u{0660}12:36:00Z",
        ] {
            assert_eq!(AmzDate::parse(text), Err(AmzDateError), "{text}");
        }
    }
}
