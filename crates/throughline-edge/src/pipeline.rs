//! The pipeline: processes and exports the batches of every source.
//!
//! Receivers, the proxy's spans, telemetry that a host exports itself and the reports all
//! enter by [`Pipeline::accept`].

use crate::admission::Projects;
use crate::batch::{Batch, Sender};
use crate::config::{Config, ConfigError};
use crate::exporter::durable::STORE_TIMEOUT;
use crate::exporter::{Exporter, Room, Routed};
use crate::host::{
    Delivery, Host, Level, Topics, TraceOwners, TraceOwnersError, join_all, timeout,
};
use crate::http::Refusal;
use crate::http::caller::Caller;
use crate::judge::Judge;
use crate::log_limit::LogLimit;
use crate::machine::Machine;
use crate::metrics::Metrics;
use crate::outcome::{Outcomes, RejectReason, Ticket, hold};
use crate::processor::sample::Head;
use crate::processor::{Browser, Processed, Processor};
use crate::quota::Quota;
use crate::receiver::Invalid;
use crate::state::aggregate::Form;
use crate::topics::publish;
use bytes::Bytes;
use core::cell::Cell;
use core::time::Duration;
use http::request::Parts;
use std::rc::Rc;
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
    metrics: Metrics,
    log_limit: LogLimit,
}

/// Batches that were accepted and wait for export, and the partial success for their sender.
#[derive(Debug, Default)]
pub(crate) struct Accepted {
    routed: Vec<Routed>,
    /// Spans and log records whose traces are to be judged first.
    waiting: Vec<Batch>,
    /// What goes into topics.
    for_topics: Vec<Batch>,
    pub(crate) partial: PartialSuccess,
}

