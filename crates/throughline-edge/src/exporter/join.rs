//! Joins small batches into one request, where the host lives on after a response.

use crate::SortedMap;
use crate::batch::Batch;
use core::cell::RefCell;
use core::time::Duration;
use throughline_otlp::Signal;

/// The batches that wait to be sent together, by signal.
#[derive(Debug)]
pub(super) struct Joined {
    /// How long the first of them waits.
    pub(super) wait: Duration,
    /// Bytes that are enough for a request.
    pub(super) enough: usize,
    waiting: RefCell<SortedMap<Signal, Vec<Batch>>>,
}

/// The work that is left after a batch was added.
#[derive(Debug)]
pub(super) enum Added {
    /// Nothing: what waits is sent by the request that added the first.
    Waits,
    /// The batch is the first: what waits is to be sent after [`Joined::wait`].
    First,
    /// There is enough for a request.
    Enough(Batch),
}

impl Joined {
    /// Batches that wait for `wait_ms` at most, and until there are `max_bytes` (0: no limit
    /// of the backend's).
    pub(super) fn new(wait_ms: u64, max_bytes: usize) -> Self {
        Self {
            wait: Duration::from_millis(wait_ms),
            enough: match max_bytes {
                0 => ENOUGH_BYTES,
                limit => limit.min(ENOUGH_BYTES),
            },
            waiting: RefCell::default(),
        }
    }

    /// Adds a batch.
    pub(super) fn add(&self, batch: Batch) -> Added {
        let signal = batch.signal;
        let mut waiting = self.waiting.borrow_mut();
        let batches = waiting.or_default(signal);
        batches.push(batch);
        let bytes: usize = batches.iter().map(|batch| batch.request.len()).sum();
        let is_first = batches.len() == 1;
        drop(waiting);
        if bytes >= self.enough
            && let Some(joined) = self.take(signal)
        {
            return Added::Enough(joined);
        }
        match is_first {
            true => Added::First,
            false => Added::Waits,
        }
    }

    /// Takes what waits, as one batch.
    pub(super) fn take(&self, signal: Signal) -> Option<Batch> {
        let batches = self.waiting.borrow_mut().remove(&signal)?;
        join(batches)
    }
}

/// One batch of several of one signal and backend, in their order.
pub(super) fn join(batches: impl IntoIterator<Item = Batch>) -> Option<Batch> {
    let mut batches = batches.into_iter();
    let mut first = batches.next()?;
    let rest: Vec<Batch> = batches.collect();
    if rest.is_empty() {
        return Some(first);
    }
    // The groups of a request are one repeated field: requests one after the other are a
    // request. <https://protobuf.dev/programming-guides/encoding/#last-one-wins>
    let bytes = rest.iter().map(|batch| batch.request.len()).sum::<usize>();
    let mut request = Vec::with_capacity(first.request.len() + bytes);
    request.extend_from_slice(&first.request);
    for batch in rest {
        request.extend_from_slice(&batch.request);
        first.ticket.join(batch.ticket);
    }
    first.request = request.into();
    Some(first)
}

/// Bytes of a request that is not made larger.
const ENOUGH_BYTES: usize = 1 << 20;
