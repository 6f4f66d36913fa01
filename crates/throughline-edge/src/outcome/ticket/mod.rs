//! Tickets: the records of one batch that have not ended yet, and the bytes they hold.

#[cfg(test)]
mod tests;

use super::{Direction, Ended, Flow, InFlight, Outcome, Outcomes, RejectReason};
use crate::lease::Lease;
use std::rc::Rc;
use std::sync::Arc;
use throughline_otlp::Signal;

/// Records of one batch that have not ended yet.
#[must_use = "dropping a ticket counts its records as abandoned"]
#[derive(Debug)]
pub(crate) struct Ticket {
    outcomes: Outcomes,
    signal: Signal,
    records: u64,
    /// The name of the backend that this ticket is for, where there are several.
    backend: Option<Arc<str>>,
    /// The records and bytes that wait for that backend, once it is known.
    waiting: Option<Arc<InFlight>>,
    is_counted: bool,
    /// The memory of the batch, until the last ticket that shares it is dropped. A ticket of
    /// joined batches has that of each.
    held: Vec<Rc<Lease>>,
}

/// A place in the queue of a backend.
#[derive(Debug)]
pub(crate) struct Place {
    /// The name of the backend, where there are several.
    pub(crate) backend: Option<Arc<str>>,
    /// The records and bytes that wait for it.
    pub(crate) waiting: Arc<InFlight>,
    /// The memory that the batch takes of it.
    pub(crate) held: Lease,
}

impl Ticket {
    pub(super) fn new(outcomes: Outcomes, signal: Signal, held: Lease) -> Self {
        Self {
            outcomes,
            signal,
            records: 0,
            backend: None,
            waiting: None,
            is_counted: true,
            held: vec![Rc::new(held)],
        }
    }

    pub(super) fn taken_up(outcomes: Outcomes, signal: Signal, records: u64, held: Lease) -> Self {
        outcomes.queue(signal, records);
        let mut ticket = Self::new(outcomes, signal, held);
        ticket.records = records;
        ticket
    }

    /// The same ticket, whose records are not counted: for the report of the counts
    /// itself, which would otherwise never end.
    pub(crate) fn uncounted(mut self) -> Self {
        self.is_counted = false;
        self
    }

    /// Counts the records that the batch turned out to have: `records` in all. Those that
    /// were counted before are not counted again.
    pub(crate) fn count_records(&mut self, records: u64) {
        let more = records.saturating_sub(self.records);
        self.records += more;
        if self.is_counted {
            self.outcomes.receive(self.signal, more);
        }
    }

    /// Sets how many bytes the batch has now.
    pub(crate) fn hold(&mut self, bytes: usize) {
        if let Some(held) = self.held.first() {
            held.resize(bytes);
        }
    }

    /// Counts values that were cut, or left out, for the backend.
    pub(crate) fn truncated(&self, values: u64) {
        if self.is_counted && values > 0 {
            self.outcomes
                .truncated(self.signal, self.backend.clone(), values);
        }
    }

    /// Counts the records of a project as received, in a request of so many bytes.
    pub(crate) fn received(&self, project: Option<&Arc<str>>, bytes: usize) {
        self.passed(project, Direction::Receive, bytes);
    }

    /// Counts the records of a project as routed to the backend, in a request of so many bytes.
    pub(crate) fn routed(&self, project: Option<&Arc<str>>, bytes: usize) {
        self.passed(project, Direction::Transmit, bytes);
    }

    fn passed(&self, project: Option<&Arc<str>>, direction: Direction, bytes: usize) {
        if self.is_counted {
            let flow = Flow {
                project: project.cloned(),
                signal: self.signal,
                direction,
                backend: self.backend.clone(),
            };
            self.outcomes.passed(flow, self.records, bytes);
        }
    }

    /// Whether its records are counted.
    pub(crate) const fn is_counted(&self) -> bool {
        self.is_counted
    }

