//! Tail sampling: keeps the spans and log records of a trace until all of it can be judged.
//!
//! ```text
//! records ─► floor ─► open traces ─► decision ─► requests to export
//!                          │             │
//!                the oldest, when        └─► remembered, for records that arrive late
//!                memory is short
//! ```
//!
//! [`Tail::step`] is a pure function of its state, an event and the time: it reads no clock
//! and draws no randomness. A trace is decided a time after its first record, or sooner after
//! its root span, by the rules of [`processor::sample`](crate::processor::sample) over all
//! its spans and log records, and each of them gets the threshold of the decision. Each record
//! that goes in comes out in a request, or is counted as sampled out. A log record of no trace
//! comes out at once.
//!
//! When memory is short the oldest traces are decided early, and a floor rises: a threshold
//! for all records that arrive, except errors. It is written into those that pass it, so that
//! their adjusted counts stay exact.

mod budget;
mod decide;
mod envelopes;
mod event;
mod floor;
mod open_trace;
mod output;
mod remembered;
#[cfg(test)]
mod simulation;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use crate::processor::sample::by_key::ByKey;
use crate::processor::sample::facts::{Facts, Mark, Wanted};
use crate::processor::sample::rules::Rules;
use crate::processor::sample::{Arriving, Raise};
use budget::Budget;
use bytes::Bytes;
use envelopes::{EnvelopeId, Envelopes};
pub(crate) use event::{Earlier, Event, Source};
use floor::Floor;
pub(crate) use floor::passes;
use open_trace::OpenTrace;
use output::Output;
pub(crate) use remembered::Decision;
use remembered::Remembered;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use throughline_otlp::Signal;
use throughline_otlp::group::{each_scope_group, records};
use throughline_otlp::protobuf::Writer;
use throughline_trace_context::TraceId;
use throughline_trace_context::sampling::Threshold;

/// The tail sampler of the traces that one core owns.
#[derive(Debug)]
pub(crate) struct Tail {
    rules: Rc<Rules>,
    settings: Settings,
    /// ns that have passed. A clock that is set back does not turn it back.
    now: u64,
    /// The clock at the last event, ns since the Unix epoch.
    clock: Option<u64>,
    open: HashMap<TraceId, OpenTrace>,
    /// Every open trace, and some that are decided: when its first record arrived.
    by_age: VecDeque<(u64, TraceId)>,
    /// When the root span arrived.
    rooted: VecDeque<(u64, TraceId)>,
    envelopes: Envelopes,
    /// Bytes of the open traces, without their envelopes.
    bytes: usize,
    remembered: Remembered,
    /// Decisions of an earlier owner whose records are taken again.
    restored: HashMap<TraceId, Decision>,
    floor: Floor,
    budgets: Vec<Budget>,
    keyed: Vec<ByKey>,
    facts: Facts,
    /// The fields that are read of a record that arrives.
    arriving: Wanted,
}

/// How long traces wait, and in how much memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// From the first record, in ns.
    pub(crate) wait: u64,
    /// From the root span, in ns.
    pub(crate) wait_after_root: u64,
    /// Bytes of open traces.
    pub(crate) max_bytes: usize,
    /// Traces whose decision is remembered.
    pub(crate) remembered: usize,
    /// Whether a floor rises while memory is short; otherwise traces are decided early alone.
    pub(crate) has_floor: bool,
}

/// The work that is left after an event.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    /// Requests to export.
    pub(crate) requests: Vec<Kept>,
    /// Records that were dropped by the rules.
    pub(crate) sampled_out: SampledOut,
    /// Traces that were decided, and that of each late record, with the decision.
    pub(crate) decided: Vec<(TraceId, Decision)>,
}

/// How many records were dropped by the rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SampledOut {
    pub(crate) spans: u64,
    pub(crate) log_records: u64,
}

/// Records that are kept, as an export request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) source: Source,
    pub(crate) request: Bytes,
    pub(crate) records: u64,
}

impl SampledOut {
    fn add(&mut self, signal: Signal) {
        match signal {
            Signal::Traces => self.spans += 1,
            Signal::Logs | Signal::Metrics => self.log_records += 1,
        }
    }
}

