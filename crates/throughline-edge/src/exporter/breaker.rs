//! A circuit breaker: stops asking a backend that fails again and again.
//!
//! After some failures in a row no request is sent for a while. Then one is, and the others
//! follow when it succeeds. What a backend says in `Retry-After` holds for all requests.

use crate::time::nanos;
use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Whether a backend is asked. The cores of a machine share it.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Failures since the last success.
    failures: u32,
    /// No request is sent before this time, in ns since the Unix epoch.
    closed_until_unix_nano: u64,
    /// When the last pause began, in ns since the Unix epoch.
    paused_unix_nano: u64,
}

impl Breaker {
    /// How long to wait before asking again whether a request may be sent; `None` when it
    /// may now. Of the requests that wait for a failing backend one is let through at a time.
    pub(super) fn wait(&self, now_unix_nano: u64) -> Option<Duration> {
        let mut state = self.lock();
        let left = state.closed_until_unix_nano.saturating_sub(now_unix_nano);
        if left > 0 {
            return Some(Duration::from_nanos(left));
        }
        if state.failures >= ENOUGH {
            state.closed_until_unix_nano = now_unix_nano.saturating_add(nanos(PROBE));
        }
        None
    }

    /// Counts an attempt without a usable response, and what the backend said of the time of
    /// the next. An attempt that `begun` before the pause does not make it longer: of many
    /// under way at once all fail.
    pub(super) fn failed(
        &self,
        retry_after: Option<Duration>,
        begun_unix_nano: u64,
        now_unix_nano: u64,
    ) {
        let mut state = self.lock();
        let is_known = state.failures >= ENOUGH && begun_unix_nano <= state.paused_unix_nano;
        if !is_known {
            state.failures = state.failures.saturating_add(1);
        }
        let pause = match state.failures.checked_sub(ENOUGH) {
            Some(more) if !is_known => {
                state.paused_unix_nano = now_unix_nano;
                PAUSE.saturating_mul(1 << more.min(8)).min(LONGEST)
            }
            _ => Duration::ZERO,
        };
        let pause = retry_after.unwrap_or_default().max(pause);
        let until = now_unix_nano.saturating_add(nanos(pause));
        state.closed_until_unix_nano = state.closed_until_unix_nano.max(until);
    }

    /// Counts a response that is no failure of the backend's.
    pub(super) fn succeeded(&self) {
        *self.lock() = State::default();
    }

    /// No code panics under this lock, so a poisoned lock still guards valid state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many failures in a row are enough to stop.
const ENOUGH: u32 = 5;
/// The first pause. Each further failure doubles it.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(30);
/// How long the others wait while one request is let through.
const PROBE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn seconds(seconds: u64) -> Option<Duration> {
        Some(Duration::from_secs(seconds))
    }

    #[test]
    fn a_failing_backend_is_asked_by_one_request_at_a_time() {
        let breaker = Breaker::default();
        for _ in 1..ENOUGH {
            breaker.failed(None, 0, SECOND);
            assert_eq!(breaker.wait(SECOND), None);
        }
        breaker.failed(None, 0, SECOND);
        assert_eq!(breaker.wait(SECOND), seconds(1));
        assert_eq!(breaker.wait(2 * SECOND), None, "one tries");
        assert_eq!(
            breaker.wait(2 * SECOND),
            seconds(1),
            "the others wait for it"
        );
        breaker.failed(None, 2 * SECOND, 2 * SECOND);
        assert_eq!(breaker.wait(2 * SECOND), seconds(2));
        for second in 3..23 {
            breaker.failed(None, second * SECOND, second * SECOND);
        }
        assert_eq!(breaker.wait(22 * SECOND), Some(LONGEST));
        breaker.succeeded();
        assert_eq!(breaker.wait(22 * SECOND), None);
        assert_eq!(breaker.wait(22 * SECOND), None, "and all may");
    }

    #[test]
    fn requests_that_were_under_way_together_lengthen_the_pause_once() {
        let breaker = Breaker::default();
        for _ in 0..20 {
            breaker.failed(seconds(1), SECOND, 2 * SECOND);
        }
        assert_eq!(breaker.wait(2 * SECOND), seconds(1));
        assert_eq!(breaker.wait(3 * SECOND), None, "one tries");
        breaker.failed(None, 3 * SECOND, 4 * SECOND);
        assert_eq!(
            breaker.wait(4 * SECOND),
            seconds(2),
            "and its failure counts"
        );
    }

    #[test]
    fn a_retry_after_holds_for_all_requests() {
        let breaker = Breaker::default();
        breaker.failed(seconds(7), SECOND, SECOND);
        breaker.failed(seconds(3), SECOND, SECOND);
        assert_eq!(breaker.wait(2 * SECOND), seconds(6));
        assert_eq!(breaker.wait(8 * SECOND), None);
    }
}
