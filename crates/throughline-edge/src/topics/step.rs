//! Steps of a partition: the records that were taken together, and their export.

use super::decisions::StepDecisions;
use super::progress::Closed;
use crate::batch::Batch;
use crate::edge::Edge;
use crate::host::Host;
use crate::outcome::Outcomes;
use crate::state::tail::Decision;
use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::pin::pin;
use core::task::{Poll, Waker};
use std::rc::Rc;
use throughline_trace_context::TraceId;

/// The step to which records are added that are taken now.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) outcomes: Outcomes,
    pub(super) decisions: Vec<(TraceId, Decision)>,
    pub(super) kept: Vec<Batch>,
    /// Of what is kept.
    pub(super) bytes: usize,
    /// Whether no message was taken.
    pub(super) is_empty: bool,
}

/// A step that has not ended.
#[derive(Debug)]
pub(super) struct ClosedStep {
    pub(super) place: Closed,
    pub(super) decisions: StepDecisions,
    pub(super) outcomes: Outcomes,
    bytes: usize,
    /// The records to export, until the decisions are stored.
    kept: Option<Vec<Batch>>,
    export: Rc<Export>,
}

/// The export of a step.
#[derive(Debug, Default)]
struct Export {
    has_ended: Cell<bool>,
    /// Whether the partition is owned no more.
    is_given_up: Cell<bool>,
    waits: RefCell<Option<Waker>>,
}

impl Step {
    pub(super) fn new(edge: &Edge) -> Self {
        Self {
            outcomes: Outcomes::apart(edge.pipeline().outcomes()),
            decisions: Vec::new(),
            kept: Vec::new(),
            bytes: 0,
            is_empty: true,
        }
    }

    /// The decisions, each once.
    pub(super) fn take_decisions(&mut self) -> Vec<(TraceId, Decision)> {
        let mut decisions = core::mem::take(&mut self.decisions);
        decisions.sort_unstable_by_key(|(trace, _)| *trace);
        decisions.dedup_by_key(|(trace, _)| *trace);
        decisions
    }

    pub(super) fn closed(self, place: Closed, decisions: StepDecisions) -> ClosedStep {
        ClosedStep {
            place,
            decisions,
            outcomes: self.outcomes,
            bytes: self.bytes,
            kept: Some(self.kept),
            export: Rc::default(),
        }
    }
}

impl ClosedStep {
    /// Bytes of memory that it takes, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes + size_of_val(&*self.decisions.decisions) + STEP_BYTES
    }

    /// Whether its decisions are stored.
    pub(super) const fn is_stored(&self) -> bool {
        self.kept.is_none()
    }

    /// Whether nothing of it is left to export.
    pub(super) fn has_ended(&self) -> bool {
        self.export.has_ended.get()
    }

    /// Exports what was kept, in the background, for as long as this step is there.
    pub(super) fn export<H: Host>(&mut self, host: &H, edge: &Edge) {
        let Some(kept) = self.kept.take() else {
            return;
        };
        self.decisions.decisions = Vec::new();
        if kept.is_empty() {
            self.export.has_ended.set(true);
            return;
        }
        let (edge, worker) = (edge.clone(), host.clone());
        // Also when the export panics: its records are counted as abandoned then.
        let export = EndsAtDrop(Rc::clone(&self.export));
        host.spawn(async move {
            let mut exports = pin!(edge.pipeline().export_until_ended(&worker, kept));
            poll_fn(|task| match export.0.is_given_up.get() {
                true => Poll::Ready(()),
                false => {
                    export.0.waits.replace(Some(task.waker().clone()));
                    exports.as_mut().poll(task)
                }
            })
            .await;
        });
    }
}

impl Drop for ClosedStep {
    fn drop(&mut self) {
        self.export.is_given_up.set(true);
        if let Some(waits) = self.export.waits.take() {
            waits.wake();
        }
    }
}

/// Notes the end of an export, however it ends.
struct EndsAtDrop(Rc<Export>);

impl Drop for EndsAtDrop {
    fn drop(&mut self) {
        self.0.has_ended.set(true);
    }
}

/// Bytes of a step itself, with its counts.
const STEP_BYTES: usize = 1024;
