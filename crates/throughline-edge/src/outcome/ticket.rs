//! Tickets: the records of one batch that have not ended yet, and the bytes they hold.

use super::{Ended, InFlight, Outcome, Outcomes, RejectReason};
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SortedMap;
    use crate::outcome::{InFlight, Tallies};
    use proptest::prelude::*;
    use std::sync::Arc;

    fn held(memory: &InFlight) -> Lease {
        memory.hold(100, 0, u64::MAX)
    }

    fn place(memory: &Arc<InFlight>, backend: &str) -> Place {
        Place {
            backend: Some(backend.into()),
            waiting: Arc::clone(memory),
            held: held(memory),
        }
    }

    /// Whether no ticket holds memory any more.
    fn is_free(memory: &InFlight) -> bool {
        memory.bytes(0) == 0
    }

    #[test]
    fn a_dropped_ticket_is_counted_as_abandoned() {
        let memory = InFlight::new(0);
        let outcomes = Outcomes::new(Arc::clone(&memory), &Tallies::default());
        let mut ticket = outcomes.ticket(Signal::Traces, held(&memory));
        ticket.count_records(5);
        ticket.split(2).rejected(RejectReason::InvalidRecord);
        assert_eq!(outcomes.tally().queued[&Signal::Traces], 3);
        assert!(!is_free(&memory));
        drop(ticket);
        let abandoned = Outcome::Rejected(RejectReason::Abandoned);
        assert_eq!(outcomes.tally().count(Signal::Traces, abandoned), 3);
        assert!(is_free(&memory));
    }

    #[test]
    fn a_ticket_for_several_backends_is_counted_at_each() {
        let memory = InFlight::new(0);
        let outcomes = Outcomes::new(Arc::clone(&memory), &Tallies::default());
        let mut ticket = outcomes.ticket(Signal::Logs, held(&memory));
        ticket.count_records(7);
        let (tempo, archive) = (InFlight::new(0), InFlight::new(0));
        let places = vec![place(&tempo, "tempo"), place(&archive, "archive")];
        let mut tickets = ticket.for_backends(places);
        assert!(is_free(&memory), "each backend has memory of its own");
        assert_eq!(outcomes.tally().queued[&Signal::Logs], 14);
        assert_eq!((tempo.records(), archive.records()), (7, 7));
        tickets.remove(0).exported();
        assert!(is_free(&tempo) && !is_free(&archive));
        assert_eq!((tempo.records(), archive.records()), (0, 7));
        drop(tickets);
        assert!(is_free(&archive) && archive.records() == 0);
        let tally = outcomes.tally();
        assert_eq!(tally.queued[&Signal::Logs], 0);
        for (backend, outcome) in [
            ("tempo", Outcome::Exported),
            ("archive", Outcome::Rejected(RejectReason::Abandoned)),
        ] {
            let ended = Ended {
                signal: Some(Signal::Logs),
                backend: Some(backend.into()),
                outcome,
            };
            assert_eq!(tally.ended.get(&ended), Some(&7), "{backend}");
        }
        assert!(is_free(&memory));
    }

    #[test]
    fn a_ticket_for_no_backend_is_abandoned() {
        let memory = InFlight::new(0);
        let outcomes = Outcomes::new(Arc::clone(&memory), &Tallies::default());
        let mut ticket = outcomes.ticket(Signal::Logs, held(&memory));
        ticket.count_records(3);
        assert!(ticket.for_backends(Vec::new()).is_empty());
        let abandoned = Outcome::Rejected(RejectReason::Abandoned);
        assert_eq!(outcomes.tally().count(Signal::Logs, abandoned), 3);
        assert!(is_free(&memory));
    }

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Receive(u64),
        TakeUp(u64),
        Split(u64),
        Join,
        Export,
        Reject,
        SampleOut,
        HandOver,
        Route(usize),
        Drop,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..9u64).prop_map(Step::Receive),
            (0..9u64).prop_map(Step::TakeUp),
            (0..9u64).prop_map(Step::Split),
            Just(Step::Join),
            Just(Step::Export),
            Just(Step::Reject),
            Just(Step::SampleOut),
            Just(Step::HandOver),
            (0..4usize).prop_map(Step::Route),
            Just(Step::Drop),
        ]
    }

    proptest! {
        #[test]
        fn the_sums_always_agree(steps in prop::collection::vec((step(), 0..4usize), 0..40)) {
            let (memory, backend) = (InFlight::new(0), InFlight::new(0));
            let outcomes = Outcomes::new(Arc::clone(&memory), &Tallies::default());
            let mut tickets: Vec<Ticket> = Vec::new();
            for (step, at) in steps {
                let mut taken = || (at < tickets.len()).then(|| tickets.swap_remove(at));
                match step {
                    Step::Receive(records) => {
                        let mut ticket = outcomes.ticket(Signal::Traces, held(&memory));
                        ticket.count_records(records);
                        tickets.push(ticket);
                    }
                    Step::TakeUp(records) => {
                        tickets.push(outcomes.take_up(Signal::Traces, records, held(&memory)));
                    }
                    Step::Split(records) => {
                        if let Some(mut ticket) = taken() {
                            tickets.push(ticket.split(records));
                            tickets.push(ticket);
                        }
                    }
                    Step::Join => {
                        if let (Some(other), Some(ticket)) = (taken(), tickets.first_mut())
                            && ticket.backend == other.backend
                        {
                            ticket.join(other);
                        }
                    }
                    Step::Export => taken().into_iter().for_each(Ticket::exported),
                    Step::Reject => taken().into_iter().for_each(|ticket| ticket.rejected(RejectReason::QueueFull)),
                    Step::SampleOut => taken().into_iter().for_each(Ticket::sampled_out),
                    Step::HandOver => taken().into_iter().for_each(Ticket::handed_over),
                    Step::Route(backends) => {
                        let names = ["tempo", "archive", "lake"].into_iter().take(backends);
                        let places = names.map(|name| place(&backend, name)).collect();
                        let routed = taken().map(|ticket| ticket.for_backends(places));
                        tickets.extend(routed.into_iter().flatten());
                    }
                    Step::Drop => drop(taken()),
                }
                let tally = outcomes.tally();
                let sum = |of: &SortedMap<Signal, u64>| of.values().sum::<u64>();
                let ended: u64 = tally.ended.values().sum();
                let entered = sum(&tally.received) + sum(&tally.taken_up) + sum(&tally.copied);
                prop_assert_eq!(entered, ended + sum(&tally.queued));
                let waiting: u64 = tickets.iter().map(Ticket::records).sum();
                prop_assert_eq!(sum(&tally.queued), waiting);
                prop_assert_eq!(memory.records(), waiting);
                let routed = tickets.iter().filter(|ticket| ticket.waiting.is_some());
                prop_assert_eq!(backend.records(), routed.map(Ticket::records).sum::<u64>());
            }
            drop(tickets);
            prop_assert!(is_free(&memory) && is_free(&backend));
        }
    }
}
