//! One backend: sends export requests to it until they are taken or given up, and logs how
//! that goes.

use super::attempt::{AtFault, Attempt, Endpoint};
use super::compression::Compressed;
use super::concurrency::{ConcurrencyLimit, Permit};
use super::gap::split_by_gap;
use super::in_order::InOrder;
use super::join::Joined;
use super::retry::{Retry, WorkTime};
use super::shared::SharedBackend;
use super::text::split_by_text;
use super::truncate::ValueLimits;
use crate::batch::Sender;
use crate::config::{BackendConfig, BackendKind, BackendPreset, ConfigError};
use crate::host::{Background, Host, Level, Store};
use crate::log_limit::LogLimit;
use crate::machine::Machine;
use crate::outcome::{Place, RejectReason, Ticket, hold};
use crate::state::aggregate::{Form, Temporality};
use crate::time::nanos;
use bytes::Bytes;
use core::time::Duration;
use std::rc::Rc;
use std::sync::Arc;
use throughline_otlp::Signal;
use throughline_otlp::split::{Limits, split};

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
    /// Whether batches for it go through the durable queue.
    pub(super) is_durable: bool,
    /// The form of the edge's own metrics for it.
    pub(super) form: Form,
    pub(super) limits: Limits,
    /// Bytes of one request of log records as text.
    text_bytes: usize,
    /// How far apart in time the records of one request may be.
    gap: Option<Duration>,
    pub(super) values: ValueLimits,
    /// Whether it does not store the names of events.
    drops_event_name: bool,
    pub(super) joined: Joined,
    /// The metrics that are sent one request after the other.
    pub(super) in_order: InOrder,
    /// The turns of the edge's own reports.
    reports: Rc<ConcurrencyLimit>,
    pub(super) shared: Arc<SharedBackend>,
    pub(super) log_limit: LogLimit,
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

/// An export request, and how many records it has.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) request: Bytes,
    pub(super) records: u64,
}

/// Why a backend does not have the records of a request.
#[derive(Debug)]
pub(super) enum NotTaken {
    /// Nothing of them will ever be there; that is logged.
    Lost(RejectReason),
    /// Some of the records are at fault, and it may take the others. The body is that of the
    /// request.
    Refused { why: Box<str>, body: Compressed },
}

impl From<RejectReason> for NotTaken {
    fn from(reason: RejectReason) -> Self {
        Self::Lost(reason)
    }
}

