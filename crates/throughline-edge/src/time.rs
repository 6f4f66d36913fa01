//! Durations in nanoseconds.

use core::time::Duration;

/// A duration in ns; the largest number when it does not fit.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
