//! The lines that are logged about one backend.

use super::attempt::Endpoint;
use super::backend::{Backend, Export};
use super::health::Recovered;
use crate::host::{Clock, Host, Level};
use crate::outcome::RejectReason;
use throughline_otlp::Signal;
use throughline_otlp::response::PartialSuccess;

impl Backend {
    /// Counts a success, and logs when exports work again.
    pub(super) fn succeeded<H: Host>(&self, host: &H, signal: Signal, backend: &str) {
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
    pub(super) fn failed<H: Host>(&self, host: &H, endpoint: &Endpoint, why: &str) {
        if self.shared.health.failed(host.now_unix_nano()) {
            let (backend, waiting) = (&endpoint.name, self.waiting(host));
            let seconds = endpoint.retry_for.as_secs();
            let until = match self.is_durable {
                true => String::from("what is in the durable queue stays there"),
                false => format!("each is tried again for {seconds} s"),
            };
            let line = format!("exports to {backend} fail: {why}; {waiting}, {until}");
            host.log(Level::Error, &line);
        }
    }

    /// Logs when exports of a signal begin to be refused, whatever is in them.
    pub(super) fn endpoint_refused<H: Host>(
        &self,
        host: &H,
        endpoint: &Endpoint,
        signal: Signal,
        why: &str,
    ) {
        if self.shared.health.refused(signal, host.now_unix_nano()) {
            let backend = &endpoint.name;
            let line = format!("exports of {signal} to {backend} are refused: {why}");
            host.log(Level::Error, &line);
        }
    }

    /// Logs records that the backend will never take.
    pub(super) fn refused<H: Host>(&self, host: &H, export: Export, why: &str) {
        let Export {
            signal,
            records,
            is_lost,
            ..
        } = export;
        if is_lost {
            let backend = self.endpoint().map_or("the backend", |to| &to.name);
            let kind = format!("exports of {signal} that {} refused", self.called());
            self.log_limit.log(host, Level::Error, kind, || {
                // The host keeps a message of the durable queue, where it has a place for it.
                let end = match self.is_durable {
                    true => "go no further",
                    false => "are lost",
                };
                format!("{records} records of {signal} {end}, {backend} refused them: {why}")
            });
        }
    }

    pub(super) fn give_up<H: Host>(&self, host: &H, export: Export, why: &str) {
        let Export {
            signal,
            records,
            is_lost,
            ..
        } = export;
        if is_lost {
            let backend = self.called();
            let kind = format!("exports of {signal} that {backend} did not take in time");
            self.log_limit.log(host, Level::Error, kind, || {
                format!("{records} records of {signal} are lost, {backend} did not take them in time: {why}")
            });
        }
    }

    /// Logs a record that no request has room for.
    pub(super) fn log_too_large<H: Host>(&self, host: &H, export: Export, bytes: usize) {
        if export.is_lost {
            let signal = export.signal;
            let (backend, limit) = (self.called(), self.limits.bytes);
            let kind = format!("records of {signal} that are too large for {backend}");
            self.log_limit.log(host, Level::Error, kind, || {
                format!("1 record of {signal} is lost, it has {bytes} bytes and max_request_bytes of {backend} is {limit}")
            });
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

    /// The name in messages. Lines about one backend take the place of no other's.
    fn called(&self) -> &str {
        self.name.as_deref().unwrap_or("the backend")
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
    pub(super) fn log_partial<H: Host>(&self, host: &H, signal: Signal, partial: &PartialSuccess) {
        let PartialSuccess { rejected, message } = partial;
        let message = message.as_str();
        let backend = self.called();
        let warnings = || format!("warnings of {backend} about {signal}");
        let rejections = || format!("rejections of {signal} by {backend}");
        let (kind, line) = match (rejected, message) {
            (0, "") => return,
            (0, warning) => (
                warnings(),
                format!("{backend} took {signal} with a warning: {warning}"),
            ),
            (_, "") => (
                rejections(),
                format!("{backend} rejected {rejected} records of {signal} without a reason"),
            ),
            (_, why) => (
                rejections(),
                format!("{backend} rejected {rejected} records of {signal}: {why}"),
            ),
        };
        self.log_limit.log(host, Level::Warning, kind, || line);
    }
}
