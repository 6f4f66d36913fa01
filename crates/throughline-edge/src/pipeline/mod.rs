//! The pipeline: processes and exports the batches of every source.
//!
//! Receivers, the proxy's spans, telemetry that a host exports itself and the reports all
//! enter by [`Pipeline::accept`].

mod export;
mod symbolicate;

use crate::admission::Projects;
use crate::batch::{Batch, Sender};
use crate::config::{Config, ConfigError};
use crate::exporter::{Exporter, Permit, Room, Routed};
use crate::host::{Host, Topics};
use crate::http::Refusal;
use crate::http::caller::Caller;
use crate::judge::Judge;
use crate::lease::Leases;
use crate::log_limit::LogLimit;
use crate::machine::Machine;
use crate::metrics::Metrics;
use crate::outcome::{Outcomes, RejectReason, Ticket, hold};
use crate::processor::sample::Head;
use crate::processor::{Browser, Processed, Processor};
use crate::quota::Quota;
use crate::receiver::Invalid;
use crate::source_maps::SourceMaps;
use crate::state::aggregate::Form;
use bytes::Bytes;
use http::request::Parts;
use std::rc::Rc;
use std::sync::Arc;
use symbolicate::Unread;
use throughline_otlp::response::PartialSuccess;
use throughline_otlp::{InvalidRequest, Signal, count_records};

/// The part of the edge behind the receivers. Cloning gives the same pipeline.
#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    processor: Rc<Processor>,
    head: Option<Head>,
    judge: Option<Judge>,
    exporter: Exporter,
    outcomes: Outcomes,
    quota: Quota,
    source_maps: SourceMaps,
    /// The memory of batches for topics that wait for look-ups.
    unread_for_topics: Arc<Leases>,
    metrics: Metrics,
    log_limit: LogLimit,
}

/// Batches that were accepted and wait for export, and the partial success for their sender.
#[derive(Debug, Default)]
pub(crate) struct Accepted {
    routed: Vec<Routed>,
    /// Spans and log records whose traces are to be judged first.
    waiting: Vec<Batch>,
    /// Batches whose exceptions are to be looked up first.
    unread: Unread,
    /// Batches for topics, and whether the exceptions of each are to be looked up first.
    for_topics: Vec<(Batch, bool)>,
    pub(crate) partial: PartialSuccess,
}

impl Accepted {
    /// Adds batches of the edge's own metrics.
    pub(crate) fn add(&mut self, other: Self) {
        self.routed.extend(other.routed);
    }

    fn with_unread(self, unread: Unread) -> Self {
        Self { unread, ..self }
    }

    /// Takes out the batches for the backend at a position.
    pub(crate) fn take_for(&mut self, backend: usize) -> Self {
        let all = core::mem::take(&mut self.routed).into_iter();
        let (own, others) = all.partition(|routed| routed.is_for(backend));
        self.routed = others;
        Self {
            routed: own,
            ..Self::default()
        }
    }
}

impl Pipeline {
    /// A pipeline, perhaps in place of an earlier one on the same core.
    ///
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn new(
        config: &Config,
        projects: &Projects,
        outcomes: Outcomes,
        machine: &Machine,
        (quota, source_maps): (Quota, SourceMaps),
        earlier: Option<&Self>,
    ) -> Result<Self, ConfigError> {
        let exporter = Exporter::new(config, machine)?;
        let earlier = earlier.and_then(|earlier| earlier.judge.as_ref());
        Ok(Self {
            metrics: Metrics::new(config, machine, &exporter),
            processor: Rc::new(Processor::new(config)?),
            head: Head::new(&config.sampling, &machine.head_sampling)?,
            judge: Judge::new(config, projects, &outcomes, machine, earlier)?,
            exporter,
            outcomes,
            log_limit: machine.log_limit.clone(),
            quota,
            source_maps,
            unread_for_topics: Leases::new(usize::MAX),
        })
    }

    /// A batch that has just arrived. Its records are counted when it is accepted.
    pub(crate) fn batch<H: Host>(
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

    /// Accepts all batches of a request, or none of them. Whether there is room is decided by
    /// their bytes as they arrived, before the pass: what is refused costs little.
    ///
    /// # Errors
    /// [`Refusal`]: a batch is invalid, and none of them is counted as received; or too
    /// much waits for export, and all are counted as rejected, usable or not.
    pub(crate) fn accept<H: Host>(
        &self,
        host: &H,
        batches: Vec<Batch>,
    ) -> Result<Accepted, Refusal> {
        let is_for_topics = |batch: &Batch| {
            host.topics().is_some() && batch.sender.backends.is_none() && batch.ticket.is_counted()
        };
        let room = match host.topics() {
            Some(topics) if batches.iter().all(is_for_topics) => {
                let waiting = self.unread_for_topics.sum(host.now_unix_nano());
                let bytes: usize = batches.iter().map(|batch| batch.request.len()).sum();
                topics
                    .fits(bytes.saturating_add(waiting))
                    .then(Room::default)
            }
            _ => self.exporter.room(host, &batches),
        };
        let Some(room) = room else {
            reject_all(batches)?;
            return Err(Refusal::Overloaded);
        };
        let processed: Vec<Processed> = (batches.iter())
            .map(|batch| self.process(host, batch))
            .collect::<Result<_, _>>()?;
        let mut partial = PartialSuccess::default();
        let batches = batches.into_iter().zip(processed);
        let usable: Vec<(Batch, bool)> = batches
            .filter_map(|(batch, processed)| {
                let names_scripts = processed.names_scripts;
                let batch = self.processed(host, batch, processed, &mut partial)?;
                let is_unread = names_scripts && self.is_unread(host, &batch);
                Some((batch, is_unread))
            })
            .collect();
        let (for_topics, usable): (Vec<_>, Vec<_>) =
            (usable.into_iter()).partition(|(batch, _)| is_for_topics(batch));
        let (unread, usable): (Vec<_>, Vec<_>) =
            usable.into_iter().partition(|(_, is_unread)| *is_unread);
        let [unread, usable] = [unread, usable].map(|batches| {
            let batches = batches.into_iter();
            batches.map(|(batch, _)| batch).collect::<Vec<_>>()
        });
        let held = self.exporter.hold(host, &unread);
        Ok(Accepted {
            for_topics,
            partial,
            ..self.routed(host, usable, &room)
        }
        .with_unread(Unread {
            batches: unread,
            room,
            held,
        }))
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
            reject_unusable(&mut accepted.partial, *signal, *records, first_fault);
        }
    }