impl Tail {
    pub(crate) fn new(rules: Rc<Rules>, settings: Settings) -> Self {
        Self {
            settings,
            now: 0,
            clock: None,
            open: HashMap::new(),
            by_age: VecDeque::new(),
            rooted: VecDeque::new(),
            envelopes: Envelopes::default(),
            bytes: 0,
            remembered: Remembered::new(settings.remembered),
            restored: HashMap::new(),
            floor: Floor::new(settings.wait),
            budgets: rules.rates.iter().copied().map(Budget::new).collect(),
            keyed: (rules.keyed.iter())
                .map(|keyed| ByKey::new(keyed.one_in))
                .collect(),
            facts: Facts::default(),
            arriving: Wanted::errors_alone(),
            rules,
        }
    }

    /// Remembers what another has decided: records that arrive late get that, whatever the
    /// rules are now.
    pub(crate) fn remember(&mut self, other: &Self) {
        self.remembered.add_all(&other.remembered);
    }

    /// Remembers a decision that another has made, however many there are, until
    /// [`Tail::forget_restored`].
    pub(crate) fn restore_decision(&mut self, trace: TraceId, decision: Decision) {
        self.remembered.add(trace, decision);
        self.restored.insert(trace, decision);
    }

    /// Remembers of restored decisions as many as of others: no record is taken again any more.
    pub(crate) fn forget_restored(&mut self) {
        self.restored = HashMap::new();
    }

    /// The part of the memory that open traces take.
    pub(crate) fn fill(&self) -> f64 {
        self.bytes() as f64 / self.settings.max_bytes as f64
    }

    /// ns that have passed since the first event.
    pub(crate) const fn elapsed(&self) -> u64 {
        self.now
    }

    /// Handles an event at this time, in ns since the Unix epoch.
    pub(crate) fn step(&mut self, now_unix_nano: u64, event: Event<'_>) -> Effects {
        let elapsed = now_unix_nano.saturating_sub(self.clock.unwrap_or(now_unix_nano));
        self.clock = Some(now_unix_nano);
        self.now += elapsed;
        for budget in &mut self.budgets {
            budget.refill(elapsed);
        }
        let mut output = Output::default();
        match event {
            Event::Records { source, request } => {
                self.take(source, request, self.floor(), None, &mut output);
            }
            Event::Given {
                source,
                request,
                floor,
            } => self.take(source, request, floor, None, &mut output),
            Event::Replay {
                source,
                request,
                floor,
                earlier,
            } => self.take(source, request, floor, Some(earlier), &mut output),
            Event::Tick => {
                let due = self.due();
                self.decide(due, &mut output);
            }
            Event::Close => {
                while let Some(oldest) = self.oldest() {
                    let traces =
                        core::iter::once(oldest).chain(core::iter::from_fn(|| self.oldest()));
                    let traces = traces.take(CLOSED_AT_ONCE).collect();
                    self.decide(traces, &mut output);
                }
            }
        }
        self.floor
            .relax(self.now, self.bytes(), self.settings.max_bytes);
        output.join(&mut self.envelopes);
        Effects {
            requests: output.requests,
            sampled_out: output.sampled_out,
            decided: output.decided,
        }
    }

