//! The pipeline: processes and exports the batches of every source.
//!
//! Receivers, the proxy's spans, telemetry that a host exports itself and the reports all
//! enter by [`Pipeline::accept`].

use crate::admission::Projects;
use crate::batch::{Batch, Sender};
use crate::config::{Config, ConfigError};
use crate::exporter::{Exporter, Routed};
use crate::host::Host;
use crate::http::Refusal;
use crate::judge::Judge;
use crate::machine::Machine;
use crate::metrics::Metrics;
use crate::outcome::{Outcomes, RejectReason, Ticket, hold};
use crate::processor::sample::Head;
use crate::processor::{Processed, Processor};
use crate::receiver::Invalid;
use crate::state::quota::Quotas;
use bytes::Bytes;
use std::rc::Rc;
use throughline_otlp::response::PartialSuccess;
use throughline_otlp::{InvalidRequest, Signal};

/// The part of the edge behind the receivers. Cloning gives the same pipeline.
#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    processor: Rc<Processor>,
    head: Option<Head>,
    judge: Option<Judge>,
    exporter: Exporter,
    outcomes: Outcomes,
    quotas: Quotas,
    metrics: Metrics,
}

/// Batches that were accepted and wait for export, and the partial success for their sender.
#[derive(Debug, Default)]
pub(crate) struct Accepted {
    routed: Vec<Routed>,
    /// Spans whose traces are to be judged first.
    spans: Vec<Batch>,
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
            processor: Rc::new(Processor::new(config)?),
            head: Head::new(&config.sampling, &machine.head_sampling)?,
            judge: Judge::new(config, projects, &outcomes, machine)?,
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
            .map(|batch| self.process(host, batch))
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
            if batch.ticket.is_counted() {
                self.outcomes.redacted(batch.signal, processed.redacted);
            }
            batch.ticket.split(processed.sampled_out).sampled_out();
            batch.ticket.hold(processed.request.len());
            batch.request = processed.request;
            if batch.ticket.records() > 0 {
                usable.push(batch);
            }
        }
        if !self.exporter.has_room(host, &usable) {
            for batch in usable {
                batch.ticket.rejected(RejectReason::QueueFull);
            }
            return Err(Refusal::Overloaded);
        }
        let waits = |batch: &Batch| self.judge.is_some() && batch.signal == Signal::Traces;
        let (spans, others): (Vec<_>, Vec<_>) = usable.into_iter().partition(waits);
        Ok(Accepted {
            routed: self.exporter.route(host, others),
            spans,
            partial,
        })
    }

    /// Counts records that their protocol could not decode, in the partial success too.
    pub(crate) fn reject_invalid<H: Host>(
        &self,
        host: &H,
        accepted: &mut Accepted,
        invalid: &Invalid,
    ) {
        let Invalid {
            signal,
            records,
            first_fault,
        } = invalid;
        if *records > 0 {
            let mut ticket = self.ticket(host, *signal, 0);
            ticket.count_records(*records);
            ticket.rejected(RejectReason::InvalidRecord);
            reject(&mut accepted.partial, *signal, *records, first_fault);
        }
    }

    /// The metrics that this edge makes.
    pub(crate) const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    fn process<H: Host>(&self, host: &H, batch: &Batch) -> Result<Processed, InvalidRequest> {
        let now = host.now_unix_nano();
        let mut sample = (self.head.as_ref()).map(|head| head.begin(batch.signal, now));
        let metrics = &self.metrics.config;
        let (signal, request) = (batch.signal, &batch.request);
        let processed = (self.processor).process(signal, request, metrics, sample.as_mut());
        if let Some(sample) = sample {
            sample.end();
        }
        processed
    }

    /// Exports batches to their end, and waits for it.
    ///
    /// # Errors
    /// The reason why the records of a batch were rejected. All of them are
    /// counted.
    pub(crate) async fn export<H: Host>(
        &self,
        host: &H,
        accepted: Accepted,
    ) -> Result<(), RejectReason> {
        let mut exported = Ok(());
        for routed in self.judged(host, accepted) {
            exported = exported.and(self.exporter.export(host, routed).await);
        }
        exported
    }

    /// Exports batches after the response, each as a piece of work of its own.
    pub(crate) fn export_later<H: Host>(&self, host: &H, accepted: Accepted) {
        for routed in self.judged(host, accepted) {
            self.exporter.export_later(host, routed);
        }
    }

    /// Whether whole traces are judged here, which takes a host that calls
    /// [`Pipeline::decide_due`].
    pub(crate) fn judges(&self) -> bool {
        self.judge.is_some()
    }

    /// Judges the traces whose time is over, and exports what is kept of them.
    pub(crate) fn decide_due<H: Host>(&self, host: &H) {
        if let Some(judge) = &self.judge {
            self.export_kept(host, judge.decide_due(host));
        }
    }

    /// Judges all traces, and exports what is kept of them.
    pub(crate) fn decide_all<H: Host>(&self, host: &H) {
        if let Some(judge) = &self.judge {
            self.export_kept(host, judge.close(host));
        }
    }

    /// The batches to export now: spans wait until their trace is judged.
    fn judged<H: Host>(&self, host: &H, accepted: Accepted) -> Vec<Routed> {
        let mut routed = accepted.routed;
        if let Some(judge) = &self.judge {
            for batch in accepted.spans {
                let kept = judge.take(host, batch);
                routed.extend(self.exporter.route_held(host, kept));
            }
        }
        routed
    }

    fn export_kept<H: Host>(&self, host: &H, kept: Vec<Batch>) {
        for routed in self.exporter.route_held(host, kept) {
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
