//! A token bucket of one limit.

use core::time::Duration;

/// A bucket that holds what may pass in one second.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    /// Records or bytes per second.
    rate: u64,
    /// The records or bytes that may pass now, in billionths; negative after more have passed.
    level: i128,
    /// When the level was right, in ns since the Unix epoch.
    at_unix_nano: u64,
}

impl Bucket {
    pub(super) fn full(rate: u64) -> Self {
        Self {
            rate,
            level: i128::from(rate) * NANO,
            at_unix_nano: 0,
        }
    }

    /// Adds what has come back since the last time. The clocks of two cores may differ a
    /// little: time never goes back, unless the clock was set back.
    pub(super) fn fill(&mut self, now_unix_nano: u64) {
        let passed = now_unix_nano.saturating_sub(self.at_unix_nano);
        if self.at_unix_nano.saturating_sub(now_unix_nano) < DIFFERENCE {
            self.at_unix_nano = self.at_unix_nano.max(now_unix_nano);
        } else {
            self.at_unix_nano = now_unix_nano;
        }
        let rate = i128::from(self.rate);
        self.level = (self.level + i128::from(passed) * rate).min(rate * NANO);
    }

    /// Takes out an amount, whether it is there or not.
    pub(super) fn take(&mut self, amount: u64) {
        self.level -= i128::from(amount) * NANO;
    }

    /// Puts back what was taken for nothing.
    pub(super) fn put_back(&mut self, amount: u64) {
        let level = self.level + i128::from(amount) * NANO;
        self.level = level.min(i128::from(self.rate) * NANO);
    }

    /// Whole records or bytes that may pass now.
    pub(super) fn left(&self) -> u64 {
        u64::try_from(self.level / NANO).unwrap_or_default()
    }

    /// Whole records or bytes that are not there.
    pub(super) fn missing(&self) -> u64 {
        let missing = i128::from(self.rate) * NANO - self.level;
        u64::try_from(missing / NANO).unwrap_or(u64::MAX)
    }

    /// How long until something may pass; `None` when it may now.
    pub(super) fn wait(&self) -> Option<Duration> {
        if self.level > 0 {
            return None;
        }
        // One billionth more than nothing; a rate of 0 never has it.
        let missing = 1 - self.level;
        let nanos = match self.rate {
            0 => NEVER.as_nanos(),
            rate => (missing as u128).div_ceil(u128::from(rate)),
        };
        Some(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)).min(NEVER))
    }
}

/// Billionths in one.
const NANO: i128 = 1_000_000_000;
/// ns by which the clocks of two cores may differ.
const DIFFERENCE: u64 = 1_000_000_000;
/// When to ask again where nothing is allowed at all.
pub(super) const NEVER: Duration = Duration::from_secs(3_600);
