//! Exports batches to the backend.
//!
//! A batch is exported after the response to its sender, tried again while that makes
//! sense, and counted at its end.

mod attempt;
mod concurrency;
mod health;
mod retry;

use crate::batch::Batch;
use crate::config::{BackendConfig, BackendKind, ConfigError};
use crate::host::{Clock, Host, Level, Store};
use crate::log_limit::LogLimit;
use crate::machine::Machine;
use crate::outcome::{InFlight, RejectReason};
use attempt::{Attempt, Endpoint};
use bytes::Bytes;
use concurrency::ConcurrencyLimit;
use retry::Retry;
use std::rc::Rc;
use std::sync::Arc;
use throughline_otlp::Signal;
use throughline_otlp::response::PartialSuccess;

pub(crate) use health::ExportHealth;
use health::Recovered;

/// The exporter to one backend. Cloning gives the same exporter.
#[derive(Debug, Clone)]
pub(crate) struct Exporter {
    backend: Rc<Backend>,
    health: Arc<ExportHealth>,
    in_flight: Arc<InFlight>,
    log_limit: LogLimit,
}

#[derive(Debug)]
enum Backend {
    Otlp(Box<Endpoint>, Rc<ConcurrencyLimit>),
    Store,
    Null,
}

/// An export in progress, for messages.
#[derive(Debug, Clone, Copy)]
struct Export {
    signal: Signal,
    records: u64,
    /// Whether the records are lost with this export; the edge's own counts are in the
    /// next report.
    is_lost: bool,
}