    /// The metrics that this edge makes.
    pub(crate) const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The browser of a page, by the page's request.
    pub(crate) fn browser(&self, head: &Parts, caller: &Caller) -> Browser {
        self.processor.browser(head, caller)
    }

    /// The positions of the backends that take the edge's own metrics, and the form for each.
    pub(crate) fn forms_of_own_metrics(&self) -> Vec<(usize, Form)> {
        self.exporter.forms_of_own_metrics()
    }

    /// The turn of a report to a backend, until it is dropped; `None` where it needs none.
    pub(crate) async fn turn<H: Host>(&self, host: &H, backend: usize) -> Option<Permit> {
        self.exporter.turn(host, backend).await
    }

    fn process<H: Host>(&self, host: &H, batch: &Batch) -> Result<Processed, InvalidRequest> {
        let browser = batch.sender.browser.as_ref();
        let (signal, request) = (batch.signal, &batch.request);
        if browser.is_some_and(|browser| self.processor.drops(browser, request)) {
            return Processor::count(signal, request);
        }
        let now = host.now_unix_nano();
        let mut sample = (self.head.as_ref()).map(|head| head.begin(batch.signal, now));
        let metrics = &self.metrics.config;
        let processed =
            (self.processor).process(signal, request, metrics, &batch.sender, sample.as_mut());
        if let Some(sample) = sample {
            sample.end();
        }
        processed
    }

    /// Processes a batch without head sampling, and returns it unless nothing is left of it. Its
    /// records are counted.
    ///
    /// # Errors
    /// [`InvalidRequest`]: nothing is counted.
    pub(crate) fn process_alone<H: Host>(
        &self,
        host: &H,
        batch: Batch,
    ) -> Result<Option<Batch>, InvalidRequest> {
        let (signal, request) = (batch.signal, &batch.request);
        let metrics = &self.metrics.config;
        let processed = (self.processor).process(signal, request, metrics, &batch.sender, None)?;
        Ok(self.processed(host, batch, processed, &mut PartialSuccess::default()))
    }

    /// Counts the records of a batch that was processed, and returns what is left of it.
    fn processed<H: Host>(
        &self,
        host: &H,
        mut batch: Batch,
        processed: Processed,
        partial: &mut PartialSuccess,
    ) -> Option<Batch> {
        if let Some(project) = &batch.sender.project {
            let amounts = (processed.records, batch.request.len());
            (self.quota).take(host, project.name(), batch.signal, amounts);
        }
        batch.ticket.count_records(processed.records);
        let project = batch.sender.project_name();
        batch.ticket.received(project, batch.request.len());
        if batch.ticket.is_counted() {
            self.metrics
                .add(processed.measurements, host.now_unix_nano());
        }
        if let Some((records, fault)) = processed.unusable {
            let ticket = batch.ticket.split(records);
            ticket.rejected(RejectReason::InvalidRecord);
            reject_unusable(partial, batch.signal, records, &fault.to_string());
        }
        if batch.ticket.is_counted() {
            self.outcomes.changed(&processed.changes);
        }
        if processed.is_of_bot {
            batch.ticket.rejected(RejectReason::Bot);
            return None;
        }
        batch.ticket.split(processed.sampled_out).sampled_out();
        batch.ticket.hold(processed.request.len());
        batch.request = processed.request;
        (batch.ticket.records() > 0).then_some(batch)
    }
}

/// Counts batches for which there is no room.
fn reject_all(batches: Vec<Batch>) -> Result<(), Refusal> {
    let counts = batches.iter();
    let counts: Vec<u64> = counts
        .map(|batch| count_records(batch.signal, &batch.request))
        .collect::<Result<_, _>>()?;
    for (mut batch, records) in batches.into_iter().zip(counts) {
        batch.ticket.count_records(records);
        batch.ticket.rejected(RejectReason::QueueFull);
    }
    Ok(())
}

fn reject_unusable(partial: &mut PartialSuccess, signal: Signal, records: u64, why: &str) {
    let of = signal.records();
    let reason = format!("{of} no backend could use: {records}, the first because {why}");
    reject(partial, records, &reason);
}

/// Adds rejected records to a partial success.
fn reject(partial: &mut PartialSuccess, records: u64, reason: &str) {
    partial.rejected += records;
    if !partial.message.is_empty() {
        partial.message.push_str("; ");
    }
    partial.message.push_str(reason);
}
