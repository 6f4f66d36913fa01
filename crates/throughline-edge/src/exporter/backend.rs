//! One backend: sends export requests to it until they are taken or given up, and logs how
//! that goes.

use super::attempt::{Attempt, Endpoint};
use super::concurrency::ConcurrencyLimit;
use super::health::Recovered;
use super::join::Joined;
use super::retry::{Retry, WorkTime};
use super::shared::SharedBackend;
use crate::batch::Sender;
use crate::config::{BackendConfig, BackendKind, ConfigError};
use crate::host::{Background, Clock, Host, Level, Store};
use crate::log_limit::LogLimit;
use crate::outcome::{Place, RejectReason, hold};
use crate::state::aggregate::Temporality;
use bytes::Bytes;
use core::time::Duration;
use std::rc::Rc;
use std::sync::Arc;
use throughline_otlp::Signal;
use throughline_otlp::response::PartialSuccess;
use throughline_otlp::split::Limits;

/// A backend, as one core sends to it.
#[derive(Debug)]
pub(super) struct Backend {
    /// The name, where there are several.
    pub(super) name: Option<Arc<str>>,
    kind: Kind,
    /// The names of the projects whose telemetry it takes; empty for all telemetry.
    projects: Vec<Box<str>>,
    /// The signals that it takes; empty for all.
    signals: Vec<Signal>,
    /// The position of the backend that gets what this one does not take.
    pub(super) dead_letters_to: Option<usize>,
    /// Whether it gets nothing but what another one does not take.
    pub(super) is_for_dead_letters: bool,
    /// The temporality of the edge's own metrics for it.
    temporality: Temporality,
    pub(super) limits: Limits,
    pub(super) joined: Joined,
    pub(super) shared: Arc<SharedBackend>,
    log_limit: LogLimit,
}

#[derive(Debug)]
enum Kind {
    Otlp(Box<Endpoint>, Rc<ConcurrencyLimit>),
    Store,
    Null,
}

/// An export in progress, for messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Export {
    pub(super) signal: Signal,
    pub(super) records: u64,
    /// Whether the records are lost when this export fails: the edge's own counts are in the
    /// next report, and another backend may get them.
    pub(super) is_lost: bool,
    /// The time that the host gives to the export.
    pub(super) work: WorkTime,
}

impl Backend {
    /// # Errors
    /// [`ConfigError`] names the key below `section` that is wrong; the operator is at fault.
    pub(super) fn new(
        section: &str,
        config: &BackendConfig,
        shared: &Arc<SharedBackend>,
        log_limit: &LogLimit,
    ) -> Result<Self, ConfigError> {
        let kind = match config.kind {
            BackendKind::Otlp => {
                let endpoint = Endpoint::new(section, config)?;
                let limit = ConcurrencyLimit::new(config.max_requests);
                Kind::Otlp(Box::new(endpoint), limit)
            }
            BackendKind::Store => Kind::Store,
            BackendKind::Null => Kind::Null,
        };
        Ok(Self {
            name: (!config.name.is_empty()).then(|| config.name.as_str().into()),
            kind,
            projects: config
                .projects
                .iter()
                .map(|name| name.as_str().into())
                .collect(),
            signals: config
                .signals
                .iter()
                .map(|signal| (*signal).into())
                .collect(),
            dead_letters_to: None,
            is_for_dead_letters: false,
            temporality: config.temporality.into(),
            limits: Limits {
                bytes: config.max_request_bytes,
                records: config.max_request_records,
            },
            joined: Joined::new(config.join_ms, config.max_request_bytes),
            shared: Arc::clone(shared),
            log_limit: log_limit.clone(),
        })
    }

    /// Whether telemetry of a sender goes there.
    pub(super) fn takes(&self, sender: &Sender, signal: Signal) -> bool {
        let project = sender.project.as_ref().map(|project| project.name());
        let is_wanted = sender.temporality.is_none_or(|of| of == self.temporality);
        let of_project = self.projects.is_empty()
            || project.is_some_and(|project| self.projects.iter().any(|name| **name == *project));
        let of_signal = self.signals.is_empty() || self.signals.contains(&signal);
        of_project && of_signal && is_wanted && !self.is_for_dead_letters
    }

    /// Whether batches wait there for others: where work goes on after the response.
    pub(super) fn joins(&self, host: &impl Background) -> bool {
        matches!(self.kind, Kind::Otlp(..))
            && !self.joined.wait.is_zero()
            && host.time_limit().is_none()
    }

    /// A place in its queue for a batch of `bytes` bytes.
    pub(super) fn place<H: Host>(&self, host: &H, bytes: usize) -> Place {
        let held = hold(host, &self.shared.in_flight, bytes);
        Place {
            backend: self.name.clone(),
            waiting: Arc::clone(&self.shared.in_flight),
            held,
        }
    }