impl Backend {
    /// # Errors
    /// [`ConfigError`] names the key below `section` that is wrong; the operator is at fault.
    pub(super) fn new(
        section: &str,
        config: &BackendConfig,
        machine: &Machine,
        shared: &Arc<SharedBackend>,
    ) -> Result<Self, ConfigError> {
        let kind = match config.kind {
            BackendKind::Otlp => {
                let endpoint = Endpoint::new(section, config, machine)?;
                let limit = ConcurrencyLimit::new(config.max_requests);
                Kind::Otlp(Box::new(endpoint), limit)
            }
            BackendKind::Store => Kind::Store,
            BackendKind::Null => Kind::Null,
        };
        for (key, bytes) in [
            ("max_attribute_bytes", config.max_attribute_bytes),
            ("max_body_bytes", config.max_body_bytes),
        ] {
            if (1..LEAST_TEXT_BYTES).contains(&bytes) {
                return Err(ConfigError::Invalid {
                    key: format!("{section}.{key}").into(),
                    wanted: "at least 32, such as 4096, or 0 for no limit: a shorter text tells nothing",
                });
            }
        }
        let grpc = match &kind {
            Kind::Otlp(endpoint, _) => endpoint.grpc,
            Kind::Store | Kind::Null => None,
        };
        let max_request_bytes = match (config.max_request_bytes, grpc) {
            (0, Some(grpc)) => grpc.max_bytes,
            (configured, _) => configured,
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
            is_durable: durable(section, config, machine)?,
            form: config.into(),
            drops_event_name: (config.preset).is_some_and(BackendPreset::drops_event_name),
            values: ValueLimits {
                attribute_bytes: limit(config.max_attribute_bytes),
                body_bytes: limit(config.max_body_bytes),
                attributes: limit(config.max_attributes),
            },
            limits: Limits {
                bytes: max_request_bytes,
                records: config.max_request_records,
            },
            text_bytes: limit(config.max_request_text_bytes),
            gap: (config.max_request_gap_s > 0)
                .then(|| Duration::from_secs(config.max_request_gap_s)),
            joined: Joined::new(config.join_ms, max_request_bytes),
            in_order: InOrder::default(),
            reports: ConcurrencyLimit::new(1),
            shared: Arc::clone(shared),
            log_limit: machine.log_limit.clone(),
        })
    }

    /// Where and how exports to it are sent; `None` where there is no network.
    pub(super) fn endpoint(&self) -> Option<&Endpoint> {
        match &self.kind {
            Kind::Otlp(endpoint, _) => Some(endpoint),
            Kind::Store | Kind::Null => None,
        }
    }

    /// Whether this is its name; empty where there is one without.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name.as_deref().unwrap_or_default() == name
    }

    /// The limit on concurrent requests to it.
    pub(super) fn concurrency_limit(&self) -> Option<&Rc<ConcurrencyLimit>> {
        match &self.kind {
            Kind::Otlp(_, limit) => Some(limit),
            Kind::Store | Kind::Null => None,
        }
    }

    /// Whether telemetry of a sender goes there.
    pub(super) fn takes(&self, sender: &Sender, signal: Signal) -> bool {
        let project = sender.project.as_ref().map(|project| project.name());
        let of_project = self.projects.is_empty()
            || project.is_some_and(|project| self.projects.iter().any(|name| **name == *project));
        let of_signal = self.signals.is_empty() || self.signals.contains(&signal);
        of_project && of_signal && !self.is_for_dead_letters
    }

    /// Whether batches wait there for others: where work goes on after the response.
    pub(super) fn joins(&self, host: &impl Background) -> bool {
        matches!(self.kind, Kind::Otlp(..))
            && !self.joined.wait.is_zero()
            && host.time_limit().is_none()
    }

    /// Whether batches are sent there in the order in which they came, one after the other: where
    /// work goes on after the response, metrics for a backend that keeps one point for each time.
    pub(super) fn keeps_order(&self, host: &impl Background, signal: Signal) -> bool {
        signal == Signal::Metrics
            && self.wants_order()
            && host.time_limit().is_none()
            && !host.delays_response()
    }

    /// Whether it refuses a point that is older than the last one of its series.
    pub(super) fn wants_order(&self) -> bool {
        matches!(self.kind, Kind::Otlp(..)) && self.form.temporality == Temporality::Cumulative
    }

    /// The turn of a report, where one must not overtake the other.
    pub(super) async fn turn<H: Host>(&self, host: &H) -> Option<Permit> {
        let endpoint = self.endpoint().filter(|_| self.wants_order())?;
        // A report is two exports. A platform that cancels one never gives its turn back.
        let export = endpoint.retry_for.saturating_add(endpoint.timeout * 2);
        let at_most = host.time_limit().unwrap_or(export * 2);
        let last_start = host.now_unix_nano().saturating_add(nanos(at_most));
        self.reports.acquire(host, at_most, last_start).await
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

    /// The requests in which a batch is sent, with what the backend would not store in another
    /// place, and what is too long cut. The ticket counts what was cut.
    pub(super) fn parts(&self, signal: Signal, request: Bytes, ticket: &mut Ticket) -> Vec<Part> {
        let (request, cut) = self.values.cut(signal, request, self.drops_event_name);
        ticket.truncated(cut);
        let records = ticket.records();
        let parts = match self.gap {
            Some(most) => split_by_gap(signal, request, records, most),
            None => vec![Part { request, records }],
        };
        let parts = parts
            .into_iter()
            .flat_map(|part| self.split_by_size(signal, part));
        match signal {
            Signal::Logs if self.text_bytes < usize::MAX => parts
                .flat_map(|part| split_by_text(part, self.text_bytes))
                .collect(),
            _ => parts.collect(),
        }
    }

    fn split_by_size(&self, signal: Signal, part: Part) -> Vec<Part> {
        if self.limits.allow(part.request.len(), part.records) {
            return vec![part];
        }
        // What was inspected can be split.
        let parts = split(signal, &part.request, self.limits).unwrap_or_default();
        let parts = parts.into_iter().map(|part| Part {
            request: part.request.into(),
            records: part.records,
        });
        parts.collect()
    }

    /// Sends an export request as [`Backend::send`], unless it is larger than one may be: then
    /// it has one record.
    pub(super) async fn send_within_limits<H: Host>(
        &self,
        host: &H,
        export: Export,
        request: Bytes,
    ) -> Result<u64, NotTaken> {
        if self.limits.bytes > 0 && request.len() > self.limits.bytes {
            self.log_too_large(host, export, request.len());
            return Err(RejectReason::RecordTooLarge.into());
        }
        self.send(host, export, request).await
    }

    /// Sends an export request until it is taken or given up. Returns how many records of
    /// it the backend rejected.
    async fn send<H: Host>(
        &self,
        host: &H,
        export: Export,
        request: Bytes,
    ) -> Result<u64, NotTaken> {
        match &self.kind {
            Kind::Null => Ok(0),
            Kind::Store => Ok(self.store(host, export, request).await.map(|()| 0)?),
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
    ) -> Result<u64, NotTaken> {
        let signal = export.signal;
        let body = endpoint.encode(signal, request);
        let retry = Retry::new(host, endpoint.retry_for, endpoint.timeout, &export.work);
        let Some(mut retry) = retry else {
            self.give_up(host, export, "the time for work after the response is over");
            return Err(RejectReason::RetriesExhausted.into());
        };
        loop {
            let permit = self.permit(host, limit, endpoint.timeout, retry.last_start);
            let Some(permit) = permit.await else {
                self.give_up(host, export, "too many requests are under way");
                return Err(RejectReason::ConcurrencyLimit.into());
            };
            let attempt = self.attempt(host, endpoint, signal, &body).await;
            drop(permit);
            match attempt {
                Attempt::Accepted(partial) => return Ok(partial.rejected),
                // The batch is not at fault: it waits until the operator has mended that.
                Attempt::Refused {
                    at_fault: AtFault::Endpoint,
                    ..
                } if export.work.is_endless() => {
                    if let Some(delay) = retry.delay(host, None) {
                        host.sleep(delay).await;
                    }
                }
                Attempt::Refused {
                    why,
                    at_fault: AtFault::Records,
                } => return Err(NotTaken::Refused { why, body }),
                Attempt::Refused { why, .. } => {
                    self.refused(host, export, &why);
                    return Err(RejectReason::BackendRefused.into());
                }
                Attempt::Later { retry_after, why } => match retry.delay(host, retry_after) {
                    Some(delay) => host.sleep(delay).await,
                    None => {
                        self.give_up(host, export, &why);
                        return Err(RejectReason::RetriesExhausted.into());
                    }
                },
            }
        }
    }

    /// Sends an export once. What the response means for other exports is noted and logged.
    pub(super) async fn attempt<H: Host>(
        &self,
        host: &H,
        endpoint: &Endpoint,
        signal: Signal,
        body: &Compressed,
    ) -> Attempt {
        let begun = host.now_unix_nano();
        let attempt = endpoint.attempt(host, signal, body).await;
        match &attempt {
            Attempt::Accepted(partial) => {
                self.shared.breaker.succeeded();
                self.succeeded(host, signal, &endpoint.name);
                self.log_partial(host, signal, partial);
            }
            Attempt::Refused { why, at_fault } => {
                self.shared.breaker.succeeded();
                if *at_fault == AtFault::Endpoint {
                    self.endpoint_refused(host, endpoint, signal, why);
                }
            }
            Attempt::Later { retry_after, why } => {
                let now = host.now_unix_nano();
                self.shared.breaker.failed(*retry_after, begun, now);
                self.failed(host, endpoint, why);
            }
        }
        attempt
    }

    /// Waits for a permit for an attempt that takes `at_most`, and while the backend is not asked
    /// at all; `None` when there is no permit before `last_start`, in ns since the Unix epoch.
    /// Then every batch has one more attempt, whatever the breaker says.
    async fn permit<H: Host>(
        &self,
        host: &H,
        limit: &Rc<ConcurrencyLimit>,
        at_most: Duration,
        last_start: u64,
    ) -> Option<Permit> {
        loop {
            let permit = limit.acquire(host, at_most, last_start).await?;
            let now = host.now_unix_nano();
            let left = Duration::from_nanos(last_start.saturating_sub(now));
            // Asked last: the breaker may have opened while the batch waited for its turn.
            match self.shared.breaker.wait(now) {
                Some(wait) if !left.is_zero() => {
                    drop(permit);
                    host.sleep(wait.min(left)).await;
                }
                _ => return Some(permit),
            }
        }
    }
}

/// Whether batches go through the durable queue of the platform.
fn durable(section: &str, config: &BackendConfig, machine: &Machine) -> Result<bool, ConfigError> {
    if !config.durable {
        return Ok(false);
    }
    let key: Box<str> = format!("{section}.durable").into();
    match (config.kind, machine.no_queue) {
        (BackendKind::Otlp, None) => Ok(true),
        (BackendKind::Otlp, Some(why)) => Err(ConfigError::Unavailable { key, why }),
        (BackendKind::Store | BackendKind::Null, _) => Err(ConfigError::Invalid {
            key,
            wanted: "left out where kind is not \"otlp\": nothing waits for such a backend",
        }),
    }
}

/// The shortest text that a limit may leave.
const LEAST_TEXT_BYTES: usize = 32;

/// A limit of the configuration, where 0 is none.
const fn limit(configured: usize) -> usize {
    match configured {
        0 => usize::MAX,
        limit => limit,
    }
}