    /// Records that have not ended.
    pub(crate) const fn records(&self) -> u64 {
        self.records
    }

    /// Ends all records that are left: a backend has them.
    pub(crate) fn exported(mut self) {
        self.end(self.records, Outcome::Exported);
    }

    /// Ends all records that are left: they go no further.
    pub(crate) fn rejected(mut self, reason: RejectReason) {
        self.end(self.records, Outcome::Rejected(reason));
    }

    /// Ends all records that are left: a sampler dropped them.
    pub(crate) fn sampled_out(mut self) {
        self.end(self.records, Outcome::SampledOut);
    }

    /// Ends all records that are left here: another process has taken them
    /// ([`Outcomes::take_up`]).
    pub(crate) fn handed_over(mut self) {
        self.end(self.records, Outcome::HandedOver);
    }

    /// Adds the records of another ticket of the same signal, whose bytes are returned.
    pub(crate) fn absorb(&mut self, mut other: Self) {
        self.records += core::mem::take(&mut other.records);
    }

    /// Takes up to `records` out of this ticket into one of their own, which holds other
    /// bytes.
    pub(crate) fn reissue(&mut self, records: u64, held: Lease) -> Self {
        let mut ticket = self.split(records);
        ticket.held = vec![Rc::new(held)];
        ticket
    }

    /// Adds the records of a ticket for the same backend, which end together with its own.
    pub(crate) fn join(&mut self, mut other: Self) {
        self.records += core::mem::take(&mut other.records);
        self.held.append(&mut other.held);
    }

    /// Takes up to `records` out of this ticket into one of their own. Both hold the
    /// bytes of the batch, which are in flight until the last of them is dropped.
    pub(crate) fn split(&mut self, records: u64) -> Self {
        let records = records.min(self.records);
        self.records -= records;
        Self {
            outcomes: self.outcomes.clone(),
            signal: self.signal,
            records,
            backend: self.backend.clone(),
            waiting: self.waiting.clone(),
            is_counted: self.is_counted,
            held: self.held.clone(),
        }
    }

    /// One ticket with the same records for each backend that the batch goes to. Without
    /// a backend they are abandoned.
    pub(crate) fn for_backends(mut self, places: Vec<Place>) -> Vec<Self> {
        let mut places = places.into_iter();
        let Some(first) = places.next() else {
            return Vec::new();
        };
        let copies: Vec<Self> = places.map(|place| self.copy_for(place)).collect();
        self.leave();
        let records = core::mem::take(&mut self.records);
        let moved = self.at(first, records);
        [moved].into_iter().chain(copies).collect()
    }

    /// A ticket with the same records, copied for one more backend.
    pub(crate) fn copy_for(&self, place: Place) -> Self {
        if self.is_counted {
            self.outcomes.copy(self.signal, self.records);
        }
        self.at(place, self.records)
    }

    fn at(&self, place: Place, records: u64) -> Self {
        if self.is_counted {
            place.waiting.add(records);
        }
        Self {
            outcomes: self.outcomes.clone(),
            signal: self.signal,
            records,
            backend: place.backend,
            waiting: Some(place.waiting),
            is_counted: self.is_counted,
            held: vec![Rc::new(place.held)],
        }
    }

    /// Takes the records out of what waits for the backend.
    fn leave(&mut self) {
        if let Some(waiting) = self.waiting.take()
            && self.is_counted
        {
            waiting.remove(self.records);
        }
    }

    fn end(&mut self, records: u64, outcome: Outcome) {
        self.records -= records;
        if self.is_counted {
            if let Some(waiting) = &self.waiting {
                waiting.remove(records);
            }
            let ended = Ended {
                signal: Some(self.signal),
                backend: self.backend.clone(),
                outcome,
            };
            self.outcomes.end(ended, records);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.end(self.records, Outcome::Rejected(RejectReason::Abandoned));
    }
}
