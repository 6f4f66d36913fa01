//! Progress in one partition: which records were taken, which have ended, and from where the next
//! owner has to take them again.
//!
//! Records are taken in steps, which end in their order. Once step `e` has ended, a record below
//! the offset at which it was closed has ended too, unless its trace was not decided by then: a
//! trace waits for no longer than `wait`, so all records are ended that were taken in a step which
//! was closed `wait` before step `e`. Their offset is committed. What lies between is taken again
//! by the next owner, which knows by the decisions of the steps up to `e` what of it has ended.

use super::account::Account;
use super::decisions::StepDecisions;
use super::{BySignal, SIGNALS};
use crate::outcome::Tally;
use crate::state::tail::Decision;
use std::collections::{HashMap, VecDeque};
use throughline_otlp::Signal;
use throughline_trace_context::TraceId;

/// The progress of one partition.
#[derive(Debug)]
pub(super) struct Progress {
    /// The signals whose records wait for their traces.
    waits: BySignal<bool>,
    /// How long a trace waits, in ns.
    wait: u64,
    /// The next offset to take.
    taken: BySignal<i64>,
    /// Below this, records of the traces in `ended_traces` have ended, and those of no trace.
    ended_below: BySignal<i64>,
    ended_traces: HashMap<TraceId, BySignal<i64>>,
    /// Below this, records of earlier owners are taken again, and their decisions matter.
    restored_below: BySignal<i64>,
    has_restored: bool,
    /// The number of the next step, of the first one here, and of the one before that had ended.
    next: u64,
    first: u64,
    follows: u64,
    /// Steps that have ended, from the one of the committed offset on.
    history: VecDeque<Closed>,
    committed: BySignal<i64>,
    accounts: [Account; 3],
    is_changed: bool,
}

/// The place of a step that was closed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Closed {
    pub(super) number: u64,
    taken: BySignal<i64>,
    /// ns since the owner began.
    time: u64,
    unix_ms: u64,
}

/// An offset to commit: the messages of a topic below it are not taken again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The signal of the topic.
    pub signal: Signal,
    /// The offset of the next message.
    pub offset: i64,
    /// Its metadata, up to 4 kB ([`Account`](crate::Account)).
    pub metadata: String,
}

impl Progress {
    pub(super) fn new(waits: BySignal<bool>, wait: u64) -> Self {
        Self {
            waits,
            wait,
            taken: BySignal::default(),
            ended_below: BySignal::default(),
            ended_traces: HashMap::new(),
            restored_below: BySignal::default(),
            has_restored: false,
            next: 1,
            first: 1,
            follows: 0,
            history: VecDeque::new(),
            committed: BySignal::default(),
            accounts: Default::default(),
            is_changed: false,
        }
    }

    /// Continues from what was committed and decided. Returns the decisions, the oldest first.
    pub(super) fn restore(
        &mut self,
        committed: Vec<(Signal, i64, Account)>,
        mut steps: Vec<StepDecisions>,
    ) -> Vec<(TraceId, Decision)> {
        let ended = committed.iter().map(|(_, _, account)| account.step);
        self.follows = ended.max().unwrap_or(0);
        for (signal, offset, account) in committed {
            self.taken.set(signal, offset);
            self.committed.set(signal, offset);
            self.ended_below.set(signal, account.offset);
            self.accounts[super::position(signal)] = account;
        }
        self.restored_below = self.ended_below;
        self.has_restored = true;
        for step in &steps {
            for signal in SIGNALS {
                let below = self
                    .restored_below
                    .get(signal)
                    .max(step.offsets.get(signal));
                self.restored_below.set(signal, below);
            }
        }
        steps.sort_by_key(|step| step.number);
        let last = steps.last().map_or(0, |step| step.number);
        self.first = last.max(self.follows).saturating_add(1);
        self.next = self.first;
        // The exports of a step that had not ended when its owner did are made again by the next
        // one, whose steps have later numbers.
        let (mut first, mut follows) = (self.first, self.follows);
        for step in steps.iter().rev() {
            if step.number < first && step.first < first {
                // The last step of an earlier owner.
                if step.number > follows {
                    continue;
                }
                (first, follows) = (step.first, step.follows);
            }
            for (trace, _) in &step.decisions {
                let below = self.ended_traces.entry(*trace).or_default();
                for signal in SIGNALS {
                    let offset = below.get(signal).max(step.offsets.get(signal));
                    below.set(signal, offset);
                }
            }
        }
        let decisions = steps.into_iter().flat_map(|step| step.decisions);
        decisions.collect()
    }

