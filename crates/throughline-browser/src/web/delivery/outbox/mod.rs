//! Batches that wait to be sent, and when each is sent again.
//!
//! The rules are those of the page's JavaScript (npm/browser/src/delivery/outbox.ts).

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use throughline_wire::DropReason;

/// Records that were dropped, by reason.
pub(crate) type Lost = BTreeMap<DropReason, u64>;

/// A batch as it is posted. A retry sends the same bytes, with the batch id in them.
#[derive(Debug)]
pub(crate) struct Sendable {
    pub(crate) body: Rc<[u8]>,
    /// How many records are lost with it.
    pub(crate) records: u64,
    /// The counts of lost records that are in it.
    pub(crate) lost: Lost,
}

/// A request to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// Identity of the batch.
    pub(crate) id: u64,
    pub(crate) body: Rc<[u8]>,
    /// Whether the request outlives the page (`keepalive`).
    pub(crate) outlives: bool,
}

/// The receiver's response to an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    /// A status of success.
    Accepted,
    /// Another status, with the wait of `Retry-After`, ms.
    Refused { status: u16, after: Option<u64> },
    /// None in time: no network, blocked, or a receiver that hangs.
    None,
}

/// Batches, oldest first.
#[derive(Debug)]
pub(crate) struct Outbox {
    waiting: VecDeque<Waiting>,
    /// Until then the receiver is not to be asked, ms since the page's time origin.
    pause: u64,
    /// Of batches that were dropped.
    lost: Lost,
}

#[derive(Debug)]
struct Waiting {
    id: u64,
    batch: Sendable,
    failures: u32,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Resting,
    /// In flight, in a request that outlives the page or not.
    InFlight {
        outlives: bool,
    },
}

impl Outbox {
    /// An empty outbox. Requests are made within `share`: so many bytes of the 64 KiB that a browser
    /// lets outlive a page. <https://fetch.spec.whatwg.org/#http-network-or-cache-fetch>
    pub(crate) const fn new() -> Self {
        Self {
            waiting: VecDeque::new(),
            pause: 0,
            lost: Lost::new(),
        }
    }

    /// Adds a batch; the oldest one that rests goes when they are too many bytes.
    pub(crate) fn push(&mut self, batch: Sendable) {
        self.waiting.push_back(Waiting {
            id: NEXT_ID.replace(NEXT_ID.get() + 1),
            batch,
            failures: 0,
            state: State::Resting,
        });
        let bytes: usize = self.waiting.iter().map(|one| one.batch.body.len()).sum();
        if bytes > WAITING_BYTES
            && let Some(oldest) = self.waiting.iter().position(Waiting::rests)
        {
            self.drop(oldest, DropReason::Expired);
        }
    }

    /// The next request, if it is time for one: they follow one another.
    pub(crate) fn next(&mut self, now: u64, share: usize) -> Option<Attempt> {
        if now < self.pause || !self.waiting.iter().all(Waiting::rests) {
            return None;
        }
        (!self.waiting.is_empty()).then(|| self.attempt(0, share))
    }

    /// Requests for all that rests, because the page is hidden and may be gone next.
    pub(crate) fn all(&mut self, share: usize) -> Vec<Attempt> {
        (0..self.waiting.len())
            .filter(|&at| self.waiting[at].rests())
            .collect::<Vec<_>>()
            .into_iter()
            .map(|at| self.attempt(at, share))
            .collect()
    }

    /// Requests for what outlives a page that ends; the rest is dropped.
    pub(crate) fn last(&mut self, share: usize) -> Vec<Attempt> {
        let mut attempts = Vec::new();
        let mut at = 0;
        while at < self.waiting.len() {
            match self.waiting[at].state {
                State::InFlight { outlives: true } => at += 1,
                // A request that ends with the page is made again: the receiver takes a batch once.
                _ if self.fits(at, share) => {
                    attempts.push(self.attempt(at, share));
                    at += 1;
                }
                _ => self.drop(at, DropReason::PageEnded),
            }
        }
        attempts
    }

