//! Tail sampling: keeps the spans of a trace until the whole trace can be judged.
//!
//! ```text
//! spans ─► floor ─► open traces ─► decision ─► requests to export
//!                        │             │
//!              the oldest, when        └─► remembered, for spans that arrive late
//!              memory is short
//! ```
//!
//! [`Tail::step`] is a pure function of its state, an event and the time: it reads no clock
//! and draws no randomness. A trace is decided a time after its first span, or sooner after
//! its root span, by the rules of [`processor::sample`](crate::processor::sample) over all
//! its spans, and every span gets the threshold of the decision. Each span that goes in comes
//! out in a request, or is counted as sampled out.
//!
//! When memory is short the oldest traces are decided early, and a floor rises: a threshold
//! for all spans that arrive, except errors. It is written into those that pass it, so that
//! their adjusted counts stay exact.

mod budget;
mod decide;
mod envelopes;
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
use crate::processor::sample::cutoff::Cutoff;
use crate::processor::sample::facts::{Facts, Mark, Wanted};
use crate::processor::sample::rules::Rules;
use crate::processor::sample::{Arriving, Raise};
use budget::Budget;
use bytes::Bytes;
use envelopes::{EnvelopeId, Envelopes};
use floor::Floor;
use open_trace::OpenTrace;
use output::Output;
use remembered::Remembered;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use throughline_otlp::group::{each_scope_group, records};
use throughline_otlp::protobuf::Writer;
use throughline_trace_context::TraceId;

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
    /// Every open trace, and some that are decided: when its first span arrived.
    by_age: VecDeque<(u64, TraceId)>,
    /// When the root span arrived.
    rooted: VecDeque<(u64, TraceId)>,
    envelopes: Envelopes,
    /// Bytes of the open traces, without their envelopes.
    bytes: usize,
    remembered: Remembered,
    floor: Floor,
    budgets: Vec<Budget>,
    keyed: Vec<ByKey>,
    facts: Facts,
    /// The fields that are read of a span that arrives.
    arriving: Wanted,
}

/// How long traces wait, and in how much memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// From the first span, in ns.
    pub(crate) wait: u64,
    /// From the root span, in ns.
    pub(crate) wait_after_root: u64,
    /// Bytes of open traces.
    pub(crate) max_bytes: usize,
    /// Traces whose decision is remembered.
    pub(crate) remembered: usize,
}

/// An event of a tail sampler.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// Spans have arrived.
    Spans {
        /// Where they came from. Spans of different sources leave in different requests.
        source: u32,
        /// An inspected export request.
        request: &'a [u8],
    },
    /// Time has passed.
    Tick,
    /// The program ends: every open trace is decided now.
    Close,
}

/// The work that is left after an event.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    /// Requests to export.
    pub(crate) requests: Vec<Kept>,
    /// Spans that were dropped by the rules.
    pub(crate) sampled_out: u64,
}

/// Spans that are kept, as an export request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Where they came from.
    pub(crate) source: u32,
    pub(crate) request: Bytes,
    pub(crate) records: u64,
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
            Event::Spans { source, request } => self.take(source, request, &mut output),
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
        }
    }

    /// Bytes of the open traces.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.envelopes.bytes()
    }

    fn take(&mut self, source: u32, request: &[u8], output: &mut Output) {
        each_scope_group(request, |head, group| {
            let id = self.envelopes.find(source, head);
            for span in records(group) {
                self.take_span(id, span, output);
            }
            // No span may refer to it.
            self.envelopes.release(id, 0);
        });
        if self.bytes() > self.settings.max_bytes {
            self.free(output);
        }
    }

    fn take_span(&mut self, envelope: EnvelopeId, span: &[u8], output: &mut Output) {
        self.facts.return_to(Mark::default());
        let identity = self.facts.add_span(span, &self.arriving);
        let (Some(trace), Some(arriving)) = (identity.trace_id, Arriving::span(&identity)) else {
            // An inspected request has no such span.
            output.sampled_out += 1;
            return;
        };
        if let Some(decision) = self.remembered.get(trace) {
            let cutoff = decision.cutoff;
            let arriving = arriving.with_randomness(decision.randomness);
            let envelopes = &mut self.envelopes;
            return output.add(envelopes, envelope, span, &identity, &arriving, cutoff);
        }
        let own = Cutoff::own(arriving.threshold);
        let floor = match self.facts.is_error {
            true => own,
            false => self.floor.cutoff().max(own),
        };
        let raise = match floor {
            Cutoff::At(floor) if floor.keeps(arriving.randomness) => arriving.raised_to(floor),
            _ => {
                output.sampled_out += 1;
                return;
            }
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
        if raise == Raise::Stays {
            self.bytes += open.push(envelope, span);
        } else {
            let mut writer = Writer::new();
            raise.write_span(&mut writer, span, &identity);
            self.bytes += open.push(envelope, writer.as_bytes());
        }
        self.envelopes.refer(envelope);
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
                self.floor.press(self.now, trace.first_seen);
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

/// Bytes that an open trace takes besides its spans: its entries in the map, which is half
/// full on average, and in the queues, and what the allocator adds.
const TRACE_BYTES: usize = 176;
/// Traces whose spans are joined into requests together when the program ends.
const CLOSED_AT_ONCE: usize = 10_000;
