//! The account of one edge: records received, on their way, and ended.

use super::{DropReason, Outcome, Ticket};
use core::cell::RefCell;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use throughline_otlp::Signal;

/// What was counted under one outcome.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ended {
    /// The signal; `None` for what a page dropped, since it does not say.
    pub signal: Option<Signal>,
    /// The backend, where a batch goes to several; `None` before routing, and where
    /// there is one.
    pub backend: Option<Rc<str>>,
    /// How the records ended.
    pub outcome: Outcome,
}

/// Records by the way they ended.
pub type Counts = BTreeMap<Ended, u64>;

/// What became of everything received so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records received from senders, by signal.
    pub received: BTreeMap<Signal, u64>,
    /// Records taken up from another process, by signal.
    pub taken_up: BTreeMap<Signal, u64>,
    /// Records that have ended, since the start.
    pub ended: Counts,
    /// Records on their way, by signal. One that goes to several backends is counted for
    /// each of them.
    pub queued: BTreeMap<Signal, u64>,
}

impl Tally {
    /// Records of a signal that ended so, at whichever backend.
    pub fn count(&self, signal: Signal, outcome: Outcome) -> u64 {
        (self.ended.iter())
            .filter(|(ended, _)| ended.signal == Some(signal) && ended.outcome == outcome)
            .map(|(_, count)| count)
            .sum()
    }
}

/// What waits for export on all cores of a machine.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    bytes: AtomicUsize,
    records: AtomicU64,
}

impl InFlight {
    /// Records that have not ended.
    pub(crate) fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }

    /// Bytes of the batches that they are in.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// The edge's account. Cloning gives the same account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcomes {
    tally: Rc<RefCell<Tally>>,
    /// Ended, and not yet reported to the backend.
    unreported: Rc<RefCell<Counts>>,
    in_flight: Arc<InFlight>,
}

impl Outcomes {
    /// An account whose tickets add to these sums, which other cores share.
    pub(crate) fn new(in_flight: Arc<InFlight>) -> Self {
        Self {
            in_flight,
            ..Self::default()
        }
    }

    /// A ticket for a batch that has just arrived; its records are counted once they are
    /// known ([`Ticket::receive`]).
    pub(crate) fn ticket(&self, signal: Signal, bytes: usize) -> Ticket {
        Ticket::new(self.clone(), signal, bytes)
    }

    /// A ticket for records that another process handed over.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for what is finished in another process")
    )]
    pub(crate) fn take_up(&self, signal: Signal, records: u64, bytes: usize) -> Ticket {
        *(self.tally.borrow_mut().taken_up.entry(signal)).or_default() += records;
        Ticket::taken_up(self.clone(), signal, records, bytes)
    }

    /// Counts records that a page dropped: they were never the edge's to lose.
    pub(crate) fn dropped_by_page(&self, reason: DropReason, records: u64) {
        let ended = Ended {
            signal: None,
            backend: None,
            outcome: Outcome::DroppedByPage(reason),
        };
        self.end(ended, records);
    }

    /// Bytes that tickets hold, those of other cores included.
    pub(crate) fn in_flight_bytes(&self) -> usize {
        self.in_flight.bytes()
    }

    /// Records that have not ended, those of other cores included.
    #[cfg(test)]
    pub(crate) fn in_flight_records(&self) -> u64 {
        self.in_flight.records()
    }

    pub(crate) fn tally(&self) -> Tally {
        self.tally.borrow().clone()
    }

    /// Takes out the counts that are not reported yet.
    pub(crate) fn take_unreported(&self) -> Counts {
        core::mem::take(&mut self.unreported.borrow_mut())
    }

    /// Puts counts back whose report failed, for the next one.
    pub(crate) fn put_back(&self, counts: Counts) {
        let mut unreported = self.unreported.borrow_mut();
        for (ended, count) in counts {
            *unreported.entry(ended).or_default() += count;
        }
    }

    pub(super) fn receive(&self, signal: Signal, records: u64) {
        *(self.tally.borrow_mut().received.entry(signal)).or_default() += records;
        self.queue(signal, records);
    }

    pub(super) fn queue(&self, signal: Signal, records: u64) {
        (self.in_flight.records).fetch_add(records, Ordering::Relaxed);
        *(self.tally.borrow_mut().queued.entry(signal)).or_default() += records;
    }

    pub(super) fn end(&self, ended: Ended, records: u64) {
        if records == 0 {
            return;
        }
        let mut tally = self.tally.borrow_mut();
        if let Some(queued) = ended.signal.and_then(|of| tally.queued.get_mut(&of)) {
            *queued = queued.saturating_sub(records);
            (self.in_flight.records).fetch_sub(records, Ordering::Relaxed);
        }
        *tally.ended.entry(ended.clone()).or_default() += records;
        *self.unreported.borrow_mut().entry(ended).or_default() += records;
    }

    pub(super) fn hold(&self, bytes: usize) {
        self.in_flight.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn release(&self, bytes: usize) {
        self.in_flight.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}
