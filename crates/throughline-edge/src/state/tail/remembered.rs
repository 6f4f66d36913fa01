//! Remembers the decisions about traces, for the spans that arrive late.

use crate::processor::sample::cutoff::Cutoff;
use std::collections::{HashMap, VecDeque};
use throughline_trace_context::TraceId;
use throughline_trace_context::sampling::Randomness;

/// The decision about a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) cutoff: Cutoff,
    pub(crate) randomness: Randomness,
}

/// The decisions made last.
#[derive(Debug)]
pub(super) struct Remembered {
    limit: usize,
    decisions: HashMap<TraceId, Decision>,
    oldest_first: VecDeque<TraceId>,
}

impl Remembered {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            decisions: HashMap::new(),
            oldest_first: VecDeque::new(),
        }
    }

    /// Remembers a decision, and forgets the oldest when there are too many.
    pub(super) fn add(&mut self, trace: TraceId, decision: Decision) {
        if self.limit == 0 {
            return;
        }
        if self.decisions.insert(trace, decision).is_none() {
            self.oldest_first.push_back(trace);
        }
        if self.oldest_first.len() > self.limit
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.decisions.remove(&oldest);
        }
    }

    /// Adds what another remembers, the oldest first.
    pub(super) fn add_all(&mut self, other: &Self) {
        for trace in &other.oldest_first {
            if let Some(decision) = other.get(*trace) {
                self.add(*trace, decision);
            }
        }
    }

    pub(super) fn get(&self, trace: TraceId) -> Option<Decision> {
        self.decisions.get(&trace).copied()
    }
}
