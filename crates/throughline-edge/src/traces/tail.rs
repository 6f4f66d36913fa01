//! Tail sampling at the owner of the traces of many edges.

use crate::admission::Projects;
use crate::batch::{Batch, Sender};
use crate::config::{Config, ConfigError};
use crate::host::Host;
use crate::judge::{Parts, owners, read};
use crate::machine::Machine;
use crate::pipeline::Pipeline;
use crate::state::tail::{Effects, Event, Tail};
use std::rc::Rc;
use throughline_otlp::Signal;
use throughline_trace_context::TraceId;

/// The tail sampler of the traces that one owner has.
#[derive(Debug)]
pub(super) struct TailOfOwner {
    pub(super) tail: Tail,
}

impl TailOfOwner {
    /// One of as many as `machine` has.
    ///
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(super) fn new(config: &Config, machine: &Machine) -> Result<Self, ConfigError> {
        let tail = config.sampling.tail.clone().unwrap_or_default();
        let parts = Parts {
            rates: owners(&tail, machine.trace_owners)?.unwrap_or(1),
            memory: 1,
        };
        let (rules, settings) = read(&tail, &parts)?;
        Ok(Self {
            tail: Tail::new(Rc::new(rules), settings),
        })
    }

    /// Handles an event, and returns what is to be exported and the traces that were decided.
    /// Records are counted now, as they end.
    pub(super) fn step<H: Host>(
        &mut self,
        host: &H,
        event: Event<'_>,
        pipeline: &Pipeline,
        projects: &Projects,
    ) -> (Vec<Batch>, Vec<TraceId>) {
        let now = host.now_unix_nano();
        let Effects {
            requests,
            sampled_out,
            decided,
        } = self.tail.step(now, event);
        for (signal, records) in [
            (Signal::Traces, sampled_out.spans),
            (Signal::Logs, sampled_out.log_records),
        ] {
            if records > 0 {
                pipeline.taken_up(host, signal, records, 0).sampled_out();
            }
        }
        let requests = requests.into_iter();
        let batches = requests.map(|kept| Batch {
            signal: kept.source.signal,
            ticket: pipeline.taken_up(host, kept.source.signal, kept.records, kept.request.len()),
            request: kept.request,
            sender: Rc::new(Sender {
                project: projects.at(kept.source.project),
                received_unix_nano: now,
                ..Sender::default()
            }),
        });
        let decided = decided.into_iter().map(|(trace, _)| trace);
        (batches.collect(), decided.collect())
    }
}
