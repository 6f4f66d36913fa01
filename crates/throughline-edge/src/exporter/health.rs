//! The health of exports to one backend, which is logged when it changes and not at every
//! attempt.

use crate::SortedMap;
use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};
use throughline_otlp::Signal;

/// Whether exports succeed. The cores of a machine share it, so that one of them logs a change.
#[derive(Debug, Default)]
pub(crate) struct ExportHealth(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Attempts without a usable response, of any signal.
    backend: Failures,
    /// Responses that refuse a whole signal: many backends of traces take no metrics.
    signals: SortedMap<Signal, Failures>,
}

/// The failures since the last success.
#[derive(Debug, Default)]
struct Failures {
    count: u32,
    /// The time of the first one, in ns since the Unix epoch.
    since_unix_nano: u64,
    /// Whether they were logged.
    is_logged: bool,
    /// The time of the last line, in ns since the Unix epoch.
    logged_unix_nano: u64,
}

/// The exports that work again, and how long they failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recovered {
    /// All exports failed.
    Backend(Duration),
    /// All exports of this signal were refused.
    Signal(Duration),
}

impl ExportHealth {
    /// Counts an attempt that failed; `true` when it has to be logged that exports fail. One
    /// failure alone is not logged: a connection that was closing while it was used, or a
    /// backend that restarts, succeeds at the next attempt.
    pub(crate) fn failed(&self, now_unix_nano: u64) -> bool {
        self.lock().backend.count(now_unix_nano, ENOUGH)
    }

    /// Counts an attempt that was refused as all others of the signal will be; `true` when it
    /// has to be logged.
    pub(crate) fn refused(&self, signal: Signal, now_unix_nano: u64) -> bool {
        let mut state = self.lock();
        let failures = state.signals.or_default(signal);
        failures.count(now_unix_nano, 1)
    }

    /// Counts a success; returns what was logged as failing and works again.
    pub(crate) fn succeeded(&self, signal: Signal, now_unix_nano: u64) -> Option<Recovered> {
        let State { backend, signals } = &mut *self.lock();
        let signal = signals.get_mut(&signal);
        let signal = signal.and_then(|failures| failures.end(now_unix_nano));
        let backend = backend.end(now_unix_nano).map(Recovered::Backend);
        backend.or(signal.map(Recovered::Signal))
    }

    /// No code panics under this lock, so a poisoned lock still guards valid state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Failures {
    /// Counts a failure; `true` when it has to be logged.
    fn count(&mut self, now_unix_nano: u64, enough: u32) -> bool {
        if self.count == 0 {
            self.since_unix_nano = now_unix_nano;
        }
        self.count = self.count.saturating_add(1);
        // A backend that fails and recovers again and again is not logged each time.
        let again = self
            .logged_unix_nano
            .saturating_add(PAUSE.as_nanos() as u64);
        if self.is_logged || self.count < enough || now_unix_nano < again {
            return false;
        }
        self.is_logged = true;
        self.logged_unix_nano = now_unix_nano;
        true
    }

    /// Ends the failures; returns how long they lasted, if they were logged.
    fn end(&mut self, now_unix_nano: u64) -> Option<Duration> {
        self.count = 0;
        let lasted = now_unix_nano.saturating_sub(self.since_unix_nano);
        core::mem::take(&mut self.is_logged).then(|| Duration::from_nanos(lasted))
    }
}

/// How many failures in a row are logged.
const ENOUGH: u32 = 2;
/// The shortest time between two lines that say that exports fail.
const PAUSE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;
    use Signal::{Metrics, Traces};

    const SECOND: u64 = 1_000_000_000;
    const START: u64 = 1_794_657_600 * SECOND;

    #[test]
    fn a_change_is_logged_once() {
        let health = ExportHealth::default();
        let at = |second| START + second * SECOND;
        assert_eq!(health.succeeded(Traces, at(0)), None);
        assert!(!health.failed(at(0)), "one failure alone");
        assert_eq!(health.succeeded(Traces, at(0)), None);
        assert!(!health.failed(at(1)));
        assert!(health.failed(at(2)));
        assert!(!health.failed(at(90)), "it is logged already");
        let lasted = Recovered::Backend(Duration::from_secs(90));
        assert_eq!(health.succeeded(Metrics, at(91)), Some(lasted));
        assert!(!health.failed(at(92)));
        assert!(health.failed(at(93)), "the last line was long ago");
        assert!(health.succeeded(Traces, at(94)).is_some());
        assert!(!health.failed(at(95)));
        assert!(!health.failed(at(96)), "it comes and goes");
        assert_eq!(health.succeeded(Traces, at(97)), None);
        assert!(!health.failed(at(98)));
        assert!(health.failed(at(154)), "and stays away");
    }

    #[test]
    fn a_backend_that_refuses_one_signal_takes_others() {
        let health = ExportHealth::default();
        assert!(health.refused(Metrics, START));
        for second in 1..200 {
            let now = START + second * SECOND;
            assert_eq!(health.succeeded(Traces, now), None);
            assert!(!health.refused(Metrics, now), "it is logged already");
        }
        let lasted = Recovered::Signal(Duration::from_secs(200));
        let now = START + 200 * SECOND;
        assert_eq!(health.succeeded(Metrics, now), Some(lasted));
        assert_eq!(health.succeeded(Metrics, now), None);
    }
}
