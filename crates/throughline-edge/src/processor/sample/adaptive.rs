//! The shares of rules that follow the arrivals, on all cores of a machine.

use super::by_key::{ByKey, KeyCounts, KeyShares};
use super::cutoff::Cutoff;
use super::rate::{Passing, Rate};
use super::rules::{Rules, Share};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The state of the rules that follow the arrivals. Cores share it; cloning gives the same.
///
/// A core locks it at the beginning and at the end of a pass, not for each record.
#[derive(Debug, Clone, Default)]
pub(crate) struct Adaptive(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    rates: Vec<Rate>,
    keyed: Vec<ByKey>,
}

/// The shares at one moment.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    rates: Vec<Cutoff>,
    keyed: Vec<Arc<KeyShares>>,
}

/// The records that arrived in one pass.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    rates: Vec<Passing>,
    keyed: Vec<KeyCounts>,
}

impl Adaptive {
    /// The state of these rules before anything has arrived.
    pub(crate) fn new(rules: &Rules) -> Self {
        Self(Arc::new(Mutex::new(State {
            rates: rules.rates.iter().copied().map(Rate::new).collect(),
            keyed: rules
                .keyed
                .iter()
                .map(|keyed| ByKey::new(keyed.one_in))
                .collect(),
        })))
    }

    /// The shares now, and an empty count of arrivals.
    pub(crate) fn begin(&self, now_unix_nano: u64) -> (Shares, Arrivals) {
        let mut state = self.state();
        for rate in &mut state.rates {
            rate.advance(now_unix_nano);
        }
        for keyed in &mut state.keyed {
            keyed.advance(now_unix_nano);
        }
        let shares = Shares {
            rates: state.rates.iter().map(Rate::cutoff).collect(),
            keyed: state.keyed.iter().map(ByKey::shares).collect(),
        };
        let arrivals = Arrivals {
            rates: vec![Passing::default(); state.rates.len()],
            keyed: vec![KeyCounts::new(); state.keyed.len()],
        };
        (shares, arrivals)
    }

    /// Adds what arrived.
    pub(crate) fn end(&self, arrivals: Arrivals) {
        let mut state = self.state();
        for (rate, passing) in state.rates.iter_mut().zip(&arrivals.rates) {
            rate.add(passing);
        }
        for (keyed, counts) in state.keyed.iter_mut().zip(arrivals.keyed) {
            for (key, spans) in counts {
                keyed.add(&key, spans);
            }
        }
    }

    /// No code panics under this lock, so a poisoned lock still guards valid state.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shares {
    /// The share of a rule; `key` writes the key of the record. Counts the record.
    pub(crate) fn cutoff(
        &self,
        share: Share,
        (own, before): (Cutoff, Cutoff),
        arrivals: &mut Arrivals,
        key: impl FnOnce(usize) -> String,
    ) -> Cutoff {
        match share {
            Share::Fixed(cutoff) => cutoff,
            Share::Rate(index) => {
                if let Some(passing) = arrivals.rates.get_mut(index) {
                    passing.add(own, before);
                }
                self.rates.get(index).copied().unwrap_or(Cutoff::ALL)
            }
            Share::Keyed(index) => {
                let key = key(index);
                let cutoff = self.keyed.get(index).map(|shares| shares.cutoff(&key));
                if let Some(counts) = arrivals.keyed.get_mut(index) {
                    *counts.or_default(key.into()) += 1.0 / own.probability();
                }
                cutoff.unwrap_or(Cutoff::ALL)
            }
        }
    }
}
