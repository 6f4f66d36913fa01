//! Exports the messages that a host takes out of its durable queue.
//!
//! A message that its backend refuses for some of its records is sent in parts, until the backend
//! takes one. Then everything else of it goes back into the queue, in a message for each part, and
//! the message itself is over: however the process ends, what was taken is not sent again, but in
//! the moment before the host has removed the message, as at the end of any delivery. A record
//! that is refused alone becomes the message that a host keeps as a dead letter.

use super::message::Message;
use crate::batch::Batch;
use crate::exporter::attempt::{AtFault, Attempt, Endpoint};
use crate::exporter::backend::{Backend, Export, Part};
use crate::exporter::compression::Compressed;
use crate::exporter::halve::Halving;
use crate::exporter::retry::{self, WorkTime};
use crate::exporter::send::end;
use crate::exporter::{Exporter, Routed};
use crate::host::{Delivery, Host, Level};
use crate::outcome::{Outcomes, RejectReason, Ticket};
use crate::receiver::body::decompress;
use bytes::Bytes;
use core::time::Duration;
use std::rc::Rc;

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
        let mut backends = self.backends.iter().enumerate();
        let backend = backends.find(|(_, backend)| backend.is_called(message.backend));
        let found = backend.and_then(|(at, backend)| Some((at, backend, backend.endpoint()?)));
        let Some((at, backend, endpoint)) = found else {
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
        let sent = stored.deliver(host, attempt).await;
        if let Sent::Later(after) = sent {
            return Delivery::Retry { after };
        }
        let ticket = take_up().for_backends(vec![place]);
        let Some(ticket) = ticket.into_iter().next() else {
            return Delivery::Done;
        };
        let ended = match sent {
            // What the backend rejected of it is counted.
            Sent::Taken(rejected) => end(ticket, Ok(rejected)).or(Ok(())),
            Sent::Refused(reason) => self.refused(host, &stored, reason, ticket).await,
            Sent::InPart(parts) => {
                self.put_back(host, (at, &stored), parts, ticket).await;
                Ok(())
            }
            Sent::Later(_) => Ok(()),
        };
        match ended {
            Ok(()) => Delivery::Done,
            Err(_) => Delivery::Refused,
        }
    }

    /// Ends the part that a backend took, and puts all others into the queue. What the queue does
    /// not take is exported directly.
    async fn put_back<H: Host>(
        &self,
        host: &H,
        (at, stored): (usize, &Stored<'_>),
        parts: Parts,
        mut ticket: Ticket,
    ) {
        let Parts {
            taken,
            rejected,
            mut refused,
            left,
        } = parts;
        let _ = end(ticket.split(taken), Ok(rejected));
        if let Some(next) = stored.backend.dead_letters_to {
            for Part { request, records } in refused.drain(..) {
                let export = Export {
                    records,
                    ..stored.export
                };
                let part = (export, request, RejectReason::BackendRefused);
                // How it ended is counted.
                let _ = (self.to_dead_letters(host, next, part, ticket.split(records))).await;
            }
        }
        let sender = Rc::default();
        let parts = refused.into_iter().chain(left).map(|part| Routed {
            backend: at,
            batch: Batch {
                signal: stored.export.signal,
                request: part.request,
                ticket: ticket.split(part.records),
                sender: Rc::clone(&sender),
            },
        });
        let parts = parts.collect();
        for part in self.hand_over(host, parts).await {
            // How it ended is counted.
            let _ = self.export(host, part).await;
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

/// The end of a delivery, as the backend sees it.
enum Sent {
    /// The backend has it, but for as many records.
    Taken(u64),
    /// The backend will never have any of it.
    Refused(RejectReason),
    /// The backend has a part of it.
    InPart(Parts),
    /// The backend may have it after this time.
    Later(Duration),
}

/// The parts of a message.
struct Parts {
    /// The records of the part that the backend has taken.
    taken: u64,
    /// How many of them it rejected all the same.
    rejected: u64,
    /// Those that it refused.
    refused: Vec<Part>,
    /// Those that it has not been asked for.
    left: Vec<Part>,
}

/// Why a backend does not have what it was sent.
enum Failure {
    /// The backend may have it after this time.
    Later(Duration),
    /// The backend will never have it.
    Refused { why: Box<str>, at_fault: AtFault },
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

    /// Sends the message, and parts of it until the backend takes one.
    async fn deliver<H: Host>(&self, host: &H, attempt: u32) -> Sent {
        let Some(body) = self.body::<H>() else {
            let line = "the body of a message of the durable queue cannot be read";
            host.log(Level::Error, line);
            return Sent::Refused(RejectReason::InvalidRecord);
        };
        let (why, at_fault) = match self.send(host, &body, attempt).await {
            Ok(rejected) => return Sent::Taken(rejected),
            Err(Failure::Later(after)) => return Sent::Later(after),
            Err(Failure::Refused { why, at_fault }) => (why, at_fault),
        };
        if at_fault == AtFault::Records
            && let Some(sent) = self.in_parts(host, attempt).await
        {
            return sent;
        }
        self.backend.refused(host, self.export, &why);
        Sent::Refused(RejectReason::BackendRefused)
    }

    /// Sends parts of the message until the backend takes one, or may take it later; `None` when it
    /// takes none.
    async fn in_parts<H: Host>(&self, host: &H, attempt: u32) -> Option<Sent> {
        let Export {
            signal, records, ..
        } = self.export;
        let allowance = &self.backend.shared.splits;
        let mut halving = Halving::new(signal);
        let mut refused = Vec::new();
        if !halving.refused(records, || self.request::<H>(), allowance, host) {
            return None;
        }
        while let Some(part) = halving.next() {
            let request = || Some(part.request.clone());
            let body = self.endpoint.encode(signal, part.request.clone());
            match self.send(host, &body, attempt).await {
                Ok(rejected) => {
                    return Some(Sent::InPart(Parts {
                        taken: part.records,
                        rejected,
                        refused,
                        left: halving.into_left(),
                    }));
                }
                // Nothing of the message has been taken.
                Err(Failure::Later(after)) => return Some(Sent::Later(after)),
                Err(Failure::Refused {
                    at_fault: AtFault::Records,
                    ..
                }) if halving.refused(part.records, request, allowance, host) => {}
                Err(Failure::Refused { .. }) => refused.push(part),
            }
        }
        None
    }

    /// Sends the message, or a part of it, once, when the backend may be asked now.
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
        let tried = backend.attempt(host, endpoint, export.signal, body).await;
        drop(permit);
        match tried {
            Attempt::Accepted(partial) => Ok(partial.rejected),
            Attempt::Refused { why, at_fault } => Err(Failure::Refused { why, at_fault }),
            Attempt::Later { retry_after, .. } => Err(later(retry_after)),
        }
    }
}
