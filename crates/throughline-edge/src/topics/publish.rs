//! Puts batches into the topics of their signals.

use super::BySignal;
use crate::batch::Batch;
use crate::host::{Host, Level, TopicMessage, Topics, join_all};
use crate::log_limit::LogLimit;
use crate::outcome::{RejectReason, Ticket};
use crate::state::owner::divide_by_trace;
use bytes::Bytes;
use core::cell::Cell;
use core::future::Future;
use throughline_otlp::Signal;
use throughline_otlp::split::{Limits, split};
use throughline_trace_context::TraceId;

/// The result of putting batches into their topics.
#[derive(Debug)]
#[must_use = "the sender is told what is not in its topic"]
pub(crate) struct Published {
    /// Whether every record that fits is in its topic; the sender may send again otherwise.
    pub(crate) is_stored: bool,
    /// Records that are larger than a message of their topic may be, and are rejected for it.
    pub(crate) too_large: BySignal<u64>,
}

/// Puts batches into their topics, and waits until they are there. The records are handed over, or
/// rejected where the topic did not take them.
pub(crate) async fn publish<H: Host>(
    host: &H,
    topics: &H::Topics,
    log_limit: &LogLimit,
    batches: Vec<Batch>,
) -> Published {
    let mut puts = Vec::new();
    let mut bytes = 0;
    let all_stored = Cell::new(true);
    let mut too_large = BySignal::default();
    for batch in batches {
        let project = (batch.sender.project.as_ref()).map_or("", |project| project.name());
        let most = topics.max_value_bytes();
        let mut ticket = batch.ticket;
        for (trace, value, records) in messages(batch.signal, batch.request, ticket.records(), most)
        {
            let ticket = ticket.split(records);
            if value.len() > most {
                reject_too_large(host, log_limit, batch.signal, ticket);
                let of_signal = too_large.get(batch.signal) + records;
                too_large.set(batch.signal, of_signal);
                continue;
            }
            let message = TopicMessage {
                signal: batch.signal,
                trace,
                project: project.into(),
                value,
            };
            bytes += message.value.len();
            puts.push(put(host, topics, log_limit, message, ticket));
            // A request that is divided repeats its resources: it may be larger than it was.
            if bytes > MOST_BYTES {
                bytes = 0;
                all(core::mem::take(&mut puts), &all_stored).await;
            }
        }
    }
    all(puts, &all_stored).await;
    Published {
        is_stored: all_stored.get(),
        too_large,
    }
}

async fn all(puts: Vec<impl Future<Output = bool>>, all_stored: &Cell<bool>) {
    let puts = puts.into_iter().map(|put| async {
        if !put.await {
            all_stored.set(false);
        }
    });
    join_all(puts).await;
}

async fn put<H: Host>(
    host: &H,
    topics: &H::Topics,
    log_limit: &LogLimit,
    message: TopicMessage,
    ticket: Ticket,
) -> bool {
    let (signal, records) = (message.signal, ticket.records());
    match topics.put(message).await {
        Ok(()) => {
            ticket.handed_over();
            true
        }
        Err(error) => {
            log_limit.log(host, Level::Error, "batches that a topic did not take", || {
                format!("{records} records of {signal} are refused, their sender may send again: {error}")
            });
            ticket.rejected(RejectReason::TopicUnavailable);
            false
        }
    }
}

/// Counts a record that no message holds. Sent again it would be as large.
fn reject_too_large<H: Host>(host: &H, log_limit: &LogLimit, signal: Signal, ticket: Ticket) {
    let records = ticket.records();
    log_limit.log(host, Level::Warning, "records too large for a topic", || {
        format!("{records} records of {signal} are lost: one alone is larger than a message of its topic may be")
    });
    ticket.rejected(RejectReason::RecordTooLarge);
}

/// The messages of an inspected request, each with its trace and the number of records.
fn messages(
    signal: Signal,
    request: Bytes,
    records: u64,
    most: usize,
) -> Vec<(Option<TraceId>, Bytes, u64)> {
    let of_traces = match signal {
        Signal::Traces | Signal::Logs => divide_by_trace(signal, &request),
        Signal::Metrics => vec![(None, request, records)],
    };
    let mut messages = Vec::new();
    for (trace, value, records) in of_traces {
        if value.len() <= most {
            messages.push((trace, value, records));
            continue;
        }
        let limits = Limits {
            bytes: most,
            records: 0,
        };
        match split(signal, &value, limits) {
            Ok(parts) => messages
                .extend((parts.into_iter()).map(|part| (trace, part.request.into(), part.records))),
            // Not in an inspected request.
            Err(_) => messages.push((trace, value, records)),
        }
    }
    messages
}

/// Bytes of one request that wait for the broker at the same time.
const MOST_BYTES: usize = 4 << 20;
