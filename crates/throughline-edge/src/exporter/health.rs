//! The health of exports to one backend: told when it changes, and not at every attempt.

use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Whether exports succeed. The cores of a machine share it, so that one of them tells.
#[derive(Debug, Default)]
pub(crate) struct ExportHealth(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Attempts that failed since the last success.
    failures: u32,
    /// The time of the first of them, in ns since the Unix epoch.
    since_unix_nano: u64,
    /// Whether the operator was told of them.
    is_told: bool,
    /// The time of the last line, in ns since the Unix epoch.
    told_unix_nano: u64,
}

impl ExportHealth {
    /// Counts a failed attempt; `true` when the operator is to be told that exports fail
    /// from now on. One failure alone is no reason: a connection that was closing while it
    /// was used, or a backend that restarts, is over at the next attempt.
    pub(crate) fn failed(&self, now_unix_nano: u64) -> bool {
        self.count_failure(now_unix_nano, ENOUGH)
    }

    /// Counts an attempt that the backend refused in a way that it will refuse all others.
    pub(crate) fn refused(&self, now_unix_nano: u64) -> bool {
        self.count_failure(now_unix_nano, 1)
    }

    /// Counts a success; after failures that were told, how long they lasted.
    pub(crate) fn succeeded(&self, now_unix_nano: u64) -> Option<Duration> {
        let mut state = self.lock();
        state.failures = 0;
        core::mem::take(&mut state.is_told)
            .then(|| Duration::from_nanos(now_unix_nano.saturating_sub(state.since_unix_nano)))
    }

    fn count_failure(&self, now_unix_nano: u64, enough: u32) -> bool {
        let mut state = self.lock();
        if state.failures == 0 {
            state.since_unix_nano = now_unix_nano;
        }
        state.failures = state.failures.saturating_add(1);
        // A backend that comes and goes is not told at each turn.
        let again = state.told_unix_nano.saturating_add(PAUSE.as_nanos() as u64);
        if state.is_told || state.failures < enough || now_unix_nano < again {
            return false;
        }
        state.is_told = true;
        state.told_unix_nano = now_unix_nano;
        true
    }

    /// Nothing is left half done under this lock, so a panic elsewhere leaves it sound.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Failures in a row that are told.
const ENOUGH: u32 = 2;
/// The shortest time between two lines that say that exports fail.
const PAUSE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;
    const START: u64 = 1_794_657_600 * SECOND;

    #[test]
    fn a_change_is_told_once() {
        let health = ExportHealth::default();
        assert_eq!(health.succeeded(START), None);
        assert!(!health.failed(START), "one failure alone");
        assert_eq!(health.succeeded(START), None);
        assert!(!health.failed(START + SECOND));
        assert!(health.failed(START + 2 * SECOND));
        assert!(!health.failed(START + 90 * SECOND), "it is told");
        assert_eq!(
            health.succeeded(START + 91 * SECOND),
            Some(Duration::from_secs(90))
        );
        assert!(health.refused(START + 92 * SECOND), "it was long ago");
        assert!(health.succeeded(START + 93 * SECOND).is_some());
        assert!(!health.refused(START + 94 * SECOND), "it comes and goes");
        assert_eq!(health.succeeded(START + 95 * SECOND), None);
        assert!(!health.refused(START + 96 * SECOND));
        assert!(health.failed(START + 153 * SECOND), "and stays away");
    }
}