    /// Sends an export request until it is taken or given up. Returns how many records of
    /// it the backend rejected.
    pub(super) async fn send<H: Host>(
        &self,
        host: &H,
        export: Export,
        request: Bytes,
    ) -> Result<u64, RejectReason> {
        match &self.kind {
            Kind::Null => Ok(0),
            Kind::Store => self.store(host, export, request).await.map(|()| 0),
            Kind::Otlp(endpoint, limit) => {
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
        if self
            .shared
            .health
            .refused(export.signal, host.now_unix_nano())
        {
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
        let retry = Retry::new(host, endpoint.retry_for, endpoint.timeout, &export.work);
        let Some(mut retry) = retry else {
            self.give_up(host, export, "the time for work after the response is over");
            return Err(RejectReason::RetriesExhausted);
        };
        loop {
            self.wait_for_breaker(host, retry.last_start).await;
            let permit = limit.acquire(host, endpoint.timeout, retry.last_start);
            let Some(permit) = permit.await else {
                self.give_up(host, export, "too many requests are under way");
                return Err(RejectReason::ConcurrencyLimit);
            };
            let attempt = endpoint.attempt(host, signal, body.clone()).await;
            drop(permit);
            match attempt {
                Attempt::Accepted(partial) => {
                    self.shared.breaker.succeeded();
                    self.succeeded(host, signal, &endpoint.name);
                    self.log_partial(host, signal, &partial);
                    return Ok(partial.rejected);
                }
                Attempt::Refused { why, batch_alone } => {
                    self.shared.breaker.succeeded();
                    self.refused(host, endpoint, export, &why, batch_alone);
                    return Err(RejectReason::BackendRefused);
                }
                Attempt::Later { retry_after, why } => {
                    let now = host.now_unix_nano();
                    self.shared.breaker.failed(retry_after, now);
                    self.failed(host, endpoint, &why);
                    match retry.delay(host, retry_after) {
                        Some(delay) => host.sleep(delay).await,
                        None => {
                            self.give_up(host, export, &why);
                            return Err(RejectReason::RetriesExhausted);
                        }
                    }
                }
            }
        }
    }

    /// Counts a success, and logs when exports work again.
    fn succeeded<H: Host>(&self, host: &H, signal: Signal, backend: &str) {
        let (what, lasted) = match self.shared.health.succeeded(signal, host.now_unix_nano()) {
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
        if self.shared.health.failed(host.now_unix_nano()) {
            let (backend, waiting) = (&endpoint.name, self.waiting(host));
            let seconds = endpoint.retry_for.as_secs();
            let line = format!(
                "exports to {backend} fail: {why}; {waiting}, each is tried again for {seconds} s"
            );
            host.log(Level::Error, &line);
        }
    }

    /// Logs a batch that the backend will never take.
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
            ..
        } = export;
        let backend = &endpoint.name;
        if !batch_alone && self.shared.health.refused(signal, host.now_unix_nano()) {
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

    fn give_up<H: Host>(&self, host: &H, export: Export, why: &str) {
        let Export {
            signal,
            records,
            is_lost,
            ..
        } = export;
        if is_lost {
            let kind = format!("given up exports of {signal}");
            self.log_limit.log(host, Level::Error, kind, || {
                format!("{records} records of {signal} are lost, the backend did not take them in time: {why}")
            });
        }
    }

    /// Waits while the backend is not asked at all, and at most until `last_start`, in ns
    /// since the Unix epoch: every batch has one more attempt at its end.
    async fn wait_for_breaker<H: Host>(&self, host: &H, last_start: u64) {
        loop {
            let now = host.now_unix_nano();
            let left = Duration::from_nanos(last_start.saturating_sub(now));
            match self.shared.breaker.wait(now) {
                Some(wait) if !left.is_zero() => host.sleep(wait.min(left)).await,
                _ => return,
            }
        }
    }

    /// Logs records that another backend did not take and this one gets.
    pub(super) fn log_dead_letters<H: Host>(&self, host: &H, export: Export, reason: RejectReason) {
        let Export {
            signal, records, ..
        } = export;
        let kind = format!("dead letters of {signal} to {:?}", self.name);
        self.log_limit.log(host, Level::Warning, kind, || {
            let name = self.name.as_deref().unwrap_or_default();
            format!("{records} records of {signal} go to {name}: {reason}")
        });
    }

    /// The records and bytes that wait for export now.
    fn waiting(&self, clock: &impl Clock) -> String {
        let records = self.shared.in_flight.records();
        let bytes = self.shared.in_flight.bytes(clock.now_unix_nano());
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
                format!("the backend rejected {rejected} records of {signal} without a reason"),
            ),
            (_, why) => (
                format!("rejections of {signal} by the backend"),
                format!("the backend rejected {rejected} records of {signal}: {why}"),
            ),
        };
        self.log_limit.log(host, Level::Warning, kind, || line);
    }
}
