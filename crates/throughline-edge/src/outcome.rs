//! How did each record end?
//!
//! Nothing vanishes: what was received is exported, rejected for a reason, or still
//! queued, and the three always add up. A [`Ticket`] stands for the records of one
//! batch on its way; dropping it counts what is left of it as abandoned.

use core::cell::RefCell;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use throughline_otlp::Signal;

pub use throughline_wire::DropReason;

/// How a record ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// A backend has it.
    Exported,
    /// It goes no further.
    Rejected(RejectReason),
    /// The page let it go before it could be sent; the edge never had it.
    DroppedByPage(DropReason),
}

/// Why a record goes no further, and so who is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum RejectReason {
    /// The sender.
    #[error("no backend could use it, for example a span without a trace id")]
    InvalidRecord,
    /// Nobody.
    #[error("too much was waiting for export, and the sender was asked to come back")]
    QueueFull,
    /// The backend.
    #[error("the backend refused the request for good")]
    BackendRefused,
    /// The backend.
    #[error("the backend took the request but not this record")]
    BackendPartial,
    /// The backend, or the network before it.
    #[error("the backend could not be reached, or was busy, for as long as was tried")]
    RetriesExhausted,
    /// The host.
    #[error("the host's store failed")]
    StoreFailed,
    /// The host.
    #[error("the host ended the work before it was done")]
    Abandoned,
}

impl Outcome {
    /// The value of `throughline.outcome`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Exported => "exported",
            Outcome::Rejected(_) => "rejected",
            Outcome::DroppedByPage(_) => "dropped_by_page",
        }
    }

    /// The value of `throughline.reason`; what was exported needs none.
    pub const fn reason(self) -> Option<&'static str> {
        Some(match self {
            Outcome::Exported => return None,
            Outcome::Rejected(reason) => match reason {
                RejectReason::InvalidRecord => "invalid_record",
                RejectReason::QueueFull => "queue_full",
                RejectReason::BackendRefused => "backend_refused",
                RejectReason::BackendPartial => "backend_partial",
                RejectReason::RetriesExhausted => "retries_exhausted",
                RejectReason::StoreFailed => "store_failed",
                RejectReason::Abandoned => "abandoned",
            },
            Outcome::DroppedByPage(reason) => reason.as_str(),
        })
    }
}

/// Records by the way they ended.
pub type Counts = BTreeMap<(Option<Signal>, Outcome), u64>;

/// What became of everything received so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records received, by signal.
    pub received: BTreeMap<Signal, u64>,
    /// Records that have ended, since the start.
    pub ended: Counts,
    /// Records on their way.
    pub queued: BTreeMap<Signal, u64>,
}

/// The edge's account. Cloning gives the same account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcomes {
    tally: Rc<RefCell<Tally>>,
    /// Ended, and not yet told to the backend.
    unreported: Rc<RefCell<Counts>>,
    in_flight_bytes: Arc<AtomicUsize>,
}

impl Outcomes {
    /// An account whose tickets stand for bytes of this sum, which others may add to.
    pub(crate) fn new(in_flight_bytes: Arc<AtomicUsize>) -> Self {
        Self {
            in_flight_bytes,
            ..Self::default()
        }
    }

    /// Takes records of a signal into account; they are queued until the ticket ends.
    pub(crate) fn receive(&self, signal: Signal, records: u64, bytes: usize) -> Ticket {
        let mut tally = self.tally.borrow_mut();
        *tally.received.entry(signal).or_default() += records;
        *tally.queued.entry(signal).or_default() += records;
        self.in_flight_bytes.fetch_add(bytes, Ordering::Relaxed);
        Ticket {
            outcomes: self.clone(),
            signal,
            records,
            bytes,
        }
    }

    /// Counts records that never were the edge's to lose.
    pub(crate) fn dropped_by_page(&self, reason: DropReason, records: u64) {
        self.count(None, Outcome::DroppedByPage(reason), records);
    }

    /// Bytes that tickets stand for, those of other cores included.
    pub(crate) fn in_flight_bytes(&self) -> usize {
        self.in_flight_bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn tally(&self) -> Tally {
        self.tally.borrow().clone()
    }

    /// Takes out what has not been told to the backend yet.
    pub(crate) fn take_unreported(&self) -> Counts {
        core::mem::take(&mut self.unreported.borrow_mut())
    }

    /// Puts back what could not be told, for the next time.
    pub(crate) fn put_back(&self, counts: Counts) {
        let mut unreported = self.unreported.borrow_mut();
        for (key, count) in counts {
            *unreported.entry(key).or_default() += count;
        }
    }

    fn count(&self, signal: Option<Signal>, outcome: Outcome, records: u64) {
        if records == 0 {
            return;
        }
        let key = (signal, outcome);
        let mut tally = self.tally.borrow_mut();
        *tally.ended.entry(key).or_default() += records;
        *self.unreported.borrow_mut().entry(key).or_default() += records;
        if let Some(queued) = signal.and_then(|signal| tally.queued.get_mut(&signal)) {
            *queued = queued.saturating_sub(records);
        }
    }
}

/// Records of one batch that have not ended yet.
#[must_use = "dropping a ticket counts its records as abandoned"]
#[derive(Debug)]
pub(crate) struct Ticket {
    outcomes: Outcomes,
    signal: Signal,
    records: u64,
    bytes: usize,
}

impl Ticket {
    /// All that is left of them ended well.
    pub(crate) fn exported(mut self) {
        self.end(self.records, Outcome::Exported);
    }

    /// All that is left of them goes no further.
    pub(crate) fn rejected(mut self, reason: RejectReason) {
        self.end(self.records, Outcome::Rejected(reason));
    }

    /// Some of them go no further.
    pub(crate) fn reject_some(&mut self, records: u64, reason: RejectReason) {
        self.end(records.min(self.records), Outcome::Rejected(reason));
    }

    /// Whether there are records that have not ended.
    pub(crate) fn is_any_left(&self) -> bool {
        self.records > 0
    }

    /// Takes another ticket of the same signal in.
    pub(crate) fn join(&mut self, mut other: Ticket) {
        self.records += core::mem::take(&mut other.records);
        self.bytes += core::mem::take(&mut other.bytes);
    }

    fn end(&mut self, records: u64, outcome: Outcome) {
        self.records -= records;
        self.outcomes.count(Some(self.signal), outcome, records);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.end(self.records, Outcome::Rejected(RejectReason::Abandoned));
        let held = &self.outcomes.in_flight_bytes;
        held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_ticket_is_counted() {
        let outcomes = Outcomes::default();
        let mut ticket = outcomes.receive(Signal::Traces, 5, 100);
        ticket.reject_some(2, RejectReason::InvalidRecord);
        assert_eq!(outcomes.tally().queued[&Signal::Traces], 3);
        assert_eq!(outcomes.in_flight_bytes(), 100);
        drop(ticket);
        let tally = outcomes.tally();
        assert_eq!(tally.queued[&Signal::Traces], 0);
        assert_eq!(
            tally.ended.values().sum::<u64>(),
            tally.received[&Signal::Traces]
        );
        assert_eq!(outcomes.in_flight_bytes(), 0);
    }
}
