//! Rate limits of projects, per signal: token buckets that all cores of a machine share.
//!
//! A bucket holds the records of one second. A batch is accepted while there is anything in
//! the bucket, and is taken out whole: the bucket may owe the rest, and until it has that
//! back senders are refused, before their bodies are read.

use crate::config::LimitsConfig;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use throughline_otlp::Signal;

/// The buckets of all projects. Cloning gives the same buckets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Quotas(Arc<Buckets>);

/// By project and signal.
type Buckets = BTreeMap<Box<str>, BTreeMap<Signal, Mutex<Bucket>>>;

#[derive(Debug)]
struct Bucket {
    /// Records per second.
    rate: u64,
    /// The records that may pass now, in billionths; negative after more have passed.
    level: i128,
    /// When the level was right, in ns since the Unix epoch.
    at_unix_nano: u64,
}

impl Quotas {
    /// Full buckets for the projects that have limits.
    pub(crate) fn new<'a>(projects: impl IntoIterator<Item = (&'a str, &'a LimitsConfig)>) -> Self {
        let mut buckets = Buckets::new();
        for (project, limits) in projects {
            for signal in Signal::ALL {
                if let Some(rate) = limits.per_second(signal) {
                    let of_project = buckets.entry(project.into()).or_default();
                    of_project.insert(signal, Mutex::new(Bucket::full(rate)));
                }
            }
        }
        Self(buckets.into())
    }

    /// How long the senders of a project have to wait with records of this signal; `None`
    /// when they may send.
    pub(crate) fn wait(
        &self,
        project: &str,
        signal: Signal,
        now_unix_nano: u64,
    ) -> Option<Duration> {
        let mut bucket = self.bucket(project, signal)?;
        bucket.fill(now_unix_nano);
        bucket.wait()
    }

    /// Takes records of a batch that is accepted.
    pub(crate) fn take(&self, project: &str, signal: Signal, records: u64, now_unix_nano: u64) {
        if let Some(mut bucket) = self.bucket(project, signal) {
            bucket.fill(now_unix_nano);
            bucket.level -= i128::from(records) * NANO;
        }
    }

    fn bucket(&self, project: &str, signal: Signal) -> Option<MutexGuard<'_, Bucket>> {
        let bucket = self.0.get(project)?.get(&signal)?;
        // No code panics under this lock, so a poisoned lock still guards valid state.
        Some(bucket.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Bucket {
    fn full(rate: u64) -> Self {
        Self {
            rate,
            level: i128::from(rate) * NANO,
            at_unix_nano: 0,
        }
    }

    /// Adds what has come back since the last time. The clocks of two cores may differ a
    /// little: time never goes back.
    fn fill(&mut self, now_unix_nano: u64) {
        let passed = now_unix_nano.saturating_sub(self.at_unix_nano);
        self.at_unix_nano = self.at_unix_nano.max(now_unix_nano);
        let rate = i128::from(self.rate);
        self.level = (self.level + i128::from(passed) * rate).min(rate * NANO);
    }

    fn wait(&self) -> Option<Duration> {
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

/// Billionths in one record.
const NANO: i128 = 1_000_000_000;
/// When to ask again where nothing is allowed at all.
const NEVER: Duration = Duration::from_secs(3_600);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: u64 = 1_000_000_000;

    fn quotas(rate: u64) -> Quotas {
        let limits = LimitsConfig {
            spans_per_second: Some(rate),
            ..LimitsConfig::default()
        };
        Quotas::new([("shop", &limits)])
    }

    #[test]
    fn a_sender_waits_exactly_until_something_is_there() {
        let quotas = quotas(10);
        let wait = |now| quotas.wait("shop", Signal::Traces, now);
        assert_eq!(wait(SECOND), None);
        quotas.take("shop", Signal::Traces, 25, SECOND);
        // 15 are owed, at ten a second.
        let left = wait(SECOND).expect("nothing is there");
        assert_eq!(left.as_millis(), 1_500);
        assert!(wait(SECOND + SECOND * 3 / 2 - 1).is_some());
        assert_eq!(wait(SECOND + SECOND * 3 / 2 + 1), None);
        assert_eq!(quotas.wait("shop", Signal::Logs, SECOND), None, "no limit");
        assert_eq!(quotas.wait("blog", Signal::Traces, SECOND), None);
    }

    #[test]
    fn nothing_is_taken_where_nothing_is_allowed() {
        let quotas = quotas(0);
        assert_eq!(quotas.wait("shop", Signal::Traces, 5 * SECOND), Some(NEVER));
    }

    proptest! {
        /// However it is sent, no more is taken than the rate allows: one second's worth
        /// to begin with, what comes back, and the rest of the last batch.
        #[test]
        fn no_more_is_taken_than_the_rate_allows(
            rate in 1u64..1_000,
            sent in prop::collection::vec((0u64..400_000_000, 1u64..500), 1..200),
        ) {
            let quotas = quotas(rate);
            let (mut now, mut taken, mut most) = (SECOND, 0, 0);
            for (pause, records) in sent {
                now += pause;
                if quotas.wait("shop", Signal::Traces, now).is_none() {
                    quotas.take("shop", Signal::Traces, records, now);
                    taken += records;
                    most = most.max(records);
                }
            }
            let allowed = rate + rate * (now - SECOND) / SECOND + 1 + most;
            prop_assert!(taken <= allowed, "{taken} of {allowed}");
        }
    }
}
