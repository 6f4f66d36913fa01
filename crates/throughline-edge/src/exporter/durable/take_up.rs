//! Exports the messages that a host takes out of its durable queue.

use super::message::Message;
use crate::exporter::attempt::{Attempt, Endpoint};
use crate::exporter::backend::{Backend, Export};
use crate::exporter::compression::Compressed;
use crate::exporter::retry::{self, WorkTime};
use crate::exporter::{Exporter, end};
use crate::host::{Delivery, Host, Level};
use crate::outcome::{Outcomes, RejectReason, Ticket};
use crate::receiver::body::decompress;
use bytes::Bytes;
use core::time::Duration;

/// A message whose backend is known.
struct Stored<'a> {
    backend: &'a Backend,
    endpoint: &'a Endpoint,
    /// The bytes of the message.
    bytes: &'a Bytes,
    message: Message<'a>,
    export: Export,
}

impl Exporter {
    /// Delivers a message once, to the backend that it names. `attempt` is how often it was
    /// delivered before.
    pub(crate) async fn take_up<H: Host>(
        &self,
        host: &H,
        outcomes: &Outcomes,
        bytes: &Bytes,
        attempt: u32,
    ) -> Delivery {
        let message = match Message::decode(bytes) {
            Ok(message) => message,
            Err(error) => {
                let line = format!("a message of the durable queue cannot be read: {error}");
                host.log(Level::Error, &line);
                return Delivery::Refused;
            }
        };
        let nothing = || outcomes.in_flight().hold(0, 0, u64::MAX);
        let (signal, records) = (message.signal, message.records);
        let take_up = || outcomes.take_up(signal, records, nothing());
        let backend = (self.backends.iter()).find(|backend| backend.is_called(message.backend));
        let found = backend.and_then(|backend| Some((backend, backend.endpoint()?)));
        let Some((backend, endpoint)) = found else {
            let name = message.backend;
            let line = format!(
                "{records} records of {signal} are lost: no backend is called {name:?} any more"
            );
            host.log(Level::Error, &line);
            take_up().rejected(RejectReason::NoBackend);
            return Delivery::Refused;
        };
        if !(backend.shared.in_flight).fits(bytes.len(), host.now_unix_nano()) {
            return Delivery::Retry {
                after: retry::redelivery(host, attempt, None),
            };
        }
        // The place is held while the backend is asked; the records are taken up at the end.
        let place = backend.place(host, bytes.len());
        let stored = Stored {
            backend,
            endpoint,
            bytes,
            export: Export {
                signal: message.signal,
                records: message.records,
                is_lost: backend.dead_letters_to.is_none(),
                work: WorkTime::begins(host),
            },
            message,
        };
        let sent = match stored.body::<H>() {
            Some(body) => stored.send(host, &body, attempt).await,
            None => {
                let line = "the body of a message of the durable queue cannot be read";
                host.log(Level::Error, line);
                Err(Failure::Refused(RejectReason::InvalidRecord))
            }
        };
        let ended = match sent {
            Err(Failure::Later(after)) => return Delivery::Retry { after },
            Err(Failure::Refused(reason)) => Err(reason),
            Ok(rejected) => Ok(rejected),
        };
        let ticket = take_up().for_backends(vec![place]);
        let Some(ticket) = ticket.into_iter().next() else {
            return Delivery::Done;
        };
        let ended = match ended {
            Ok(rejected) => {
                // What the backend rejected of it is counted.
                let _ = end(ticket, Ok(rejected));
                Ok(())
            }
            Err(reason) => self.refused(host, &stored, reason, ticket).await,
        };
        match ended {
            Ok(()) => Delivery::Done,
            Err(_) => Delivery::Refused,
        }
    }

    /// Counts a message that was delivered as often as the platform allows.
    pub(crate) fn undelivered<H: Host>(&self, host: &H, outcomes: &Outcomes, bytes: &[u8]) {
        let Ok(message) = Message::decode(bytes) else {
            return;
        };
        let nothing = outcomes.in_flight().hold(0, 0, u64::MAX);
        let ticket = outcomes.take_up(message.signal, message.records, nothing);
        let backend = (self.backends.iter()).find(|backend| backend.is_called(message.backend));
        let tickets = match backend {
            Some(backend) => ticket.for_backends(vec![backend.place(host, 0)]),
            None => vec![ticket],
        };
        for ticket in tickets {
            ticket.rejected(RejectReason::RetriesExhausted);
        }
    }

    /// Sends what a backend refused to the one for dead letters.
    async fn refused<H: Host>(
        &self,
        host: &H,
        stored: &Stored<'_>,
        reason: RejectReason,
        ticket: Ticket,
    ) -> Result<(), RejectReason> {
        let request = stored.request::<H>();
        match (stored.backend.dead_letters_to, request) {
            (Some(next), Some(request)) => {
                let failed = (stored.export, request, reason);
                self.to_dead_letters(host, next, failed, ticket).await
            }
            _ => end(ticket, Err(reason)),
        }
    }
}

/// Why a backend does not have a message.
enum Failure {
    /// The backend may have it after this time.
    Later(Duration),
    /// The backend will never have it.
    Refused(RejectReason),
}

impl Stored<'_> {
    /// The body as the backend wants it; `None` when it cannot be read.
    fn body<H: Host>(&self) -> Option<Compressed> {
        let Message {
            content_encoding,
            body,
            ..
        } = self.message;
        let body = self.bytes.slice_ref(body);
        let ready = self.endpoint.ready(content_encoding, body);
        ready.or_else(|| Some((self.endpoint).encode(self.export.signal, self.request::<H>()?)))
    }

    /// The export request, decompressed; `None` when it cannot be.
    fn request<H: Host>(&self) -> Option<Bytes> {
        let Message {
            content_encoding,
            body,
            request_bytes,
            ..
        } = self.message;
        decompress::<H>(content_encoding, body, request_bytes)
    }

    /// Sends the message once, when the backend may be asked now.
    async fn send<H: Host>(
        &self,
        host: &H,
        body: &Compressed,
        attempt: u32,
    ) -> Result<u64, Failure> {
        let Self {
            backend,
            endpoint,
            export,
            ..
        } = self;
        let later = |retry_after| Failure::Later(retry::redelivery(host, attempt, retry_after));
        let timeout = endpoint.timeout;
        let last_start = host
            .now_unix_nano()
            .saturating_add(crate::time::nanos(timeout));
        let Some(limit) = backend.concurrency_limit() else {
            return Err(later(None));
        };
        let Some(permit) = limit.acquire(host, timeout, last_start).await else {
            return Err(later(None));
        };
        if let Some(wait) = backend.shared.breaker.wait(host.now_unix_nano()) {
            // Many messages may wait for the one that asks: each delivery counts where a platform
            // limits them.
            return Err(Failure::Later(
                wait.max(retry::redelivery(host, attempt, None)),
            ));
        }
        let tried = backend.attempt(host, endpoint, *export, body).await;
        drop(permit);
        match tried {
            Attempt::Accepted(partial) => Ok(partial.rejected),
            Attempt::Refused { .. } => Err(Failure::Refused(RejectReason::BackendRefused)),
            Attempt::Later { retry_after, .. } => Err(later(retry_after)),
        }
    }
}
