//! Messages of a partition, as they are read and as their records join a step.

use super::partition::{Message, Partition};
use super::step::Step;
use crate::batch::{Batch, Sender};
use crate::host::{Host, Level};
use crate::outcome::{RejectReason, hold};
use crate::state::tail::{Effects, Source};
use bytes::Bytes;
use std::rc::Rc;
use throughline_otlp::{Signal, inspect};

impl Partition {
    /// The request of a message, its number of records and its source; `None` when nothing is left
    /// of it.
    pub(super) fn read<H: Host>(
        &self,
        host: &H,
        step: &Step,
        message: Message<'_>,
        is_again: bool,
    ) -> Result<Option<(Bytes, u64, Source)>, String> {
        let Message {
            signal,
            project,
            value,
            ..
        } = message;
        let projects = self.edge.projects();
        if let Some(project) = project {
            let records = inspect(signal, &value)
                .map_err(|error| error.to_string())?
                .records;
            let project = projects.index_of_name(project);
            return Ok(Some((value, records, Source { project, signal })));
        }
        let held = hold(host, step.outcomes.in_flight(), value.len());
        let mut ticket = step.outcomes.ticket(signal, held);
        if is_again {
            ticket = ticket.uncounted();
        }
        let batch = Batch {
            signal,
            request: value,
            ticket,
            sender: Rc::new(Sender {
                received_unix_nano: host.now_unix_nano(),
                ..Sender::default()
            }),
        };
        let processed =
            (self.edge.pipeline().process_alone(host, batch)).map_err(|error| error.to_string())?;
        Ok(processed.map(|batch| {
            let records = batch.ticket.records();
            batch.ticket.handed_over();
            let project = 0;
            (batch.request, records, Source { project, signal })
        }))
    }

    pub(super) fn refuse<H: Host>(&self, host: &H, step: &Step, at: (Signal, i64), why: &str) {
        let (signal, offset) = at;
        let nothing = step.outcomes.in_flight().hold(0, 0, u64::MAX);
        let ticket = step.outcomes.take_up(signal, 1, nothing);
        ticket.rejected(RejectReason::InvalidRecord);
        let limit = &self.edge.machine().log_limit;
        let number = self.number;
        limit.log(host, Level::Warning, "messages that cannot be read", || {
            format!("the message at offset {offset} of partition {number} of the topic of {signal} cannot be read and counts as a rejected record: {why}")
        });
    }

    /// Adds what a tail sampler has decided to a step.
    pub(super) fn apply<H: Host>(&self, host: &H, step: &mut Step, effects: Effects) {
        let Effects {
            requests,
            sampled_out,
            decided,
        } = effects;
        step.decisions.extend(decided);
        for (signal, records) in [
            (Signal::Traces, sampled_out.spans),
            (Signal::Logs, sampled_out.log_records),
        ] {
            if records > 0 {
                let nothing = step.outcomes.in_flight().hold(0, 0, u64::MAX);
                step.outcomes
                    .take_up(signal, records, nothing)
                    .sampled_out();
            }
        }
        for kept in requests {
            self.keep(host, step, (kept.source, kept.request, kept.records));
        }
    }

    /// Adds records to what a step exports.
    pub(super) fn keep<H: Host>(&self, host: &H, step: &mut Step, kept: (Source, Bytes, u64)) {
        let (source, request, records) = kept;
        let held = hold(host, step.outcomes.in_flight(), request.len());
        step.bytes += request.len();
        step.kept.push(Batch {
            signal: source.signal,
            ticket: step.outcomes.take_up(source.signal, records, held),
            request,
            sender: Rc::new(Sender {
                project: self.edge.projects().at(source.project),
                received_unix_nano: host.now_unix_nano(),
                ..Sender::default()
            }),
        });
    }
}