impl Accepted {
    /// Adds batches of the edge's own metrics.
    pub(crate) fn add(&mut self, other: Self) {
        self.routed.extend(other.routed);
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
        quota: Quota,
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
                let bytes = batches.iter().map(|batch| batch.request.len()).sum();
                topics.fits(bytes).then(Room::default)
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
        let usable: Vec<Batch> = batches
            .filter_map(|(batch, processed)| self.processed(host, batch, processed, &mut partial))
            .collect();
        let (for_topics, usable): (Vec<_>, Vec<_>) = usable.into_iter().partition(is_for_topics);
        let waits = |batch: &Batch| self.judge.as_ref().is_some_and(|judge| judge.takes(batch));
        let (waiting, others): (Vec<_>, Vec<_>) = usable.into_iter().partition(waits);
        Ok(Accepted {
            routed: self.exporter.route(host, others, &room),
            waiting,
            for_topics,
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

    /// The browser of a page, by the page's request.
    pub(crate) fn browser(&self, head: &Parts, caller: &Caller) -> Browser {
        self.processor.browser(head, caller)
    }

    /// The positions of the backends that take the edge's own metrics, and the form for each.
    pub(crate) fn forms_of_own_metrics(&self) -> Vec<(usize, Form)> {
        self.exporter.forms_of_own_metrics()
    }

    fn process<H: Host>(&self, host: &H, batch: &Batch) -> Result<Processed, InvalidRequest> {
        let browser = batch.sender.browser.as_ref();
        let (signal, request) = (batch.signal, &batch.request);
        if browser.is_some_and(|browser| self.processor.drops(browser)) {
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
        let routed = self.judged(host, accepted);
        for routed in self.exporter.hand_over(host, routed).await {
            exported = exported.and(self.exporter.export(host, routed).await);
        }
        exported
    }

    /// Puts what goes into topics there, and waits until it is.
    ///
    /// # Errors
    /// [`Refusal`]: a topic did not take all of it, or not in time; the sender may send again.
    pub(crate) async fn put_into_topics<H: Host>(
        &self,
        host: &H,
        accepted: &mut Accepted,
    ) -> Result<(), Refusal> {
        let batches = core::mem::take(&mut accepted.for_topics);
        if batches.is_empty() || host.topics().is_none() {
            return Ok(());
        }
        // A piece of work of its own: the sender may go away, and with it the work for it.
        let (notifier, ended) = host.notification();
        let taken = Rc::new(Cell::new(false));
        let (all_taken, worker, log_limit) =
            (Rc::clone(&taken), host.clone(), self.log_limit.clone());
        host.spawn(async move {
            if let Some(topics) = worker.topics() {
                all_taken.set(publish(&worker, topics, &log_limit, batches).await);
            }
            notifier.notify();
        });
        timeout(host, STORE_TIMEOUT, ended).await;
        taken.get().then_some(()).ok_or(Refusal::Overloaded)
    }

    /// Exports batches after the response, each as a piece of work of its own. What goes through
    /// the durable queue is stored when this returns, unless that takes longer than a response may
    /// wait: then it waits for the queue in memory.
    pub(crate) async fn store_and_export_later<H: Host>(&self, host: &H, accepted: Accepted) {
        let routed = self.judged(host, accepted);
        let (durable, direct): (Vec<_>, Vec<_>) =
            (routed.into_iter()).partition(|routed| self.exporter.is_durable(routed));
        for routed in direct {
            self.exporter.export_later(host, routed);
        }
        if durable.is_empty() {
            return;
        }
        // A piece of work of its own: the sender may go away, and with it the work for it.
        let (notifier, stored) = host.notification();
        let (exporter, worker) = (self.exporter.clone(), host.clone());
        host.spawn(async move {
            for routed in exporter.hand_over(&worker, durable).await {
                exporter.export_later(&worker, routed);
            }
            notifier.notify();
        });
        if timeout(host, STORE_TIMEOUT, stored).await.is_none() {
            let line = || String::from("the durable queue is slow: batches wait in memory for it");
            (self.log_limit).log(host, Level::Warning, "a slow queue", line);
        }
    }

    /// Counts a message of the durable queue that is delivered no more.
    pub(crate) fn undelivered<H: Host>(&self, host: &H, message: &[u8]) {
        self.exporter.undelivered(host, &self.outcomes, message);
    }

    /// Delivers a message of the durable queue; `attempt` is how often it was delivered before.
    pub(crate) async fn take_up<H: Host>(
        &self,
        host: &H,
        message: &Bytes,
        attempt: u32,
    ) -> Delivery {
        (self
            .exporter
            .take_up(host, &self.outcomes, message, attempt))
        .await
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

    /// Judges all traces of an earlier pipeline by its own rules, exports what is kept of them,
    /// and remembers the decisions.
    pub(crate) fn succeed<H: Host>(&self, host: &H, earlier: &Self) {
        earlier.decide_all(host);
        if let (Some(judge), Some(earlier)) = (&self.judge, &earlier.judge) {
            judge.remember(earlier);
        }
    }

    /// The batches to export now: the records of a trace wait until it is judged.
    fn judged<H: Host>(&self, host: &H, accepted: Accepted) -> Vec<Routed> {
        let mut routed = accepted.routed;
        if !accepted.for_topics.is_empty() {
            let (worker, log_limit) = (host.clone(), self.log_limit.clone());
            host.spawn(async move {
                if let Some(topics) = worker.topics() {
                    publish(&worker, topics, &log_limit, accepted.for_topics).await;
                }
            });
        }
        if let Some(judge) = &self.judge {
            for batch in accepted.waiting {
                let (first, kept) = match host.trace_owners() {
                    Some(_) => judge.hand_over(host, batch),
                    None => (Vec::new(), judge.take(host, batch)),
                };
                routed.extend(self.exporter.route_held(host, kept));
                for owner in first {
                    let (pipeline, worker) = (self.clone(), host.clone());
                    host.spawn(async move { pipeline.give_traces(&worker, owner).await });
                }
            }
        }
        routed
    }

    /// Gives the records that wait for an owner of traces, once more may have joined them.
    async fn give_traces<H: Host>(&self, host: &H, owner: usize) {
        let (Some(judge), Some(owners)) = (&self.judge, host.trace_owners()) else {
            return;
        };
        if !host.delays_response() {
            host.sleep(GIVE_AFTER).await;
        }
        while let Some(message) = judge.begin_to_give(host, owner) {
            let given = timeout(host, GIVE_WITHIN, owners.give(owner, message)).await;
            let given = given.unwrap_or_else(|| Err(TraceOwnersError("no response".into())));
            let error = given.as_ref().err().map(ToString::to_string);
            let (is_again, kept) = judge.end_giving(host, owner, given);
            self.export_kept(host, kept);
            if let Some(error) = error {
                let what = match is_again {
                    true => "they are given again",
                    false => "they are judged without it",
                };
                let line = || format!("{error}; {what}");
                let kind = format!("records of traces, {what}");
                self.log_limit.log(host, Level::Warning, kind, line);
                if !is_again {
                    return;
                }
                host.sleep(GIVE_AGAIN_AFTER).await;
            }
        }
    }

    /// Records that edges have handed over, as they end here.
    pub(crate) fn taken_up<H: Host>(
        &self,
        host: &H,
        signal: Signal,
        records: u64,
        bytes: usize,
    ) -> Ticket {
        let held = hold(host, self.outcomes.in_flight(), bytes);
        self.outcomes.take_up(signal, records, held)
    }

    /// The counts of this edge's records.
    pub(crate) const fn outcomes(&self) -> &Outcomes {
        &self.outcomes
    }

    /// Exports batches, each until its backend has taken or refused it.
    pub(crate) async fn export_until_ended<H: Host>(&self, host: &H, batches: Vec<Batch>) {
        let routed = self.exporter.route_held(host, batches).into_iter();
        let exports = routed.map(|routed| self.exporter.export_until_ended(host, routed));
        join_all(exports).await;
    }

    /// Processes a batch, and returns it unless nothing is left of it. Its records are counted.
    ///
    /// # Errors
    /// [`InvalidRequest`]: nothing is counted.
    pub(crate) fn process_alone<H: Host>(
        &self,
        host: &H,
        batch: Batch,
    ) -> Result<Option<Batch>, InvalidRequest> {
        let processed = self.process(host, &batch)?;
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
        if batch.ticket.is_counted() {
            self.metrics
                .add(processed.measurements, host.now_unix_nano());
        }
        if let Some((records, fault)) = processed.unusable {
            let ticket = batch.ticket.split(records);
            ticket.rejected(RejectReason::InvalidRecord);
            reject(partial, batch.signal, records, &fault.to_string());
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

    /// Batches of traces that were judged.
    pub(crate) fn kept<H: Host>(&self, host: &H, batches: Vec<Batch>) -> Accepted {
        Accepted {
            routed: self.exporter.route_held(host, batches),
            ..Accepted::default()
        }
    }

    fn export_kept<H: Host>(&self, host: &H, kept: Vec<Batch>) {
        self.export_routed(host, self.exporter.route_held(host, kept));
    }

    fn export_routed<H: Host>(&self, host: &H, routed: Vec<Routed>) {
        for routed in routed {
            if !self.exporter.is_durable(&routed) {
                self.exporter.export_later(host, routed);
                continue;
            }
            let (exporter, worker) = (self.exporter.clone(), host.clone());
            host.spawn(async move {
                for routed in exporter.hand_over(&worker, vec![routed]).await {
                    exporter.export_later(&worker, routed);
                }
            });
        }
    }
}

/// How long records wait for others for the same owner.
const GIVE_AFTER: Duration = Duration::from_millis(200);
/// How long an owner of traces may take.
const GIVE_WITHIN: Duration = Duration::from_secs(3);
/// The pause before the same is given again.
const GIVE_AGAIN_AFTER: Duration = Duration::from_millis(500);

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

fn reject(partial: &mut PartialSuccess, signal: Signal, records: u64, why: &str) {
    partial.rejected += records;
    if !partial.message.is_empty() {
        partial.message.push_str("; ");
    }
    let of = signal.records();
    let reason = format!("{of} no backend could use: {records}, the first because {why}");
    partial.message.push_str(&reason);
}
