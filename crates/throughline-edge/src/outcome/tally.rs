//! The tally of one edge: its records that were received, are queued, and have ended.

use super::in_flight::InFlight;
use super::{Flow, Outcome, Reported, Requests, Response, Symbolication, Ticket, Traffic};
use crate::SortedMap;
use crate::lease::Lease;
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

/// Counts by signal and by the name of a rule.
pub type ByRule = SortedMap<(Signal, Arc<str>), u64>;

/// Changes to records that went on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Redactions, by the name of the rule.
    pub redacted: ByRule,
    /// Parts that were cut off, by the name of the limit.
    pub cut: ByRule,
}

/// Values cut by signal, and by backend where there are several.
pub type Truncations = SortedMap<(Signal, Option<Arc<str>>), u64>;

/// Frames of scripts with debug ids by how they ended.
pub type Symbolicated = SortedMap<Symbolication, u64>;

/// Records by outcome.
pub type Counts = SortedMap<Ended, u64>;

/// Counts of all records by outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records received from senders, by signal.
    pub received: SortedMap<Signal, u64>,
    /// Records taken up from another process, by signal.
    pub taken_up: SortedMap<Signal, u64>,
    /// Records that were copied for a further backend, by signal.
    pub copied: SortedMap<Signal, u64>,
    /// Records that have ended, since the start.
    pub ended: Counts,
    /// Records that wait for their end, by signal; a copy for a further backend is one more.
    pub queued: SortedMap<Signal, u64>,
    /// Changes to records, since the start.
    pub changes: Changes,
    /// Values that were cut, or left out, for a backend, since the start.
    pub truncated: Truncations,
    /// Frames of scripts with debug ids by how they ended, since the start.
    pub symbolicated: Symbolicated,
    /// Requests with telemetry by response, since the start.
    pub requests: Requests,
    /// Records and bytes of each project, since the start.
    pub traffic: Traffic,
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
        self.changes.add(&other.changes);
        for (backend, values) in &other.truncated {
            add(&mut self.truncated, backend.clone(), *values);
        }
        for (symbolication, frames) in &other.symbolicated {
            add(&mut self.symbolicated, *symbolication, *frames);
        }
        for (response, requests) in &other.requests {
            add(&mut self.requests, *response, *requests);
        }
        self.traffic.add(&other.traffic);
    }
}

impl Changes {
    /// Whether nothing was changed.
    pub(super) fn are_none(&self) -> bool {
        self.redacted.is_empty() && self.cut.is_empty()
    }

    fn add(&mut self, other: &Changes) {
        for (sum, more) in [
            (&mut self.redacted, &other.redacted),
            (&mut self.cut, &other.cut),
        ] {
            for (rule, count) in more {
                add(sum, rule.clone(), *count);
            }
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
    in_flight: Arc<InFlight>,
}

impl Outcomes {
    /// A tally that is added to those of other cores.
    pub(crate) fn new(in_flight: Arc<InFlight>, tallies: &Tallies) -> Self {
        Self {
            tally: tallies.add_core(),
            in_flight,
        }
    }

    /// A tally of its own, for records in the same memory. It is [added](Self::add) by its owner.
    pub(crate) fn apart(other: &Self) -> Self {
        Self {
            tally: SharedTally::default(),
            in_flight: Arc::clone(&other.in_flight),
        }
    }

    /// Adds counts of records that have ended.
    pub(crate) fn add(&self, tally: &Tally) {
        lock(&self.tally).add(tally);
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

    /// Counts what was changed in records.
    pub(crate) fn changed(&self, changes: &Changes) {
        if !changes.are_none() {
            lock(&self.tally).changes.add(changes);
        }
    }

    /// Counts values that were cut for a backend, by name where there are several.
    pub(super) fn truncated(&self, signal: Signal, backend: Option<Arc<str>>, values: u64) {
        add(&mut lock(&self.tally).truncated, (signal, backend), values);
    }

    /// Counts frames of scripts with debug ids.
    pub(crate) fn symbolicated(&self, counts: &Symbolicated) {
        let mut tally = lock(&self.tally);
        for (symbolication, frames) in counts {
            add(&mut tally.symbolicated, *symbolication, *frames);
        }
    }

    /// Counts a request with telemetry.
    pub(crate) fn responded(&self, response: Response) {
        add(&mut lock(&self.tally).requests, response, 1);
    }

    /// The records and bytes that wait for export, on all cores.
    pub(crate) fn in_flight(&self) -> &InFlight {
        &self.in_flight
    }

    pub(crate) fn tally(&self) -> Tally {
        lock(&self.tally).clone()
    }

    /// The counts that only grow.
    pub(super) fn reported(&self) -> Reported {
        let tally = lock(&self.tally);
        Reported {
            ended: tally.ended.clone(),
            redacted: tally.changes.redacted.clone(),
            cut: tally.changes.cut.clone(),
            truncated: tally.truncated.clone(),
            symbolicated: tally.symbolicated.clone(),
            requests: tally.requests.clone(),
            traffic: tally.traffic.clone(),
        }
    }

    /// Counts a batch of a project that goes one way.
    pub(super) fn passed(&self, flow: Flow, records: u64, bytes: usize) {
        lock(&self.tally).traffic.count(flow, records, bytes);
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
        add(&mut tally.ended, ended, records);
    }
}

/// No code panics under these locks, so a poisoned lock still guards valid state.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Adds to a count. A page can report any number of dropped records, so no sum may overflow.
pub(super) fn add<K: Ord>(counts: &mut SortedMap<K, u64>, key: K, records: u64) {
    let count = counts.or_default(key);
    *count = count.saturating_add(records);
}
