//! The tally of one edge: its records that were received, are queued, and have ended.

use super::in_flight::InFlight;
use super::{Outcome, Ticket};
use crate::lease::Lease;
use core::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use throughline_otlp::Signal;

/// The key of a count: records that ended in one way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ended {
    /// The signal; `None` for what a page or an SDK dropped, since it does not say, and for
    /// items that are no record.
    pub signal: Option<Signal>,
    /// The backend, where a batch goes to several; `None` before routing, and where
    /// there is one.
    pub backend: Option<Arc<str>>,
    /// How the records ended.
    pub outcome: Outcome,
}

/// Redactions by signal and by the name of the rule.
pub type Redactions = BTreeMap<(Signal, Arc<str>), u64>;

/// Records by outcome.
pub type Counts = BTreeMap<Ended, u64>;

/// Counts of all records by outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records received from senders, by signal.
    pub received: BTreeMap<Signal, u64>,
    /// Records taken up from another process, by signal.
    pub taken_up: BTreeMap<Signal, u64>,
    /// Records that were copied for a further backend, by signal.
    pub copied: BTreeMap<Signal, u64>,
    /// Records that have ended, since the start.
    pub ended: Counts,
    /// Records that wait for their end, by signal; a copy for a further backend is one more.
    pub queued: BTreeMap<Signal, u64>,
    /// Redactions in records, since the start.
    pub redacted: Redactions,
}

impl Tally {
    /// Records of a signal that ended so, at whichever backend.
    pub fn count(&self, signal: Signal, outcome: Outcome) -> u64 {
        (self.ended.iter())
            .filter(|(ended, _)| ended.signal == Some(signal) && ended.outcome == outcome)
            .map(|(_, count)| count)
            .sum()
    }

    fn add(&mut self, other: &Tally) {
        for (sum, more) in [
            (&mut self.received, &other.received),
            (&mut self.taken_up, &other.taken_up),
            (&mut self.copied, &other.copied),
            (&mut self.queued, &other.queued),
        ] {
            for (signal, records) in more {
                add(sum, *signal, *records);
            }
        }
        for (ended, records) in &other.ended {
            add(&mut self.ended, ended.clone(), *records);
        }
        for (rule, redactions) in &other.redacted {
            add(&mut self.redacted, rule.clone(), *redactions);
        }
    }
}

/// The tallies of all cores of a machine. Cloning gives the same tallies.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tallies(Arc<Mutex<Vec<SharedTally>>>);

/// The tally of one core, which the others read for their sum.
type SharedTally = Arc<Mutex<Tally>>;

impl Tallies {
    /// The sum over all cores.
    pub(crate) fn sum(&self) -> Tally {
        let mut sum = Tally::default();
        for tally in lock(&self.0).iter() {
            sum.add(&lock(tally));
        }
        sum
    }

    fn add_core(&self) -> SharedTally {
        let tally = SharedTally::default();
        lock(&self.0).push(Arc::clone(&tally));
        tally
    }
}

/// The outcomes of one edge's records. Cloning gives the same tally.
#[derive(Debug, Clone)]
pub(crate) struct Outcomes {
    tally: SharedTally,
    /// Ended, and not yet reported to the backend.
    unreported: Rc<RefCell<Counts>>,
    /// Redacted, and not yet reported to the backend.
    unreported_redactions: Rc<RefCell<Redactions>>,
    in_flight: Arc<InFlight>,
}

impl Outcomes {
    /// A tally that is added to those of other cores.
    pub(crate) fn new(in_flight: Arc<InFlight>, tallies: &Tallies) -> Self {
        Self {
            tally: tallies.add_core(),
            unreported: Rc::default(),
            unreported_redactions: Rc::default(),
            in_flight,
        }
    }

    /// A ticket for a batch that has just arrived, whose memory is `held`. Its records are
    /// counted once they are known ([`Ticket::count_records`]).
    pub(crate) fn ticket(&self, signal: Signal, held: Lease) -> Ticket {
        Ticket::new(self.clone(), signal, held)
    }

    /// A ticket for records that another process handed over.
    pub(crate) fn take_up(&self, signal: Signal, records: u64, held: Lease) -> Ticket {
        add(&mut lock(&self.tally).taken_up, signal, records);
        Ticket::taken_up(self.clone(), signal, records, held)
    }

    /// Counts what was no record of any signal here: a page or an SDK dropped it, or it is an
    /// item that goes no further.
    pub(crate) fn without_signal(&self, outcome: Outcome, records: u64) {
        let ended = Ended {
            signal: None,
            backend: None,
            outcome,
        };
        self.end(ended, records);
    }

    /// Counts what was redacted in records of a signal.
    pub(crate) fn redacted(&self, signal: Signal, redacted: Vec<(Arc<str>, u64)>) {
        let mut tally = lock(&self.tally);
        let mut unreported = self.unreported_redactions.borrow_mut();
        for (rule, count) in redacted {
            add(&mut tally.redacted, (signal, Arc::clone(&rule)), count);
            add(&mut unreported, (signal, rule), count);
        }
    }

    /// Takes out the redactions that are not reported yet.
    pub(crate) fn take_unreported_redactions(&self) -> Redactions {
        core::mem::take(&mut self.unreported_redactions.borrow_mut())
    }

    /// Puts redactions back whose report failed, for the next one.
    pub(crate) fn put_back_redactions(&self, redactions: Redactions) {
        let mut unreported = self.unreported_redactions.borrow_mut();
        for (rule, count) in redactions {
            add(&mut unreported, rule, count);
        }
    }

    /// The records and bytes that wait for export, on all cores.
    pub(crate) fn in_flight(&self) -> &InFlight {
        &self.in_flight
    }

    pub(crate) fn tally(&self) -> Tally {
        lock(&self.tally).clone()
    }

    /// Takes out the counts that are not reported yet.
    pub(crate) fn take_unreported(&self) -> Counts {
        core::mem::take(&mut self.unreported.borrow_mut())
    }

    /// Puts counts back whose report failed, for the next one.
    pub(crate) fn put_back(&self, counts: Counts) {
        let mut unreported = self.unreported.borrow_mut();
        for (ended, count) in counts {
            add(&mut unreported, ended, count);
        }
    }

    pub(super) fn receive(&self, signal: Signal, records: u64) {
        add(&mut lock(&self.tally).received, signal, records);
        self.queue(signal, records);
    }

    pub(super) fn queue(&self, signal: Signal, records: u64) {
        self.in_flight.add(records);
        add(&mut lock(&self.tally).queued, signal, records);
    }

    pub(super) fn copy(&self, signal: Signal, records: u64) {
        add(&mut lock(&self.tally).copied, signal, records);
        self.queue(signal, records);
    }

    pub(super) fn end(&self, ended: Ended, records: u64) {
        if records == 0 {
            return;
        }
        let mut tally = lock(&self.tally);
        if let Some(queued) = ended.signal.and_then(|of| tally.queued.get_mut(&of)) {
            *queued = queued.saturating_sub(records);
            self.in_flight.remove(records);
        }
        add(&mut tally.ended, ended.clone(), records);
        add(&mut self.unreported.borrow_mut(), ended, records);
    }
}

/// No code panics under these locks, so a poisoned lock still guards valid state.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Adds to a count. A page can report any number of dropped records, so no sum may overflow.
fn add<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K, records: u64) {
    let count = counts.entry(key).or_default();
    *count = count.saturating_add(records);
}
