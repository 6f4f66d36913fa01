//! Rate limits of projects, per signal: token buckets that all cores of a machine share.
//!
//! A bucket holds the records of one second, or the bytes. A batch is accepted while there is
//! anything in the buckets of its signal, and is taken out whole: a bucket may owe the rest,
//! and until it has that back senders are refused, before their bodies are read.

mod bucket;
mod message;
mod owner;
mod share;
#[cfg(test)]
mod simulation;

pub(crate) use owner::Owner;
pub(crate) use share::{Check, Share};

use crate::SortedMap;
use crate::config::LimitsConfig;
use bucket::Bucket;
use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use throughline_otlp::Signal;

/// The buckets of all projects. Cloning gives the same buckets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Quotas(Arc<Buckets>);

type Buckets = SortedMap<Box<str>, SortedMap<Limit, Mutex<Bucket>>>;

/// The signal and the unit of a limit.
type Limit = (Signal, Unit);

/// The unit that a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unit {
    Records,
    /// Of OTLP protobuf, as it arrives.
    Bytes,
}

impl Quotas {
    /// Full buckets for the projects that have limits.
    pub(crate) fn new<'a>(projects: impl IntoIterator<Item = (&'a str, &'a LimitsConfig)>) -> Self {
        let mut buckets = Buckets::new();
        for (project, limits) in projects {
            for (limit, rate) in rates(limits) {
                let of_project = buckets.or_default(project.into());
                of_project.insert(limit, Mutex::new(Bucket::full(rate)));
            }
        }
        Self(buckets.into())
    }

    /// How long the senders of a project have to wait with records of this signal, and of
    /// what they have sent too much; `None` when they may send.
    pub(crate) fn wait(
        &self,
        project: &str,
        signal: Signal,
        now_unix_nano: u64,
    ) -> Option<(Duration, Unit)> {
        let units = Unit::ALL.into_iter();
        let waits = units.filter_map(|unit| {
            let mut bucket = self.bucket(project, signal, unit)?;
            bucket.fill(now_unix_nano);
            Some((bucket.wait()?, unit))
        });
        waits.max()
    }

    /// Takes a batch that is accepted, of so many records and bytes.
    pub(crate) fn take(
        &self,
        project: &str,
        signal: Signal,
        (records, bytes): (u64, usize),
        now_unix_nano: u64,
    ) {
        for (unit, amount) in [(Unit::Records, records), (Unit::Bytes, bytes as u64)] {
            if let Some(mut bucket) = self.bucket(project, signal, unit) {
                bucket.fill(now_unix_nano);
                bucket.take(amount);
            }
        }
    }

    fn bucket(&self, project: &str, signal: Signal, unit: Unit) -> Option<MutexGuard<'_, Bucket>> {
        let bucket = self.0.get(project)?.get(&(signal, unit))?;
        // No code panics under this lock, so a poisoned lock still guards valid state.
        Some(bucket.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The limits of a project, per second.
fn rates(limits: &LimitsConfig) -> impl Iterator<Item = (Limit, u64)> {
    Signal::ALL.into_iter().flat_map(|signal| {
        let rates = Unit::ALL.into_iter().zip(limits.per_second(signal));
        rates.filter_map(move |(unit, rate)| Some(((signal, unit), rate?)))
    })
}

impl Unit {
    /// In the order of [`LimitsConfig::per_second`].
    const ALL: [Self; 2] = [Self::Records, Self::Bytes];
}

#[cfg(test)]
mod tests {
    use super::bucket::NEVER;
    use super::*;
    use proptest::prelude::*;

    const SECOND: u64 = 1_000_000_000;

    fn quotas(spans: Option<u64>, bytes: Option<u64>) -> Quotas {
        let limits = LimitsConfig {
            spans_per_second: spans,
            span_bytes_per_second: bytes,
            ..LimitsConfig::default()
        };
        Quotas::new([("shop", &limits)])
    }

    #[test]
    fn a_sender_waits_exactly_until_something_is_there() {
        let quotas = quotas(Some(10), None);
        let wait = |now| quotas.wait("shop", Signal::Traces, now);
        assert_eq!(wait(SECOND), None);
        quotas.take("shop", Signal::Traces, (25, 1 << 30), SECOND);
        // 15 are owed, at ten a second.
        let (left, unit) = wait(SECOND).expect("nothing is there");
        assert_eq!((left.as_millis(), unit), (1_500, Unit::Records));
        assert!(wait(SECOND + SECOND * 3 / 2 - 1).is_some());
        assert_eq!(wait(SECOND + SECOND * 3 / 2 + 1), None);
        assert_eq!(quotas.wait("shop", Signal::Logs, SECOND), None, "no limit");
        assert_eq!(quotas.wait("blog", Signal::Traces, SECOND), None);
    }

    #[test]
    fn the_limit_that_asks_for_the_longer_wait_counts() {
        let quotas = quotas(Some(10), Some(1_000));
        let wait = |now| quotas.wait("shop", Signal::Traces, now);
        quotas.take("shop", Signal::Traces, (20, 2_500), SECOND);
        let exactly = |nanos, unit| Some((Duration::from_nanos(nanos), unit));
        // Ten spans are owed, and 1,500 bytes.
        assert_eq!(wait(SECOND), exactly(1_500_000_001, Unit::Bytes));
        quotas.take("shop", Signal::Traces, (20, 0), SECOND);
        assert_eq!(wait(SECOND), exactly(3_000_000_001, Unit::Records));
        assert_eq!(wait(SECOND + 3_000_000_001), None);
    }

    #[test]
    fn nothing_is_taken_where_nothing_is_allowed() {
        for (spans, bytes, unit) in [
            (Some(0), None, Unit::Records),
            (Some(10), Some(0), Unit::Bytes),
        ] {
            let wait = quotas(spans, bytes).wait("shop", Signal::Traces, 5 * SECOND);
            assert_eq!(wait, Some((NEVER, unit)));
        }
    }

    #[test]
    fn a_clock_that_is_set_back_stops_no_sender_for_longer() {
        let quotas = quotas(Some(10), None);
        let hour = 3_600 * SECOND;
        quotas.take("shop", Signal::Traces, (20, 0), hour);
        let wait = |now| quotas.wait("shop", Signal::Traces, now);
        assert!(wait(SECOND).is_some());
        assert_eq!(wait(3 * SECOND), None);
    }

    proptest! {
        /// However it is sent, no more is taken than the rate allows: one second's worth
        /// to begin with, what comes back, and the rest of the last batch.
        #[test]
        fn no_more_is_taken_than_the_rate_allows(
            rate in 1u64..1_000,
            is_of_bytes: bool,
            sent in prop::collection::vec((0u64..400_000_000, 1u64..500), 1..200),
        ) {
            let quotas = match is_of_bytes {
                true => quotas(None, Some(rate)),
                false => quotas(Some(rate), None),
            };
            let (mut now, mut taken, mut most) = (SECOND, 0, 0);
            for (pause, amount) in sent {
                now += pause;
                if quotas.wait("shop", Signal::Traces, now).is_none() {
                    let batch = if is_of_bytes { (1, amount as usize) } else { (amount, 1) };
                    quotas.take("shop", Signal::Traces, batch, now);
                    taken += amount;
                    most = most.max(amount);
                }
            }
            let allowed = rate + rate * (now - SECOND) / SECOND + 1 + most;
            prop_assert!(taken <= allowed, "{taken} of {allowed}");
        }
    }
}