impl Exporter {
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn new(config: &BackendConfig, machine: &Machine) -> Result<Self, ConfigError> {
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
            health: Arc::clone(&machine.export_health),
            in_flight: Arc::clone(&machine.in_flight),
            log_limit: machine.log_limit.clone(),
        })
    }

    /// Exports a batch to its end. The account has the outcome of each record.
    ///
    /// # Errors
    /// The reason why none of the records was exported.
    pub(crate) async fn export<H: Host>(&self, host: &H, batch: Batch) -> Result<(), RejectReason> {
        let mut ticket = batch.ticket;
        let export = Export {
            signal: batch.signal,
            records: ticket.records(),
            is_lost: ticket.is_counted(),
        };
        match self.send(host, export, batch.request).await {
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
        export: Export,
        request: Bytes,
    ) -> Result<u64, RejectReason> {
        match &*self.backend {
            Backend::Null => Ok(0),
            Backend::Store => self.store(host, export, request).await.map(|()| 0),
            Backend::Otlp(endpoint, limit) => {
                self.deliver(host, endpoint, limit, export, request).await
            }
        }
    }

    async fn store<H: Host>(
        &self,
        host: &H,
        export: Export,
        request: Bytes,
    ) -> Result<(), RejectReason> {
        let why = match host.store() {
            Some(store) => match store.append(export.signal, request).await {
                Ok(()) => {
                    self.succeeded(host, export.signal, "the store");
                    return Ok(());
                }
                Err(error) => error.to_string(),
            },
            None => String::from("this host has no store; set backend.kind to \"otlp\""),
        };
        if self.health.refused(export.signal, host.now_unix_nano()) {
            let signal = export.signal;
            let line = format!("exports of {signal} to the store fail, they are lost: {why}");
            host.log(Level::Error, &line);
        }
        Err(RejectReason::StoreFailed)
    }

    async fn deliver<H: Host>(
        &self,
        host: &H,
        endpoint: &Endpoint,
        limit: &Rc<ConcurrencyLimit>,
        export: Export,
        request: Bytes,
    ) -> Result<u64, RejectReason> {
        let signal = export.signal;
        let body = endpoint.encode(signal, request);
        let mut retry = Retry::new(host, endpoint.retry_for, endpoint.timeout);
        loop {
            let permit = limit.acquire(host, endpoint.timeout, retry.last_start);
            let Some(permit) = permit.await else {
                return Err(self.give_up(host, export, "too many requests are under way"));
            };
            let attempt = endpoint.attempt(host, signal, body.clone()).await;
            drop(permit);
            match attempt {
                Attempt::Accepted(partial) => {
                    self.succeeded(host, signal, &endpoint.name);
                    self.log_partial(host, signal, &partial);
                    return Ok(partial.rejected);
                }
                Attempt::Refused { why, batch_alone } => {
                    self.refused(host, endpoint, export, &why, batch_alone);
                    return Err(RejectReason::BackendRefused);
                }
                Attempt::Later { retry_after, why } => {
                    self.failed(host, endpoint, &why);
                    match retry.delay(host, retry_after) {
                        Some(delay) => host.sleep(delay).await,
                        None => return Err(self.give_up(host, export, &why)),
                    }
                }
            }
        }
    }

    /// Counts a success, and logs when exports work again.
    fn succeeded<H: Host>(&self, host: &H, signal: Signal, backend: &str) {
        let (what, lasted) = match self.health.succeeded(signal, host.now_unix_nano()) {
            None => return,
            Some(Recovered::Backend(lasted)) => (String::from("exports"), lasted),
            Some(Recovered::Signal(lasted)) => (format!("exports of {signal}"), lasted),
        };
        let (seconds, waiting) = (lasted.as_secs(), self.waiting(host));
        let line = format!("{what} to {backend} work again after {seconds} s; {waiting}");
        host.log(Level::Info, &line);
    }

    /// Counts a failed attempt that is retried, and logs when exports begin to fail.
    fn failed<H: Host>(&self, host: &H, endpoint: &Endpoint, why: &str) {
        if self.health.failed(host.now_unix_nano()) {
            let (backend, waiting) = (&endpoint.name, self.waiting(host));
            let seconds = endpoint.retry_for.as_secs();
            let line = format!(
                "exports to {backend} fail: {why}; {waiting}, each is tried again for {seconds} s"
            );
            host.log(Level::Error, &line);
        }
    }

    /// Tells of a batch that the backend will never take.
    fn refused<H: Host>(
        &self,
        host: &H,
        endpoint: &Endpoint,
        export: Export,
        why: &str,
        batch_alone: bool,
    ) {
        let Export {
            signal,
            records,
            is_lost,
        } = export;
        let backend = &endpoint.name;
        if !batch_alone && self.health.refused(signal, host.now_unix_nano()) {
            let line = format!("exports of {signal} to {backend} are refused: {why}");
            host.log(Level::Error, &line);
        }
        if is_lost {
            let kind = format!("refused exports of {signal}");
            self.log_limit.log(host, Level::Error, kind, || {
                format!("{records} records of {signal} are lost, {backend} refused them: {why}")
            });
        }
    }

    fn give_up<H: Host>(&self, host: &H, export: Export, why: &str) -> RejectReason {
        let Export {
            signal,
            records,
            is_lost,
        } = export;
        if is_lost {
            let kind = format!("given up exports of {signal}");
            self.log_limit.log(host, Level::Error, kind, || {
                format!("{records} records of {signal} are lost, the backend did not take them in time: {why}")
            });
        }
        RejectReason::RetriesExhausted
    }

    /// What waits for export now.
    fn waiting(&self, clock: &impl Clock) -> String {
        let records = self.in_flight.records();
        let bytes = self.in_flight.bytes(clock.now_unix_nano());
        format!("{records} records ({} kB) wait", bytes.div_ceil(1000))
    }

    /// Logs what a backend says with its success.
    /// <https://opentelemetry.io/docs/specs/otlp/#partial-success-1>: a message with nothing
    /// rejected is a warning.
    fn log_partial<H: Host>(&self, host: &H, signal: Signal, partial: &PartialSuccess) {
        let PartialSuccess { rejected, message } = partial;
        let message = message.as_str();
        let (kind, line) = match (rejected, message) {
            (0, "") => return,
            (0, warning) => (
                format!("warnings of the backend about {signal}"),
                format!("the backend took {signal} with a warning: {warning}"),
            ),
            (_, "") => (
                format!("rejections of {signal} by the backend"),
                format!("the backend rejected {rejected} records of {signal} and says not why"),
            ),
            (_, why) => (
                format!("rejections of {signal} by the backend"),
                format!("the backend rejected {rejected} records of {signal}: {why}"),
            ),
        };
        self.log_limit.log(host, Level::Warning, kind, || line);
    }
}