    /// Begins to take a message. Returns whether records of it may have ended before; `None` when
    /// it was taken already.
    pub(super) fn take(&mut self, signal: Signal, offset: i64) -> Option<bool> {
        if offset < self.taken.get(signal) {
            return None;
        }
        self.taken.set(signal, offset.saturating_add(1));
        Some(offset < self.ended_below.get(signal))
    }

    /// Whether a record of a trace in a message that is taken again has ended before.
    pub(super) fn has_ended(&self, trace: TraceId, signal: Signal, offset: i64) -> bool {
        let below = self.ended_traces.get(&trace);
        below.is_some_and(|below| offset < below.get(signal))
    }

    /// Closes a step, at a time of its owner in ns.
    pub(super) fn close(
        &mut self,
        time: u64,
        unix_ms: u64,
        decisions: Vec<(TraceId, Decision)>,
    ) -> (Closed, StepDecisions) {
        let number = self.next;
        self.next = self.next.saturating_add(1);
        let closed = Closed {
            number,
            taken: self.taken,
            time,
            unix_ms,
        };
        let decisions = StepDecisions {
            number,
            first: self.first,
            follows: self.follows,
            offsets: self.taken,
            decisions,
        };
        (closed, decisions)
    }

    /// Ends the first step that has not ended, whose records ended so.
    pub(super) fn end(&mut self, step: Closed, tally: &Tally) {
        for signal in SIGNALS {
            let account = &mut self.accounts[super::position(signal)];
            account.step = step.number;
            account.offset = (self.ended_below.get(signal)).max(step.taken.get(signal));
            account.add(signal, tally);
        }
        self.history.push_back(step);
        let wait = self.wait;
        let is_over = |closed: &Closed| closed.time.saturating_add(wait) <= step.time;
        while self.history.get(1).is_some_and(is_over) {
            self.history.pop_front();
        }
        let over = self.history.front().copied().filter(|first| is_over(first));
        for signal in SIGNALS {
            let offset = match (self.waits.get(signal), over) {
                (false, _) => step.taken.get(signal),
                (true, Some(over)) => over.taken.get(signal),
                (true, None) => continue,
            };
            self.commit(signal, offset);
        }
        // The decisions of earlier owners matter while an offset among their records is committed.
        let is_past = |over: &Closed| {
            let mut signals = SIGNALS.into_iter();
            signals.all(|signal| over.taken.get(signal) >= self.restored_below.get(signal))
        };
        if let Some(first) = over.filter(is_past) {
            let since = first
                .unix_ms
                .saturating_sub(self.wait / 1_000_000 * 4 + MARGIN_MS);
            for account in &mut self.accounts {
                account.since = since;
            }
        }
        self.is_changed = true;
    }

    /// Notes that everything that was taken has ended, and nothing waits.
    pub(super) fn all_ended(&mut self) {
        for signal in SIGNALS {
            self.commit(signal, self.taken.get(signal));
        }
    }

    /// The offsets to commit, if any has changed since [`Progress::committed`].
    pub(super) fn commits(&self) -> Vec<Commit> {
        let signals = SIGNALS.into_iter().filter(|_| self.is_changed);
        let signals = signals.filter(|signal| self.taken.get(*signal) > 0);
        signals
            .map(|signal| Commit {
                signal,
                offset: self.committed.get(signal),
                metadata: self.accounts[super::position(signal)].to_metadata(),
            })
            .collect()
    }

    /// Notes that the offsets are committed.
    pub(super) fn committed(&mut self) {
        self.is_changed = false;
    }

    fn commit(&mut self, signal: Signal, offset: i64) {
        if offset > self.committed.get(signal) {
            self.committed.set(signal, offset);
            self.is_changed = true;
        }
    }

    /// Whether an offset that was taken is not committed.
    pub(super) fn is_behind(&self) -> bool {
        let mut signals = SIGNALS.into_iter();
        signals.any(|signal| self.committed.get(signal) < self.taken.get(signal))
    }

    /// Forgets what earlier owners did, once no message is to come that they have taken. Returns
    /// whether it did so now.
    pub(super) fn forget_restored(&mut self) -> bool {
        let mut signals = SIGNALS.into_iter();
        let is_past =
            signals.all(|signal| self.taken.get(signal) >= self.restored_below.get(signal));
        let forgets = self.has_restored && is_past;
        if forgets {
            self.ended_traces = HashMap::new();
            self.has_restored = false;
        }
        forgets
    }
}

/// More than the clocks of machines and brokers differ.
const MARGIN_MS: u64 = 60_000;
