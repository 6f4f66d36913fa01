//! The pipeline: processes and exports the batches of every source.
//!
//! Receivers, the proxy's spans, telemetry that a host exports itself and the reports all
//! enter by [`Pipeline::accept`].

use crate::admission::Projects;
use crate::batch::{Batch, Sender};
use crate::config::{Config, ConfigError};
use crate::exporter::Exporter;
use crate::host::Host;
use crate::http::Refusal;
use crate::judge::Judge;
use crate::machine::Machine;
use crate::outcome::{Outcomes, RejectReason, Ticket};
use crate::processor::sample::Head;
use crate::processor::{self, Processed};
use bytes::Bytes;
use core::time::Duration;
use std::rc::Rc;
use throughline_otlp::response::PartialSuccess;
use throughline_otlp::{InvalidRequest, Signal};

/// The part of the edge behind the receivers. Cloning gives the same pipeline.
#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    head: Option<Head>,
    judge: Option<Judge>,
    exporter: Exporter,
    outcomes: Outcomes,
}

/// Batches that were accepted and wait for export, and the partial success for their sender.
#[derive(Debug, Default)]
pub(crate) struct Accepted {
    batches: Vec<Batch>,
    pub(crate) partial: PartialSuccess,
}

impl Pipeline {
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn new(
        config: &Config,
        projects: &Projects,
        outcomes: Outcomes,
        machine: &Machine,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            judge: Judge::new(config, projects, &outcomes, machine)?,
            head: Head::new(&config.sampling, &machine.head_sampling)?,
            exporter: Exporter::new(&config.backend, machine)?,
            outcomes,
        })
    }

    /// A batch that has just arrived. Its records are counted when it is accepted.
    pub(crate) fn receive<H: Host>(
        &self,
        host: &H,
        signal: Signal,
        request: Bytes,
        sender: &Rc<Sender>,
    ) -> Batch {
        Batch {
            ticket: self.ticket(host, signal, request.len()),
            signal,
            request,
            sender: Rc::clone(sender),
        }
    }

    /// A ticket for records that become a batch later. It holds memory no longer than the
    /// platform lets the export run: cancelled work may never drop it.
    pub(crate) fn ticket<H: Host>(&self, host: &H, signal: Signal, bytes: usize) -> Ticket {
        let now = host.now_unix_nano();
        let limit = host.time_limit().map_or(u64::MAX, nanos);
        let in_flight = self.outcomes.in_flight();
        let held = in_flight.hold(bytes, now, now.saturating_add(limit));
        self.outcomes.ticket(signal, held)
    }

    /// Accepts all batches of a request, or none of them.
    ///
    /// # Errors
    /// [`Refusal`]: a batch is invalid, and none of them is counted as received; or too
    /// much waits for export, and all are counted as rejected.
    pub(crate) fn accept<H: Host>(
        &self,
        host: &H,
        batches: Vec<Batch>,
    ) -> Result<Accepted, Refusal> {
        let processed: Vec<Processed> = (batches.iter())
            .map(|batch| self.process(host, batch))
            .collect::<Result<_, _>>()?;
        let mut accepted = Accepted::default();
        for (mut batch, processed) in batches.into_iter().zip(processed) {
            batch.ticket.count_records(processed.records);
            if let Some((records, fault)) = processed.unusable {
                let ticket = batch.ticket.split(records);
                ticket.rejected(RejectReason::InvalidRecord);
                reject(
                    &mut accepted.partial,
                    batch.signal,
                    records,
                    &fault.to_string(),
                );
            }
            batch.ticket.split(processed.sampled_out).sampled_out();
            batch.ticket.hold(processed.request.len());
            batch.request = processed.request;
            if batch.ticket.records() > 0 {
                accepted.batches.push(batch);
            }
        }
        if self.is_full(host, &accepted.batches) {
            for batch in accepted.batches {
                batch.ticket.rejected(RejectReason::QueueFull);
            }
            return Err(Refusal::Overloaded);
        }
        Ok(accepted)
    }

    fn process<H: Host>(&self, host: &H, batch: &Batch) -> Result<Processed, InvalidRequest> {
        let now = host.now_unix_nano();
        let mut sample = (self.head.as_ref()).map(|head| head.begin(batch.signal, now));
        let processed = processor::process(batch.signal, &batch.request, sample.as_mut());
        if let Some(sample) = sample {
            sample.end();
        }
        processed
    }

    /// Exports batches to their end, and waits for it.
    ///
    /// # Errors
    /// The reason why the records of a batch were rejected. All of them are counted in
    /// the account.
    pub(crate) async fn export<H: Host>(
        &self,
        host: &H,
        accepted: Accepted,
    ) -> Result<(), RejectReason> {
        let mut exported = Ok(());
        for batch in self.judged(host, accepted.batches) {
            exported = exported.and(self.exporter.export(host, batch).await);
        }
        exported
    }

    /// Exports batches after the response, each as a piece of work of its own.
    pub(crate) fn export_later<H: Host>(&self, host: &H, accepted: Accepted) {
        let batches = self.judged(host, accepted.batches);
        self.spawn_exports(host, batches);
    }

    /// Whether whole traces are judged here, which takes a host that calls
    /// [`Pipeline::decide_due`].
    pub(crate) fn judges(&self) -> bool {
        self.judge.is_some()
    }

    /// Judges the traces whose time is over, and exports what is kept of them.
    pub(crate) fn decide_due<H: Host>(&self, host: &H) {
        if let Some(judge) = &self.judge {
            self.spawn_exports(host, judge.decide_due(host));
        }
    }

    /// Judges all traces, and exports what is kept of them.
    pub(crate) fn decide_all<H: Host>(&self, host: &H) {
        if let Some(judge) = &self.judge {
            self.spawn_exports(host, judge.close(host));
        }
    }

    /// The batches to export now: spans wait until their trace is judged.
    fn judged<H: Host>(&self, host: &H, batches: Vec<Batch>) -> Vec<Batch> {
        let Some(judge) = &self.judge else {
            return batches;
        };
        let judged = batches.into_iter().flat_map(|batch| match batch.signal {
            Signal::Traces => judge.take(host, batch),
            Signal::Logs | Signal::Metrics => vec![batch],
        });
        judged.collect()
    }

    fn spawn_exports<H: Host>(&self, host: &H, batches: Vec<Batch>) {
        for batch in batches {
            let (exporter, worker) = (self.exporter.clone(), host.clone());
            host.spawn(async move {
                // How it ended is in the account.
                let _ = exporter.export(&worker, batch).await;
            });
        }
    }

    /// Whether the batches are too much beside what waits for export already. A batch that
    /// is over the limit by itself is accepted when nothing else waits. Cores that ask at
    /// the same moment may each accept one: one more batch per core fits in memory.
    fn is_full<H: Host>(&self, host: &H, batches: &[Batch]) -> bool {
        let own = batches.iter().map(|batch| batch.ticket.bytes()).sum();
        let in_flight = self.outcomes.in_flight();
        in_flight.is_exceeded(own, host.now_unix_nano())
    }
}

fn reject(partial: &mut PartialSuccess, signal: Signal, records: u64, why: &str) {
    partial.rejected += records;
    if !partial.message.is_empty() {
        partial.message.push_str("; ");
    }
    let of = signal.records();
    let reason = format!("{of} no backend could use: {records}, the first because {why}");
    partial.message.push_str(&reason);
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
