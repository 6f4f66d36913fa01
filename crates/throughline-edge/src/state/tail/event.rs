//! Events of a tail sampler.

use crate::state::owner::trace_of;
use std::collections::HashMap;
use throughline_otlp::Signal;
use throughline_trace_context::TraceId;
use throughline_trace_context::sampling::Threshold;

/// An event of a tail sampler.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// Records have arrived.
    Records {
        source: Source,
        /// An inspected export request.
        request: &'a [u8],
    },
    /// Records have arrived under this floor.
    Given {
        source: Source,
        /// An inspected export request.
        request: &'a [u8],
        floor: Threshold,
    },
    /// The records of a message have arrived before, under this floor, and are taken again but for
    /// those that have ended: of traces that were decided since, of none, and below the floor.
    Replay {
        source: Source,
        /// An inspected export request.
        request: &'a [u8],
        floor: Threshold,
        earlier: Earlier<'a>,
    },
    /// Time has passed.
    Tick,
    /// The program ends: every open trace is decided now.
    Close,
}

/// A message that has arrived before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Earlier<'a> {
    /// The number of the message. Those of later messages and decisions are larger.
    pub(crate) number: u64,
    /// The last decision about each trace, by number.
    pub(crate) decided: &'a HashMap<TraceId, u64>,
}

/// The source of records. Those of different sources leave in different requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Source {
    /// The number of the project.
    pub(crate) project: u32,
    /// Traces or logs.
    pub(crate) signal: Signal,
}

impl Source {
    /// Spans of a project.
    pub(crate) const fn spans(project: u32) -> Self {
        Self {
            project,
            signal: Signal::Traces,
        }
    }
}

impl Default for Source {
    fn default() -> Self {
        Self::spans(0)
    }
}

impl Earlier<'_> {
    /// Whether a record of the message waits for its trace, which was not decided after it came.
    /// What belongs to no trace came out when it arrived.
    pub(super) fn is_waiting(&self, signal: Signal, record: &[u8]) -> bool {
        trace_of(signal, record).is_some_and(|id| {
            let last = self.decided.get(&id);
            last.is_none_or(|last| *last < self.number)
        })
    }
}
