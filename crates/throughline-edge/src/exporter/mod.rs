//! Exports batches to the backend.
//!
//! A batch is exported after the response to its sender, tried again while that makes
//! sense, and counted at its end.

mod attempt;
mod concurrency;
mod retry;

use crate::batch::Batch;
use crate::config::{BackendConfig, BackendKind, ConfigError};
use crate::host::{Host, Store};
use crate::outcome::RejectReason;
use attempt::{Attempt, Endpoint};
use bytes::Bytes;
use concurrency::ConcurrencyLimit;
use retry::Retry;
use std::rc::Rc;
use throughline_otlp::Signal;
use throughline_otlp::response::PartialSuccess;

/// The exporter to one backend. Cloning gives the same exporter.
#[derive(Debug, Clone)]
pub(crate) struct Exporter {
    backend: Rc<Backend>,
}

#[derive(Debug)]
enum Backend {
    Otlp(Box<Endpoint>, Rc<ConcurrencyLimit>),
    Store,
    Null,
}

impl Exporter {
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn new(config: &BackendConfig) -> Result<Self, ConfigError> {
        let backend = match config.kind {
            BackendKind::Otlp => {
                let endpoint = Endpoint::new(config)?;
                let limit = ConcurrencyLimit::new(config.max_requests);
                Backend::Otlp(Box::new(endpoint), limit)
            }
            BackendKind::Store => Backend::Store,
            BackendKind::Null => Backend::Null,
        };
        Ok(Self {
            backend: Rc::new(backend),
        })
    }

    /// Exports a batch to its end. The account has the outcome of each record.
    ///
    /// # Errors
    /// The reason why none of the records was exported.
    pub(crate) async fn export<H: Host>(&self, host: &H, batch: Batch) -> Result<(), RejectReason> {
        let mut ticket = batch.ticket;
        match self.send(host, batch.signal, batch.request).await {
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

    /// Sends an export request until it is taken or given up. Returns how many records of
    /// it the backend rejected.
    async fn send<H: Host>(
        &self,
        host: &H,
        signal: Signal,
        request: Bytes,
    ) -> Result<u64, RejectReason> {
        match &*self.backend {
            Backend::Null => Ok(0),
            Backend::Store => store(host, signal, request).await.map(|()| 0),
            Backend::Otlp(endpoint, limit) => deliver(host, endpoint, limit, signal, request).await,
        }
    }
}

async fn store<H: Host>(host: &H, signal: Signal, request: Bytes) -> Result<(), RejectReason> {
    let why = match host.store() {
        Some(store) => match store.append(signal, request).await {
            Ok(()) => return Ok(()),
            Err(error) => error.to_string(),
        },
        None => String::from("this host has no store; set backend.kind to \"otlp\""),
    };
    host.log(&format!("{signal} were lost: {why}"));
    Err(RejectReason::StoreFailed)
}

async fn deliver<H: Host>(
    host: &H,
    endpoint: &Endpoint,
    limit: &Rc<ConcurrencyLimit>,
    signal: Signal,
    request: Bytes,
) -> Result<u64, RejectReason> {
    let body = endpoint.encode(signal, request);
    let mut retry = Retry::new(host, endpoint.retry_for, endpoint.timeout);
    let give_up = |why: &str| {
        host.log(&format!(
            "gave {signal} up, the backend does not take them: {why}"
        ));
        Err(RejectReason::RetriesExhausted)
    };
    loop {
        let permit = limit.acquire(host, endpoint.timeout, retry.last_start);
        let Some(permit) = permit.await else {
            return give_up("too many requests are under way");
        };
        let attempt = endpoint.attempt(host, signal, body.clone()).await;
        drop(permit);
        match attempt {
            Attempt::Taken(partial) => {
                log_partial(host, signal, &partial);
                return Ok(partial.rejected);
            }
            Attempt::Refused { why } => {
                host.log(&format!("the backend refused {signal}: {why}"));
                return Err(RejectReason::BackendRefused);
            }
            Attempt::Later { retry_after, why } => match retry.delay(host, retry_after) {
                Some(delay) => host.sleep(delay).await,
                None => return give_up(&why),
            },
        }
    }
}

/// Logs what a backend says with its success.
/// <https://opentelemetry.io/docs/specs/otlp/#partial-success-1>: a message with nothing
/// rejected is a warning.
fn log_partial<H: Host>(host: &H, signal: Signal, partial: &PartialSuccess) {
    let PartialSuccess { rejected, message } = partial;
    let message = message.as_str();
    let line = match (rejected, message) {
        (0, "") => return,
        (0, warning) => format!("the backend took {signal} with a warning: {warning}"),
        (_, "") => format!("the backend rejected {rejected} records of {signal} and says not why"),
        (_, why) => format!("the backend rejected {rejected} records of {signal}: {why}"),
    };
    host.log(&line);
}
