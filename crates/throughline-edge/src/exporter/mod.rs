//! How do batches reach the backend?
//!
//! A batch is taken or refused at once, by the bytes that are waiting already; what
//! was taken is exported after the answer, tried again while that makes sense, and
//! counted in the end.

mod attempt;
mod lanes;
mod retry;

use crate::config::{BackendConfig, BackendKind, ConfigError};
use crate::host::Host;
use crate::outcome::{Outcomes, RejectReason, Ticket};
use crate::receiver::Batch;
use crate::refusal::Refusal;
use attempt::{Attempt, Endpoint};
use bytes::Bytes;
use lanes::Lanes;
use retry::Retry;
use std::rc::Rc;
use throughline_otlp::Signal;
use throughline_otlp::response::PartialSuccess;

/// The way to one backend. Cloning gives the same way.
#[derive(Debug, Clone)]
pub(crate) struct Exporter {
    backend: Rc<Backend>,
    outcomes: Outcomes,
    max_in_flight_bytes: usize,
}

#[derive(Debug)]
enum Backend {
    Otlp(Box<Endpoint>, Rc<Lanes>),
    Store,
    Null,
}

/// A batch that was taken and waits to be exported.
#[derive(Debug)]
pub(crate) struct Pending {
    signal: Signal,
    request: Bytes,
    ticket: Ticket,
}

impl Pending {
    pub(crate) fn new(signal: Signal, request: Bytes, ticket: Ticket) -> Self {
        Self {
            signal,
            request,
            ticket,
        }
    }
}

impl Exporter {
    pub(crate) fn new(config: &BackendConfig, outcomes: Outcomes) -> Result<Self, ConfigError> {
        let backend = match config.kind {
            BackendKind::Otlp => {
                let endpoint = Endpoint::new(config)?;
                Backend::Otlp(Box::new(endpoint), Lanes::new(config.max_requests))
            }
            BackendKind::Store => Backend::Store,
            BackendKind::Null => Backend::Null,
        };
        Ok(Self {
            backend: Rc::new(backend),
            outcomes,
            max_in_flight_bytes: config.max_in_flight_bytes,
        })
    }

    /// Takes all batches of a request, or none of them: then they are rejected, and their
    /// sender is asked to come back.
    pub(crate) fn accept(&self, batches: Vec<Batch>) -> Result<Vec<Pending>, Refusal> {
        let bytes: usize = batches.iter().map(|batch| batch.request.len()).sum();
        let full = self.is_full(bytes);
        let mut taken = Vec::new();
        for batch in batches {
            let bytes = batch.request.len();
            let mut ticket = self.outcomes.receive(batch.signal, batch.records, bytes);
            let unusable = batch.unusable.map_or(0, |(records, _)| records);
            ticket.reject_some(unusable, RejectReason::InvalidRecord);
            if full {
                ticket.rejected(RejectReason::QueueFull);
            } else if batch.records > unusable {
                taken.push(Pending::new(batch.signal, batch.request, ticket));
            }
        }
        if full {
            Err(Refusal::OVERLOADED)
        } else {
            Ok(taken)
        }
    }

    /// Takes records of our own, or rejects them when too much is waiting.
    pub(crate) fn admit(&self, signal: Signal, records: u64, bytes: usize) -> Option<Ticket> {
        let full = self.is_full(bytes);
        let ticket = self.outcomes.receive(signal, records, bytes);
        if full {
            ticket.rejected(RejectReason::QueueFull);
            return None;
        }
        Some(ticket)
    }

    /// Whether so many bytes more would be too much. A batch that is over the limit by
    /// itself passes when nothing else waits. Cores that ask in the same instant may
    /// each pass with one: the limit is one of memory, and that much there is.
    fn is_full(&self, bytes: usize) -> bool {
        let waiting = self.outcomes.in_flight_bytes();
        waiting > 0 && waiting.saturating_add(bytes) > self.max_in_flight_bytes
    }

    /// Exports a batch to its end, whatever that is. Its ticket tells the account; the
    /// answer is for who waits.
    pub(crate) async fn export<H: Host>(
        &self,
        host: &H,
        mut pending: Pending,
    ) -> Result<(), RejectReason> {
        match self.send(host, pending.signal, pending.request).await {
            Ok(rejected) => {
                let reason = RejectReason::BackendPartial;
                pending.ticket.reject_some(rejected, reason);
                let is_nothing_left = rejected > 0 && !pending.ticket.is_any_left();
                pending.ticket.exported();
                if is_nothing_left { Err(reason) } else { Ok(()) }
            }
            Err(reason) => {
                pending.ticket.rejected(reason);
                Err(reason)
            }
        }
    }

    /// Lets a batch be exported after the answer.
    pub(crate) fn export_later<H: Host>(&self, host: &H, pending: Pending) {
        let (exporter, worker) = (self.clone(), host.clone());
        host.spawn(async move {
            // How it ended is in the account.
            let _ = exporter.export(&worker, pending).await;
        });
    }

    /// Sends an export request until it is taken or given up. The answer is how many
    /// records of it the backend did not take.
    pub(crate) async fn send<H: Host>(
        &self,
        host: &H,
        signal: Signal,
        request: Bytes,
    ) -> Result<u64, RejectReason> {
        match &*self.backend {
            Backend::Null => Ok(0),
            Backend::Store => match host.append(signal, request).await {
                Ok(()) => Ok(0),
                Err(error) => {
                    host.tell(&format!("{signal} were lost: {error}"));
                    Err(RejectReason::StoreFailed)
                }
            },
            Backend::Otlp(endpoint, lanes) => deliver(host, endpoint, lanes, signal, request).await,
        }
    }
}

async fn deliver<H: Host>(
    host: &H,
    endpoint: &Endpoint,
    lanes: &Rc<Lanes>,
    signal: Signal,
    request: Bytes,
) -> Result<u64, RejectReason> {
    let body = endpoint.encode(signal, request);
    let mut retry = Retry::new(host, endpoint.retry_for, endpoint.timeout);
    let give_up = |why: &str| {
        host.tell(&format!(
            "gave {signal} up, the backend does not take them: {why}"
        ));
        Err(RejectReason::RetriesExhausted)
    };
    loop {
        let lane = lanes.enter(host, endpoint.timeout, retry.last_start);
        let Some(lane) = lane.await else {
            return give_up("too many requests are under way");
        };
        let attempt = endpoint.attempt(host, signal, body.clone()).await;
        drop(lane);
        match attempt {
            Attempt::Taken(partial) => {
                tell_partial(host, signal, &partial);
                return Ok(partial.rejected);
            }
            Attempt::Refused { why } => {
                host.tell(&format!("the backend refused {signal}: {why}"));
                return Err(RejectReason::BackendRefused);
            }
            Attempt::Later { retry_after, why } => match retry.delay(host, retry_after) {
                Some(delay) => host.sleep(delay).await,
                None => return give_up(&why),
            },
        }
    }
}

/// <https://opentelemetry.io/docs/specs/otlp/#partial-success-1>: a message with nothing
/// rejected is a warning.
fn tell_partial<H: Host>(host: &H, signal: Signal, partial: &PartialSuccess) {
    let PartialSuccess { rejected, message } = partial;
    let message = message.as_str();
    let told = match (rejected, message) {
        (0, "") => return,
        (0, warning) => format!("the backend took {signal} with a warning: {warning}"),
        (_, "") => format!("the backend rejected {rejected} records of {signal} and says not why"),
        (_, why) => format!("the backend rejected {rejected} records of {signal}: {why}"),
    };
    host.tell(&told);
}
