//! Reads the range of times of a query.

use super::catalog::TIME_FORMS;
use super::parameters::{ParameterError, Parameters};
use jiff::{SignedDuration, Timestamp};

/// A range of times, in ns since the Unix epoch: `since` belongs to it, `until` does not.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeRange {
    pub(super) since: i64,
    pub(super) until: i64,
}

impl TimeRange {
    /// Reads `since` and `until`.
    pub(super) fn read(parameters: &mut Parameters<'_>) -> Result<Self, ParameterError> {
        let now = Timestamp::now();
        Ok(Self {
            since: (parameters.parsed("since", TIME_FORMS, |text| time(text, now))?)
                .unwrap_or(i64::MIN),
            until: (parameters.parsed("until", TIME_FORMS, |text| time(text, now))?)
                .unwrap_or(i64::MAX),
        })
    }

    pub(super) const fn has(self, time: i64) -> bool {
        self.since <= time && time < self.until
    }
}

/// A time in one of [`TIME_FORMS`].
fn time(text: &str, now: Timestamp) -> Option<i64> {
    if text.bytes().all(|digit| digit.is_ascii_digit()) {
        return text.parse().ok();
    }
    let at = match text.parse::<SignedDuration>() {
        // "-15m" and "15m ago" are the same moment.
        Ok(before) => now.checked_sub(before.abs()).ok()?,
        Err(_) => text.parse().ok()?,
    };
    at.as_nanosecond().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_each_form() {
        let now: Timestamp = "2026-01-31T09:30:00Z".parse().expect("a time");
        let read = |text| time(text, now).map(|at| Timestamp::from_nanosecond(at.into()));
        for (text, expected) in [
            ("15m", "2026-01-31T09:15:00Z"),
            ("2h 30m", "2026-01-31T07:00:00Z"),
            ("10s ago", "2026-01-31T09:29:50Z"),
            ("2026-01-31T10:00:00+01:00", "2026-01-31T09:00:00Z"),
            ("1769851800000000000", "2026-01-31T09:30:00Z"),
        ] {
            let at = read(text).expect(text).expect(text);
            assert_eq!(at.to_string(), expected, "{text}");
        }
        for text in [
            "yesterday",
            "2026-01-31",
            "15 moons",
            "99999999999999999999999",
        ] {
            assert_eq!(time(text, now), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = time(&text, Timestamp::MAX);
            let _ = time(&text, Timestamp::MIN);
        }
    }
}
