//! Exports batches to the backends.
//!
//! A batch is exported after the response to its sender, to each backend that takes its
//! project and signal, tried again while that makes sense, and counted at its end. Nothing
//! of one backend waits for another.

mod attempt;
mod backend;
mod breaker;
mod concurrency;
mod health;
mod join;
mod names;
mod retry;
mod shared;
mod signer;

use crate::batch::Batch;
use crate::config::{Config, ConfigError};
use crate::host::Host;
use crate::machine::Machine;
use crate::outcome::{RejectReason, Ticket};
use backend::{Backend, Export};
use bytes::Bytes;
use join::Added;
use retry::WorkTime;
use std::rc::Rc;
use throughline_otlp::Signal;
use throughline_otlp::split::split;

pub(crate) use shared::SharedBackend;

/// The exporter to all backends. Cloning gives the same exporter.
#[derive(Debug, Clone)]
pub(crate) struct Exporter {
    backends: Rc<[Backend]>,
}

/// A batch on its way to one backend.
#[derive(Debug)]
pub(crate) struct Routed {
    /// The position of the backend.
    backend: usize,
    batch: Batch,
}

impl Exporter {
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn new(config: &Config, machine: &Machine) -> Result<Self, ConfigError> {
        let sections = config.backends();
        let mut backends = Vec::new();
        for ((section, config), shared) in sections.iter().zip(machine.backends.iter()) {
            backends.push(Backend::new(section, config, shared, &machine.log_limit)?);
        }
        names::resolve(config, &mut backends)?;
        Ok(Self {
            backends: backends.into(),
        })
    }

    /// Whether there is room for the batches of one request: for none of them too much waits
    /// at each of its backends.
    pub(crate) fn has_room<H: Host>(&self, host: &H, batches: &[Batch]) -> bool {
        let is_full = self.full(host, batches);
        batches.iter().all(|batch| {
            let takers = self.takers(batch);
            takers.is_empty() || takers.iter().any(|position| !is_full(position))
        })
    }

    /// Routes batches: each to all backends that take its project and its signal. A batch
    /// that no backend takes is rejected, and so is the copy for a backend for which too much
    /// waits already.
    pub(crate) fn route<H: Host>(&self, host: &H, batches: Vec<Batch>) -> Vec<Routed> {
        let is_full = self.full(host, &batches);
        self.route_unless(host, batches, is_full)
    }

    /// Routes batches that were in memory before: no backend has too little room for them.
    pub(crate) fn route_held<H: Host>(&self, host: &H, batches: Vec<Batch>) -> Vec<Routed> {
        self.route_unless(host, batches, |_| false)
    }

    /// Whether the batches are too much for the backend at a position.
    fn full<H: Host>(&self, host: &H, batches: &[Batch]) -> impl Fn(&usize) -> bool + use<H> {
        let now = host.now_unix_nano();
        let is_full: Vec<bool> = (self.backends.iter())
            .map(|backend| {
                let own = batches.iter();
                let own = own.filter(|batch| backend.takes(&batch.sender, batch.signal));
                let bytes = own.map(|batch| batch.request.len()).sum();
                !backend.shared.in_flight.fits(bytes, now)
            })
            .collect();
        move |position: &usize| is_full.get(*position).copied().unwrap_or_default()
    }

    fn route_unless<H: Host>(
        &self,
        host: &H,
        batches: Vec<Batch>,
        is_full: impl Fn(&usize) -> bool,
    ) -> Vec<Routed> {
        let mut routed = Vec::new();
        for batch in batches {
            let takers = self.takers(&batch);
            let Batch {
                signal,
                request,
                ticket,
                sender,
            } = batch;
            if takers.is_empty() {
                ticket.rejected(RejectReason::NoBackend);
                continue;
            }
            let places = (takers.iter())
                .filter_map(|position| self.backends.get(*position))
                .map(|backend| backend.place(host, request.len()));
            let tickets = ticket.for_backends(places.collect());
            for (backend, ticket) in takers.into_iter().zip(tickets) {
                if is_full(&backend) {
                    ticket.rejected(RejectReason::QueueFull);
                    continue;
                }
                let batch = Batch {
                    signal,
                    request: request.clone(),
                    ticket,
                    sender: Rc::clone(&sender),
                };
                routed.push(Routed { backend, batch });
            }
        }
        routed
    }

