//! Exports batches to the backends.
//!
//! A batch is exported after the response to its sender, to each backend that takes its
//! project and signal, tried again while that makes sense, and counted at its end. Nothing
//! of one backend waits for another.

mod attempt;
mod backend;
mod breaker;
mod compression;
mod concurrency;
pub(crate) mod durable;
mod event_name;
mod gap;
mod grpc;
mod halve;
mod health;
mod in_order;
mod join;
mod messages;
mod names;
mod retry;
mod send;
mod shared;
mod signer;
mod text;
mod truncate;

use crate::batch::{Batch, Sender};
use crate::config::{Config, ConfigError};
use crate::host::Host;
use crate::lease::Lease;
use crate::machine::Machine;
use crate::outcome::RejectReason;
use crate::state::aggregate::Form;
use backend::Backend;
use join::Added;
use retry::WorkTime;
use std::rc::Rc;
use throughline_otlp::Signal;

pub(crate) use concurrency::Permit;
pub(crate) use grpc::{GRPC_EXPORTS, Grpc};
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

/// The room that backends have for the batches of one request.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// Whether too much waits for the backend at a position.
    full: Vec<bool>,
}

impl Room {
    fn is_full(&self, position: usize) -> bool {
        self.full.get(position).copied().unwrap_or_default()
    }
}

impl Routed {
    /// Whether it is for the backend at a position.
    pub(crate) const fn is_for(&self, backend: usize) -> bool {
        self.backend == backend
    }
}

impl Exporter {
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn new(config: &Config, machine: &Machine) -> Result<Self, ConfigError> {
        let sections = config.backends();
        let mut backends = Vec::new();
        for ((section, config), shared) in sections.iter().zip(machine.backends.iter()) {
            backends.push(Backend::new(section, config, machine, shared)?);
        }
        names::resolve(config, &mut backends)?;
        Ok(Self {
            backends: backends.into(),
        })
    }

    /// The room for the batches of one request as they arrived; `None` when too much waits
    /// already at each backend of one of them.
    pub(crate) fn room<H: Host>(&self, host: &H, batches: &[Batch]) -> Option<Room> {
        let room = self.room_at_each(host, batches);
        let has_room = |batch: &Batch| {
            let takers = self.takers(batch);
            takers.is_empty() || takers.iter().any(|position| !room.is_full(*position))
        };
        batches.iter().all(has_room).then_some(room)
    }

    /// Routes batches: each to all backends that take its project and its signal. A batch
    /// that no backend takes is rejected, and so is the copy for a backend without room.
    pub(crate) fn route<H: Host>(&self, host: &H, batches: Vec<Batch>, room: &Room) -> Vec<Routed> {
        self.route_unless(host, batches, |position| room.is_full(*position))
    }

    /// Routes batches that were in memory before: no backend has too little room for them.
    pub(crate) fn route_held<H: Host>(&self, host: &H, batches: Vec<Batch>) -> Vec<Routed> {
        self.route_unless(host, batches, |_| false)
    }

    /// Holds the memory of batches that are not routed yet, of each backend that takes them.
    pub(crate) fn hold<H: Host>(&self, host: &H, batches: &[Batch]) -> Vec<Lease> {
        let places = batches.iter().flat_map(|batch| {
            let takers = self.takers(batch).into_iter();
            let backends = takers.filter_map(|position| self.backends.get(position));
            backends.map(|backend| backend.place(host, batch.request.len()))
        });
        places.map(|place| place.held).collect()
    }

    /// Which backends have too little room for the batches.
    fn room_at_each<H: Host>(&self, host: &H, batches: &[Batch]) -> Room {
        let now = host.now_unix_nano();
        let full = (self.backends.iter().enumerate())
            .map(|(position, backend)| {
                let own = batches.iter();
                let own = own.filter(|batch| takes(position, backend, batch));
                let bytes = own.map(|batch| batch.request.len()).sum();
                !backend.shared.in_flight.fits(bytes, now)
            })
            .collect();
        Room { full }
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
                ticket.routed(sender.project_name(), request.len());
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

    /// The positions of the backends that take the edge's own metrics, and the form for each.
    pub(crate) fn forms_of_own_metrics(&self) -> Vec<(usize, Form)> {
        let own = Sender::default();
        let backends = self.backends.iter().enumerate();
        let takers = backends.filter(|(_, backend)| backend.takes(&own, Signal::Metrics));
        takers.map(|(at, backend)| (at, backend.form)).collect()
    }

    /// Waits until no other report of the edge is under way to a backend that keeps one point for
    /// each time of a series. The others need no turn.
    pub(crate) async fn turn<H: Host>(&self, host: &H, backend: usize) -> Option<Permit> {
        let backend = self.backends.get(backend)?;
        backend.turn(host).await
    }

    /// The positions of the backends that take a batch.
    fn takers(&self, batch: &Batch) -> Vec<usize> {
        let backends = self.backends.iter().enumerate();
        let takers = backends.filter(|(position, backend)| takes(*position, backend, batch));
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
        self.export_within(host, routed, WorkTime::begins(host))
            .await
    }

    /// Exports a batch, and tries again until its backend has taken or refused it.
    pub(crate) async fn export_until_ended<H: Host>(&self, host: &H, routed: Routed) {
        // How it ended is counted.
        let _ = (self.export_within(host, routed, WorkTime::endless(host))).await;
    }

    async fn export_within<H: Host>(
        &self,
        host: &H,
        routed: Routed,
        work: WorkTime,
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
        let mut exported = Ok(());
        for part in backend.parts(signal, request, &mut ticket) {
            let ticket = ticket.split(part.records);
            let sent = self.send(host, backend, signal, part, ticket, work);
            exported = sent.await.and(exported);
        }
        exported
    }

    /// Exports a batch after the response, as a piece of work of its own, and joined with
    /// others where that is configured.
    pub(crate) fn export_later<H: Host>(&self, host: &H, routed: Routed) {
        let to = self.backends.get(routed.backend);
        if to.is_some_and(|to| to.keeps_order(host, routed.batch.signal)) {
            return self.export_in_order(host, routed);
        }
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
}

/// Whether a batch goes to the backend at a position.
fn takes(position: usize, backend: &Backend, batch: &Batch) -> bool {
    let sender = &batch.sender;
    let named = sender.backends.as_ref();
    named.is_none_or(|named| named.contains(&position)) && backend.takes(sender, batch.signal)
}
