//! Splits a request that a backend refuses for its data, so that the records at fault are found
//! and the others exported.
//!
//! Some backends refuse a whole request for one record, and do not say which. Then the request is
//! halved, and each half sent, until what is refused is one record: of n records with one at
//! fault, 2·log2(n) requests or a few more. The parts are sent in the order of their records.
//!
//! What this costs is bounded twice. When [`MOST_IN_VAIN`] splits in a row have led to nothing that
//! the backend takes, nothing of the request is split any more until it takes a part: of a request
//! whose records are all bad, 2·[`MOST_IN_VAIN`] + 1 requests are sent at most, or three for each
//! split of metrics with many data points. And all splits for one backend share an [`Allowance`].

use super::backend::Part;
use crate::host::Clock;
use crate::time::nanos;
use bytes::Bytes;
use core::time::Duration;
use std::sync::{Mutex, PoisonError};
use throughline_otlp::Signal;
use throughline_otlp::split::{Limits, split};

/// A request, or what is left of it: the parts that are still to be sent.
#[derive(Debug)]
pub(super) struct Halving {
    signal: Signal,
    /// The last one is next.
    left: Vec<Part>,
    /// Splits since the backend took a part.
    in_vain: u32,
}

impl Halving {
    /// Of requests of a signal, none of which is there yet.
    pub(super) const fn new(signal: Signal) -> Self {
        Self {
            signal,
            left: Vec::new(),
            in_vain: 0,
        }
    }

    /// Of a request.
    pub(super) fn of(signal: Signal, request: Part) -> Self {
        Self {
            left: vec![request],
            ..Self::new(signal)
        }
    }

    /// The next part to send.
    pub(super) fn next(&mut self) -> Option<Part> {
        self.left.pop()
    }

    /// The parts that have not been sent, in their order.
    pub(super) fn into_left(mut self) -> Vec<Part> {
        self.left.reverse();
        self.left
    }

    /// Notes that the backend took a part.
    pub(super) const fn taken(&mut self) {
        self.in_vain = 0;
    }

    /// Splits a part that the backend refused; `false` when that is its end. `request` is called
    /// where it is split alone.
    pub(super) fn refused(
        &mut self,
        records: u64,
        request: impl FnOnce() -> Option<Bytes>,
        allowance: &Allowance,
        clock: &impl Clock,
    ) -> bool {
        let may_be_split = records > 1 && self.in_vain < MOST_IN_VAIN;
        if !may_be_split || !allowance.take(clock.now_unix_nano()) {
            return false;
        }
        let limits = Limits {
            bytes: 0,
            records: records.div_ceil(2),
        };
        let parts = request().and_then(|request| split(self.signal, &request, limits).ok());
        let Some(parts) = parts.filter(|parts| parts.len() > 1) else {
            return false;
        };
        self.in_vain += 1;
        let parts = parts.into_iter().rev().map(|part| Part {
            request: part.request.into(),
            records: part.records,
        });
        self.left.extend(parts);
        true
    }
}

/// How many splits a backend may still cost: a flood of records that it does not take must not
/// become a flood of requests. The cores of a machine share it.
///
/// A bucket of tokens, as where retries are throttled:
/// <https://github.com/grpc/proposal/blob/master/A6-client-retries.md#throttling-retry-attempts-and-hedged-rpcs>.
#[derive(Debug, Default)]
pub(super) struct Allowance(Mutex<Spent>);

/// The splits that are spent, and not yet given back.
#[derive(Debug, Default)]
struct Spent {
    splits: u64,
    /// When it was counted, in ns since the Unix epoch.
    at_unix_nano: u64,
}

impl Allowance {
    /// Takes one split out of it; `false` when there is none.
    fn take(&self, now_unix_nano: u64) -> bool {
        // No code panics under this lock, so a poisoned lock still guards valid state.
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was ahead, and is right again, must not stop the splits until it has come
        // there a second time.
        spent.at_unix_nano = spent.at_unix_nano.min(now_unix_nano);
        let given_back = now_unix_nano.saturating_sub(spent.at_unix_nano) / nanos(ONE_MORE_AFTER);
        if given_back >= spent.splits {
            *spent = Spent {
                splits: 0,
                at_unix_nano: now_unix_nano,
            };
        } else {
            spent.splits -= given_back;
            spent.at_unix_nano += given_back * nanos(ONE_MORE_AFTER);
        }
        if spent.splits >= MOST_AT_ONCE {
            return false;
        }
        spent.splits += 1;
        true
    }
}

/// Enough to find a record at fault in any request, and some twenty of them in a row.
const MOST_IN_VAIN: u32 = 32;
/// Splits for one backend that may come at once: a dozen records at fault in large requests.
const MOST_AT_ONCE: u64 = 128;
/// After this time there may be one more.
const ONE_MORE_AFTER: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;
    const NOON: u64 = 1_794_657_600 * SECOND;

    #[test]
    fn an_allowance_is_used_up_and_comes_back() {
        let allowance = Allowance::default();
        let splits = |now| (0..1_000).filter(|_| allowance.take(now)).count();
        assert_eq!(splits(NOON), 128);
        assert_eq!(splits(NOON), 0);
        assert_eq!(splits(NOON + SECOND / 5), 0);
        assert_eq!(splits(NOON + SECOND), 4, "four a second, no moment is lost");
        assert_eq!(splits(NOON + SECOND * 2), 4);
        assert_eq!(
            splits(NOON + SECOND * 3_600),
            128,
            "and no more than at first"
        );
        assert_eq!(splits(NOON), 0, "a clock that is set back gives nothing");
    }

    #[test]
    fn a_clock_that_was_ahead_stops_no_splits_for_as_long() {
        let allowance = Allowance::default();
        let splits = |now| (0..1_000).filter(|_| allowance.take(now)).count();
        assert_eq!(splits(NOON + SECOND * 3_600), 128);
        assert_eq!(splits(NOON), 0, "the jump itself gives nothing");
        assert_eq!(splits(NOON + SECOND), 4, "four a second from there on");
        assert_eq!(splits(NOON + SECOND * 32), 124);
    }
}