    /// The positions of the backends that take a batch.
    fn takers(&self, batch: &Batch) -> Vec<usize> {
        let backends = self.backends.iter().enumerate();
        let takers = backends.filter(|(_, backend)| backend.takes(&batch.sender, batch.signal));
        takers.map(|(position, _)| position).collect()
    }

    /// Exports a batch to its end. The outcome of each record is counted.
    ///
    /// # Errors
    /// The reason why records were not exported, of those that were rejected last.
    pub(crate) async fn export<H: Host>(
        &self,
        host: &H,
        routed: Routed,
    ) -> Result<(), RejectReason> {
        let Some(backend) = self.backends.get(routed.backend) else {
            return Ok(());
        };
        let Batch {
            signal,
            request,
            mut ticket,
            ..
        } = routed.batch;
        let work = WorkTime::begins(host);
        if backend.limits.allow(request.len(), ticket.records()) {
            return self
                .send(host, backend, signal, request, ticket, work)
                .await;
        }
        // A request that was inspected can be split.
        let parts = split(signal, &request, backend.limits).unwrap_or_default();
        drop(request);
        let mut exported = Ok(());
        for part in parts {
            let ticket = ticket.split(part.records);
            let sent = self.send(host, backend, signal, part.request.into(), ticket, work);
            exported = sent.await.and(exported);
        }
        exported
    }

    /// Exports a batch after the response, as a piece of work of its own, and joined with
    /// others where that is configured.
    pub(crate) fn export_later<H: Host>(&self, host: &H, routed: Routed) {
        let Routed { backend, batch } = routed;
        let signal = batch.signal;
        let joins = self
            .backends
            .get(backend)
            .filter(|backend| backend.joins(host));
        let (wait, batch) = match joins.map(|joins| (joins, joins.joined.wait)) {
            None => (None, Some(batch)),
            Some((joins, wait)) => match joins.joined.add(batch) {
                Added::Waits => return,
                Added::First => (Some(wait), None),
                Added::Enough(batch) => (None, Some(batch)),
            },
        };
        let (exporter, worker) = (self.clone(), host.clone());
        host.spawn(async move {
            if let Some(wait) = wait {
                worker.sleep(wait).await;
            }
            let joined = || exporter.backends.get(backend)?.joined.take(signal);
            if let Some(batch) = batch.or_else(joined) {
                // How it ended is counted.
                let _ = exporter.export(&worker, Routed { backend, batch }).await;
            }
        });
    }

    /// Sends one request. What a backend does not take goes to the one for dead letters.
    async fn send<H: Host>(
        &self,
        host: &H,
        backend: &Backend,
        signal: Signal,
        request: Bytes,
        ticket: Ticket,
        work: WorkTime,
    ) -> Result<(), RejectReason> {
        let dead_letters = backend.dead_letters_to.and_then(|at| self.backends.get(at));
        let mut export = Export {
            signal,
            records: ticket.records(),
            work,
            is_lost: ticket.is_counted() && dead_letters.is_none(),
        };
        let kept = dead_letters.map(|_| request.clone());
        let sent = backend.send(host, export, request).await;
        let (Err(reason), Some(next), Some(request)) = (sent, dead_letters, kept) else {
            return end(ticket, sent);
        };
        let now = host.now_unix_nano();
        if !next.shared.in_flight.fits(request.len(), now) {
            return end(ticket, sent);
        }
        let copy = ticket.copy_for(next.place(host, request.len()));
        ticket.rejected(reason);
        next.log_dead_letters(host, export, reason);
        export.is_lost = copy.is_counted();
        let sent = next.send(host, export, request).await;
        end(copy, sent)
    }
}

/// Ends the records of one request, some of which the backend may have rejected.
fn end(mut ticket: Ticket, sent: Result<u64, RejectReason>) -> Result<(), RejectReason> {
    match sent {
        Ok(0) => {
            ticket.exported();
            Ok(())
        }
        Ok(rejected) => {
            let reason = RejectReason::BackendPartial;
            ticket.split(rejected).rejected(reason);
            let is_any_left = ticket.records() > 0;
            ticket.exported();
            if is_any_left { Ok(()) } else { Err(reason) }
        }
        Err(reason) => {
            ticket.rejected(reason);
            Err(reason)
        }
    }
}
