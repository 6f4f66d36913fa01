//! Stores batches in the durable queue of the platform, and exports what comes out of it.
//!
//! A batch is split into messages, and its records are handed over once a message is stored. They
//! are taken up when a delivery of the message ends: until then a message may be delivered any
//! number of times and nothing is counted. Whether a message is stored is known once the queue has
//! responded: until then its batch is not exported directly, because it would arrive twice.

mod message;
mod take_up;

use super::attempt::Endpoint;
use super::backend::{Backend, Part};
use super::{Exporter, Routed};
use crate::batch::Batch;
use crate::host::{DurableQueue, Host, Level, QueueError, timeout};
use crate::time::nanos;
use bytes::Bytes;
use core::time::Duration;
use message::Message;
use std::rc::Rc;
use throughline_otlp::Signal;
use throughline_otlp::split::{Limits, split};

impl Exporter {
    /// Stores batches in the durable queue, where their backends want it. Returns what is to be
    /// exported directly: all other batches, and what the queue did not take.
    pub(crate) async fn hand_over<H: Host>(&self, host: &H, routed: Vec<Routed>) -> Vec<Routed> {
        let mut direct = Vec::new();
        let mut puts = Puts {
            until: host
                .now_unix_nano()
                .saturating_add(nanos(put_timeout(host))),
            has_failed: false,
        };
        for batch in routed {
            match (self.durable(&batch), host.queue()) {
                (Some((backend, endpoint)), Some(queue)) => {
                    let left = store(host, queue, backend, endpoint, batch, &mut puts).await;
                    direct.extend(left);
                }
                _ => direct.push(batch),
            }
        }
        direct
    }

    /// Whether a batch goes through the durable queue.
    pub(crate) fn is_durable(&self, routed: &Routed) -> bool {
        self.durable(routed).is_some()
    }

    /// Whether a batch is stored in the queue, for a backend that takes it.
    pub(crate) fn stores(&self, batch: &Batch) -> bool {
        let takers = self.takers(batch);
        let mut backends = takers.iter().filter_map(|at| self.backends.get(*at));
        backends.any(|backend| backend.is_durable)
    }

    fn durable(&self, routed: &Routed) -> Option<(&Backend, &Endpoint)> {
        let backend = self.backends.get(routed.backend)?;
        // The report of the counts must know whether a backend has it.
        let is_durable = backend.is_durable && routed.batch.ticket.is_counted();
        Some((backend, is_durable.then(|| backend.endpoint())??))
    }
}

/// The messages of one piece of work: a queue that failed is not asked again, so that what is left
/// is exported while there is time.
struct Puts {
    /// When the queue must have responded, in ns since the Unix epoch.
    until: u64,
    has_failed: bool,
}

impl Puts {
    async fn put<H: Host>(
        &mut self,
        host: &H,
        queue: &H::Queue,
        message: Bytes,
    ) -> Result<(), NotStored> {
        if self.has_failed {
            return Err(NotStored::Queue(None));
        }
        let left = self.until.saturating_sub(host.now_unix_nano());
        let stored = timeout(host, Duration::from_nanos(left), queue.put(message)).await;
        let result = match stored {
            Some(stored) => stored.map_err(|error| NotStored::Queue(Some(error))),
            None => Err(NotStored::TooSlow),
        };
        self.has_failed = result.is_err();
        result
    }
}

/// Why a message is not in the queue.
#[derive(Debug, thiserror::Error)]
enum NotStored {
    #[error("a record of it is larger than a message")]
    TooLarge,
    #[error("the durable queue did not respond in time")]
    TooSlow,
    /// Without an error: the queue had failed just before.
    #[error("{}", .0.as_ref().map_or_else(|| String::from("the durable queue has just failed"), ToString::to_string))]
    Queue(Option<QueueError>),
}

/// Stores one batch, in as many messages as it takes. Returns what was not stored.
async fn store<H: Host>(
    host: &H,
    queue: &H::Queue,
    backend: &Backend,
    endpoint: &Endpoint,
    routed: Routed,
    puts: &mut Puts,
) -> Vec<Routed> {
    let Batch {
        signal,
        request,
        mut ticket,
        sender,
    } = routed.batch;
    let mut left = Vec::new();
    let mut parts = backend.parts(signal, request, &mut ticket);
    parts.reverse();
    while let Some(Part { request, records }) = parts.pop() {
        let message = message(backend, endpoint, signal, &request, records);
        let most = queue.max_message_bytes();
        if message.len() > most
            && let Some(smaller) = smaller(signal, &request, records, (message.len(), most))
        {
            parts.extend(smaller.into_iter().rev());
            continue;
        }
        let ticket = ticket.split(records);
        let stored = match message.len() > most {
            true => Err(NotStored::TooLarge),
            false => puts.put(host, queue, message).await,
        };
        match stored {
            Ok(()) => ticket.handed_over(),
            Err(why) => {
                // Not the text of the platform, which may be another each time.
                let kind = match why {
                    NotStored::TooLarge => "batches that are too large for the durable queue",
                    NotStored::TooSlow | NotStored::Queue(_) => "batches that are not stored",
                };
                backend.log_limit.log(host, Level::Warning, kind, || {
                    format!("{records} records of {signal} are exported directly: {why}")
                });
                left.push(Routed {
                    backend: routed.backend,
                    batch: Batch {
                        signal,
                        request,
                        ticket,
                        sender: Rc::clone(&sender),
                    },
                });
            }
        }
    }
    left
}

fn message(
    backend: &Backend,
    endpoint: &Endpoint,
    signal: Signal,
    request: &Bytes,
    records: u64,
) -> Bytes {
    let body = endpoint.compress(request.clone());
    let content_encoding = body.content_encoding.as_ref();
    let message = Message {
        backend: backend.name.as_deref().unwrap_or_default(),
        signal,
        records,
        content_encoding: content_encoding
            .and_then(|name| name.to_str().ok())
            .unwrap_or_default(),
        request_bytes: request.len(),
        body: &body.bytes,
    };
    message.encode().into()
}

/// The parts of a request whose message has `bytes` bytes where it may have `most`; `None` when
/// it cannot be split.
fn smaller(
    signal: Signal,
    request: &Bytes,
    records: u64,
    (bytes, most): (usize, usize),
) -> Option<Vec<Part>> {
    if records < 2 {
        return None;
    }
    // What compresses less well than the whole is split once more.
    let limits = Limits {
        bytes: 0,
        records: (records * most as u64 / bytes as u64).clamp(1, records / 2),
    };
    let parts = split(signal, request, limits).ok()?;
    let parts = parts.into_iter().map(|part| Part {
        request: part.request.into(),
        records: part.records,
    });
    Some(parts.collect())
}

/// How long the messages of one request may take to be stored.
fn put_timeout<H: Host>(host: &H) -> Duration {
    match host.delays_response() {
        true => PUT_TIMEOUT_BEFORE_RESPONSE,
        false => PUT_TIMEOUT,
    }
}

/// How long a response waits for the durable queue, where it does not wait for all work.
pub(crate) const STORE_TIMEOUT: Duration = Duration::from_secs(5);
/// Batches wait in memory after the response. Of the 30 s that a Worker has for it, the rest is for
/// an export with the default timeout.
const PUT_TIMEOUT: Duration = Duration::from_secs(15);
/// The sender waits for the export as well.
const PUT_TIMEOUT_BEFORE_RESPONSE: Duration = Duration::from_secs(4);