    /// The end of an attempt. `random` is from 0 to 1.
    pub(crate) fn settle(&mut self, id: u64, reply: Reply, now: u64, random: f64) {
        let Some(at) = self.waiting.iter().position(|one| one.id == id) else {
            return;
        };
        let (is_retryable, after) = match reply {
            Reply::Accepted => {
                self.waiting.remove(at);
                self.pause = 0;
                return;
            }
            // https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes
            Reply::Refused { status, after } => (matches!(status, 429 | 502..=504), after),
            Reply::None => (true, None),
        };
        let one = &mut self.waiting[at];
        one.state = State::Resting;
        one.failures += 1;
        let wait = after.unwrap_or_else(|| wait(one.failures, random));
        if !is_retryable {
            self.drop(at, DropReason::Rejected);
        } else if one.failures > RETRIES || wait > LONGEST_MS {
            self.drop(at, DropReason::Expired);
        } else {
            self.pause = now + wait;
            // The others first: it may be this one that the receiver cannot respond to.
            if let Some(one) = self.waiting.remove(at) {
                self.waiting.push_back(one);
            }
        }
    }

    /// When the next request is due, ms since the page's time origin; `None` when nothing waits.
    pub(crate) fn due(&self) -> Option<u64> {
        let is_idle = !self.waiting.is_empty() && self.waiting.iter().all(Waiting::rests);
        is_idle.then_some(self.pause)
    }

    /// The counts of what was dropped since the last call.
    pub(crate) fn take_lost(&mut self) -> Lost {
        std::mem::take(&mut self.lost)
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn attempt(&mut self, at: usize, share: usize) -> Attempt {
        let outlives = self.fits(at, share);
        let one = &mut self.waiting[at];
        one.state = State::InFlight { outlives };
        Attempt {
            id: one.id,
            body: Rc::clone(&one.batch.body),
            outlives,
        }
    }

    /// Whether a batch may outlive the page. It leaves room for counts, unless it has nothing else.
    fn fits(&self, at: usize, share: usize) -> bool {
        let in_flight = (self.waiting.iter())
            .filter(|one| one.state == State::InFlight { outlives: true })
            .map(|one| one.batch.body.len());
        let batch = &self.waiting[at].batch;
        let counts = if batch.records > 0 { COUNTS } else { 0 };
        in_flight.sum::<usize>() + batch.body.len() + counts <= share
    }

    fn drop(&mut self, at: usize, reason: DropReason) {
        let Some(Waiting { batch, .. }) = self.waiting.remove(at) else {
            return;
        };
        if batch.records > 0 {
            *self.lost.entry(reason).or_default() += batch.records;
        }
        // The counts that were in it have not arrived.
        for (reason, count) in batch.lost {
            *self.lost.entry(reason).or_default() += count;
        }
    }
}

impl Waiting {
    fn rests(&self) -> bool {
        self.state == State::Resting
    }
}

/// The wait before the next attempt, ms: it doubles, and a half of it is random, so that pages
/// that failed together do not return together.
fn wait(failures: u32, random: f64) -> u64 {
    let half = FIRST_MS << failures.min(RETRIES);
    half + (half as f64 * random) as u64
}

thread_local! {
    /// The next identity of a batch. A response may come when the client that asked has ended, and
    /// must not settle a batch of the next.
    static NEXT_ID: Cell<u64> = const { Cell::new(0) };
}

/// Bytes that are left for the counts of what no request can carry out of the page.
const COUNTS: usize = 2048;
/// How often a batch is sent again: for one to two minutes.
const RETRIES: u32 = 6;
/// Half of the shortest wait before the first retry.
const FIRST_MS: u64 = 500;
/// A page does not outlive a longer wait.
const LONGEST_MS: u64 = 300_000;
/// Bytes. A receiver that is away for long must not cost the page its memory.
const WAITING_BYTES: usize = 1 << 20;

#[cfg(test)]
mod tests;
