//! Distinguishes plausible times from those of an unset or broken clock, which the API calls odd.

/// The plausible times of a record, by when it was received; ns since the Unix epoch.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlausibleTimes {
    latest: u64,
}

impl PlausibleTimes {
    /// Up to a day after `received_at`, in ns: a clock may be in another time zone.
    pub(super) const fn received_at(received_at: u64) -> Self {
        let latest = if received_at < EARLIEST {
            LATEST
        } else {
            received_at.saturating_add(DAY)
        };
        Self { latest }
    }

    /// The time, if it is plausible.
    pub(super) fn check(self, unix_nano: u64) -> Option<i64> {
        (EARLIEST..=self.latest)
            .contains(&unix_nano)
            .then(|| super::stored_time(unix_nano))
    }
}

/// The year 2000. Zero, seconds and milliseconds that were taken for nanoseconds are before it.
const EARLIEST: u64 = 946_684_800_000_000_000;
/// The year 2200, for a program whose own clock is not set.
const LATEST: u64 = 7_258_118_400_000_000_000;
const DAY: u64 = 86_400_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unset_and_broken_clocks_are_found() {
        let now = 1_760_000_000_000_000_000;
        let plausible = PlausibleTimes::received_at(now);
        for time in [now - 1, now + DAY, EARLIEST] {
            assert!(plausible.check(time).is_some(), "{time}");
        }
        for time in [
            0,
            1,
            now / 1_000,
            now / 1_000_000_000,
            now + DAY + 1,
            u64::MAX,
        ] {
            assert_eq!(plausible.check(time), None, "{time}");
        }
        assert_eq!(
            PlausibleTimes::received_at(0).check(now),
            Some(now.cast_signed())
        );
    }
}
