//! The side of the pipeline behind the pass: judges traces, and exports, stores or hands over.

use super::{Accepted, Pipeline, reject};
use crate::batch::Batch;
use crate::exporter::Routed;
use crate::exporter::durable::STORE_TIMEOUT;
use crate::host::{
    Delivery, Host, Level, Topics, TraceOwners, TraceOwnersError, join_all, timeout,
};
use crate::http::Refusal;
use crate::outcome::{Outcomes, RejectReason, Ticket, hold};
use crate::topics::{Published, SIGNALS, publish};
use bytes::Bytes;
use core::cell::Cell;
use core::time::Duration;
use std::rc::Rc;
use throughline_otlp::Signal;

impl Pipeline {
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

    /// Puts what goes into topics there, and waits until it is. What is too large for a message joins
    /// the partial success.
    ///
    /// # Errors
    /// [`Refusal`]: a topic did not take all of it, or not in time; the sender may send again.
    pub(crate) async fn put_into_topics<H: Host>(
        &self,
        host: &H,
        accepted: &mut Accepted,
    ) -> Result<(), Refusal> {
        let batches = core::mem::take(&mut accepted.for_topics);
        let Some(topics) = host.topics().filter(|_| !batches.is_empty()) else {
            return Ok(());
        };
        // A piece of work of its own: the sender may go away, and with it the work for it.
        let (notifier, ended) = host.notification();
        let published = Rc::new(Cell::new(None));
        let are_unread = batches.iter().any(|(_, is_unread)| *is_unread);
        let held = self.hold_for_topics(host, &batches);
        let (outcome, worker, pipeline) = (Rc::clone(&published), host.clone(), self.clone());
        host.spawn(async move {
            if let Some(topics) = worker.topics() {
                let batches = pipeline.readable(&worker, batches).await;
                drop(held);
                let log_limit = &pipeline.log_limit;
                outcome.set(Some(publish(&worker, topics, log_limit, batches).await));
            }
            notifier.notify();
        });
        let longest = match are_unread {
            true => STORE_TIMEOUT + self.source_maps.wait(),
            false => STORE_TIMEOUT,
        };
        timeout(host, longest, ended).await;
        let stored = published.take().filter(|published| published.is_stored);
        let Published { too_large, .. } = stored.ok_or(Refusal::Overloaded)?;
        for signal in SIGNALS {
            let records = too_large.get(signal);
            if records > 0 {
                let of = signal.records();
                let most = topics.max_value_bytes();
                let reason = format!(
                    "{of} larger than a message of their topic may be, {most} bytes: {records}"
                );
                reject(&mut accepted.partial, records, &reason);
            }
        }
        Ok(())
    }

    /// Exports batches after the response, each as a piece of work of its own. What goes through
    /// the durable queue is stored when this returns, unless that takes longer than a response may
    /// wait: then it waits for the queue in memory.
    pub(crate) async fn store_and_export_later<H: Host>(&self, host: &H, mut accepted: Accepted) {
        let unread = core::mem::take(&mut accepted.unread);
        // Both are begun before either is waited for: the sender may go away meanwhile.
        let stored = self.symbolicate_later(host, unread);
        self.store_now(host, accepted).await;
        stored.await;
    }

    /// The same for batches whose exceptions were looked up.
    pub(super) async fn store_now<H: Host>(&self, host: &H, accepted: Accepted) {
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
        // Only what a project sends is looked up, and that comes with `store_and_export_later`.
        let unread = accepted.unread;
        routed.extend(self.exporter.route(host, unread.batches, &unread.room));
        if !accepted.for_topics.is_empty() {
            let held = self.hold_for_topics(host, &accepted.for_topics);
            let (worker, pipeline) = (host.clone(), self.clone());
            host.spawn(async move {
                if let Some(topics) = worker.topics() {
                    let batches = pipeline.readable(&worker, accepted.for_topics).await;
                    drop(held);
                    // What it could not put is counted, and there is nobody to tell.
                    let _ = publish(&worker, topics, &pipeline.log_limit, batches).await;
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
