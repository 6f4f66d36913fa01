//! Sends one request of a batch to its end: in parts where its backend refuses the whole, and to
//! the backend for dead letters where there is one.

use super::Exporter;
use super::backend::{Backend, Export, NotTaken, Part};
use super::compression::Compressed;
use super::halve::Halving;
use super::retry::WorkTime;
use crate::host::Host;
use crate::outcome::{RejectReason, Ticket};
use bytes::Bytes;
use throughline_otlp::Signal;

impl Exporter {
    /// Sends one request. What a backend does not take goes to the one for dead letters.
    pub(super) async fn send<H: Host>(
        &self,
        host: &H,
        backend: &Backend,
        signal: Signal,
        part: Part,
        mut ticket: Ticket,
        work: WorkTime,
    ) -> Result<(), RejectReason> {
        let dead_letters = backend.dead_letters_to;
        let export = Export {
            signal,
            records: part.records,
            work,
            is_lost: ticket.is_counted() && dead_letters.is_none(),
        };
        let mut sending = Sending::new(backend, export, part);
        sending.is_kept = dead_letters.is_some();
        // The edge's own report is in the next one as a whole unless the backend has all of it.
        sending.may_be_split = ticket.is_counted();
        let mut exported = Ok(());
        while let Some(part) = sending.next(host).await {
            let ticket = ticket.split(part.records);
            let ended = match (part.sent, dead_letters, part.request) {
                (Err(reason), Some(next), Some(request)) => {
                    let part = (
                        Export {
                            records: part.records,
                            ..export
                        },
                        request,
                        reason,
                    );
                    self.to_dead_letters(host, next, part, ticket).await
                }
                (sent, ..) => end(ticket, sent),
            };
            exported = ended.and(exported);
        }
        exported
    }

    /// Sends a request that its backend did not take for a reason to the one for dead letters.
    pub(super) async fn to_dead_letters<H: Host>(
        &self,
        host: &H,
        next: usize,
        (mut export, request, reason): (Export, Bytes, RejectReason),
        ticket: Ticket,
    ) -> Result<(), RejectReason> {
        let now = host.now_unix_nano();
        let next = self.backends.get(next);
        let next = next.filter(|next| next.shared.in_flight.fits(request.len(), now));
        let Some(next) = next else {
            return end(ticket, Err(reason));
        };
        let mut copy = ticket.copy_for(next.place(host, request.len()));
        ticket.rejected(reason);
        next.log_dead_letters(host, export, reason);
        export.is_lost = copy.is_counted();
        let mut exported = Ok(());
        for part in next.parts(export.signal, request, &mut copy) {
            let mut sending = Sending::new(next, export, part);
            while let Some(part) = sending.next(host).await {
                exported = end(copy.split(part.records), part.sent).and(exported);
            }
        }
        exported
    }
}

/// A request on its way to one backend.
struct Sending<'a> {
    backend: &'a Backend,
    export: Export,
    halving: Halving,
    /// Whether the requests are returned that the backend does not take.
    is_kept: bool,
    may_be_split: bool,
    /// Why the rest is not sent: the backend was not there for a part.
    given_up: Option<RejectReason>,
}

/// Records of a request that have ended.
struct Ended {
    records: u64,
    /// The request that they were in, where it is kept.
    request: Option<Bytes>,
    /// How many of them the backend rejected, or why it has none.
    sent: Result<u64, RejectReason>,
}

impl<'a> Sending<'a> {
    fn new(backend: &'a Backend, export: Export, request: Part) -> Self {
        Self {
            backend,
            export,
            halving: Halving::of(export.signal, request),
            is_kept: false,
            may_be_split: true,
            given_up: None,
        }
    }

    /// Sends on until some of the records have ended; `None` when all have.
    async fn next<H: Host>(&mut self, host: &H) -> Option<Ended> {
        while let Some(Part { request, records }) = self.halving.next() {
            let export = Export {
                records,
                ..self.export
            };
            let kept = self.is_kept.then(|| request.clone());
            let sent = match self.given_up {
                None => self.backend.send_within_limits(host, export, request).await,
                Some(reason) => {
                    let why = "what was sent before it did not arrive";
                    self.backend.give_up(host, export, why);
                    Err(reason.into())
                }
            };
            let sent = match sent {
                Ok(rejected) => {
                    self.halving.taken();
                    Ok(rejected)
                }
                Err(NotTaken::Refused { why, body }) => {
                    if self.is_split(host, records, &body) {
                        continue;
                    }
                    self.backend.refused(host, export, &why);
                    Err(RejectReason::BackendRefused)
                }
                Err(NotTaken::Lost(reason)) => {
                    if let RejectReason::RetriesExhausted | RejectReason::ConcurrencyLimit = reason
                    {
                        self.given_up = Some(reason);
                    }
                    Err(reason)
                }
            };
            return Some(Ended {
                records,
                request: kept,
                sent,
            });
        }
        None
    }

    /// Whether a part that the backend refused is sent in smaller ones.
    fn is_split<H: Host>(&mut self, host: &H, records: u64, body: &Compressed) -> bool {
        let Some(endpoint) = self.backend.endpoint().filter(|_| self.may_be_split) else {
            return false;
        };
        let request = || endpoint.decode::<H>(self.export.signal, body);
        let allowance = &self.backend.shared.splits;
        self.halving.refused(records, request, allowance, host)
    }
}

/// Ends the records of one request, some of which the backend may have rejected.
pub(super) fn end(mut ticket: Ticket, sent: Result<u64, RejectReason>) -> Result<(), RejectReason> {
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