    /// Bytes of the open traces.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.envelopes.bytes()
    }

    /// The floor for records that arrive now.
    pub(crate) fn floor(&self) -> Threshold {
        self.floor.threshold()
    }

    fn take(
        &mut self,
        source: Source,
        request: &[u8],
        floor: Threshold,
        replay: Option<Earlier<'_>>,
        output: &mut Output,
    ) {
        each_scope_group(request, |head, group| {
            let id = self.envelopes.find(source, head);
            for record in records(group) {
                if replay.is_none_or(|earlier| earlier.is_waiting(source.signal, record)) {
                    let passes = self.take_record(id, source.signal, record, floor, output);
                    // What does not pass was counted when it arrived.
                    if !passes && replay.is_none() {
                        output.sampled_out.add(source.signal);
                    }
                }
            }
            // No record may refer to it.
            self.envelopes.release(id, 0);
        });
        if self.bytes() > self.settings.max_bytes {
            self.free(output);
        }
    }

    /// Takes a record that passes the floor. Whether it does.
    fn take_record(
        &mut self,
        envelope: EnvelopeId,
        signal: Signal,
        record: &[u8],
        floor: Threshold,
        output: &mut Output,
    ) -> bool {
        self.facts.return_to(Mark::default());
        let identity = (self.facts).add_record(signal, record, &self.arriving);
        let arriving = Arriving::record(signal, record, &identity);
        let (Some(trace), Some(arriving)) = (identity.trace_id, arriving) else {
            // An inspected request has no such span.
            let is_log_record = signal != Signal::Traces;
            if is_log_record {
                output.pass(&mut self.envelopes, envelope, record);
            }
            return is_log_record;
        };
        let restored = self.restored.get(&trace).copied();
        if let Some(decision) = restored.or_else(|| self.remembered.get(trace)) {
            let cutoff = decision.cutoff;
            let arriving = arriving.with_randomness(decision.randomness);
            let envelopes = &mut self.envelopes;
            output.decided.push((trace, decision));
            output.add(envelopes, envelope, record, &identity, &arriving, cutoff);
            return true;
        }
        let Some(raise) = passes(&arriving, self.facts.is_error, floor) else {
            return false;
        };
        let now = self.now;
        let open = self.open.entry(trace).or_insert_with(|| {
            self.by_age.push_back((now, trace));
            self.bytes += TRACE_BYTES;
            OpenTrace::new(now)
        });
        if identity.is_root && !open.is_rooted {
            open.is_rooted = true;
            self.rooted.push_back((now, trace));
        }
        open.spans += u32::from(signal == Signal::Traces);
        if raise == Raise::Stays {
            self.bytes += open.push(envelope, record);
        } else {
            let mut writer = Writer::new();
            raise.write_record(signal, &mut writer, record, &identity);
            self.bytes += open.push(envelope, writer.as_bytes());
        }
        self.envelopes.refer(envelope);
        true
    }

    /// Decides the oldest traces until a tenth of the memory is free.
    fn free(&mut self, output: &mut Output) {
        let most = self.settings.max_bytes / 10 * 9;
        while self.bytes() > most {
            let mut traces = Vec::new();
            let mut bytes = self.bytes();
            while bytes > most
                && let Some((id, trace)) = self.oldest()
            {
                if self.settings.has_floor {
                    self.floor.press(self.now, trace.first_seen);
                }
                bytes = bytes.saturating_sub(TRACE_BYTES + trace.bytes());
                traces.push((id, trace));
            }
            if traces.is_empty() {
                return;
            }
            self.decide(traces, output);
        }
    }

    /// Takes out the traces whose time is over.
    fn due(&mut self) -> Vec<(TraceId, OpenTrace)> {
        let mut due = Vec::new();
        let Settings {
            wait,
            wait_after_root,
            ..
        } = self.settings;
        while let Some((time, trace)) = self.rooted.front().copied()
            && time.saturating_add(wait_after_root) <= self.now
        {
            self.rooted.pop_front();
            // The trace may have been decided, and then opened again.
            if self
                .open
                .get(&trace)
                .is_some_and(|open| open.first_seen <= time)
            {
                due.extend(self.open.remove(&trace).map(|open| (trace, open)));
            }
        }
        while let Some((time, trace)) = self.by_age.front().copied()
            && (time.saturating_add(wait) <= self.now || !self.is_open(trace, time))
        {
            self.by_age.pop_front();
            if self.is_open(trace, time) {
                due.extend(self.open.remove(&trace).map(|open| (trace, open)));
            }
        }
        due
    }

    /// Takes out the oldest trace.
    fn oldest(&mut self) -> Option<(TraceId, OpenTrace)> {
        loop {
            let (time, trace) = self.by_age.pop_front()?;
            if self.is_open(trace, time) {
                return self.open.remove(&trace).map(|open| (trace, open));
            }
        }
    }

    fn is_open(&self, trace: TraceId, since: u64) -> bool {
        (self.open.get(&trace)).is_some_and(|open| open.first_seen == since)
    }
}

/// Bytes that an open trace takes besides its records: its entries in the map, which is half
/// full on average, and in the queues, and what the allocator adds.
const TRACE_BYTES: usize = 176;
/// Traces whose records are joined into requests together when the program ends.
const CLOSED_AT_ONCE: usize = 10_000;
