//! The pipeline: processes and exports the batches of every source.
//!
//! Receivers, the proxy's spans, telemetry that a host exports itself and the reports all
//! enter by [`Pipeline::accept`].

use crate::batch::{Batch, Sender};
use crate::config::{Config, ConfigError};
use crate::exporter::{Exporter, Routed};
use crate::host::Host;
use crate::http::Refusal;
use crate::machine::Machine;
use crate::metrics::Metrics;
use crate::outcome::{Outcomes, RejectReason, Ticket, hold};
use crate::processor::{self, Processed};
use crate::state::quota::Quotas;
use bytes::Bytes;
use std::rc::Rc;
use throughline_otlp::Signal;
use throughline_otlp::response::PartialSuccess;

/// The part of the edge behind the receivers. Cloning gives the same pipeline.
#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    exporter: Exporter,
    outcomes: Outcomes,
    quotas: Quotas,
    metrics: Metrics,
}

/// Batches that were accepted and wait for export, and the partial success for their sender.
#[derive(Debug, Default)]
pub(crate) struct Accepted {
    routed: Vec<Routed>,
    pub(crate) partial: PartialSuccess,
}

impl Pipeline {
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn new(
        config: &Config,
        outcomes: Outcomes,
        machine: &Machine,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            exporter: Exporter::new(config, machine)?,
            outcomes,
            quotas: machine.quotas.clone(),
            metrics: Metrics::new(config, machine),
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
        let held = hold(host, self.outcomes.in_flight(), bytes);
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
            .map(|batch| processor::process(batch.signal, &batch.request, &self.metrics.config))
            .collect::<Result<_, _>>()?;
        let mut partial = PartialSuccess::default();
        let mut usable = Vec::new();
        for (mut batch, processed) in batches.into_iter().zip(processed) {
            if let Some(project) = &batch.sender.project {
                let now = host.now_unix_nano();
                (self.quotas).take(project.name(), batch.signal, processed.records, now);
            }
            batch.ticket.count_records(processed.records);
            self.metrics
                .add(processed.measurements, host.now_unix_nano());
            if let Some((records, fault)) = processed.unusable {
                let ticket = batch.ticket.split(records);
                ticket.rejected(RejectReason::InvalidRecord);
                reject(&mut partial, batch.signal, records, &fault.to_string());
            }
            batch.ticket.split(processed.sampled_out).sampled_out();
            batch.ticket.hold(processed.request.len());
            batch.request = processed.request;
            if batch.ticket.records() > 0 {
                usable.push(batch);
            }
        }
        match self.exporter.route(host, usable) {
            Ok(routed) => Ok(Accepted { routed, partial }),
            Err(batches) => {
                for batch in batches {
                    batch.ticket.rejected(RejectReason::QueueFull);
                }
                Err(Refusal::Overloaded)
            }
        }
    }

    /// The metrics that this edge makes.
    pub(crate) const fn metrics(&self) -> &Metrics {
        &self.metrics
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
        for routed in accepted.routed {
            exported = exported.and(self.exporter.export(host, routed).await);
        }
        exported
    }

    /// Exports batches after the response, each as a piece of work of its own.
    pub(crate) fn export_later<H: Host>(&self, host: &H, accepted: Accepted) {
        for routed in accepted.routed {
            self.exporter.export_later(host, routed);
        }
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
