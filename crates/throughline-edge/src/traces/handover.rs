//! Gives the records of one edge to the owners of their traces, each once.

use super::floor::above;
use super::message::{Message, MessagePart};
use crate::Floor;
use crate::host::{Entropy, TraceOwnersError};
use crate::outcome::Ticket;
use crate::state::owner::Shards;
use crate::state::tail::Source;
use bytes::Bytes;
use core::cell::{Cell, RefCell};
use throughline_otlp::Signal;

/// The records of an edge that wait for the owners of their traces.
#[derive(Debug)]
pub(crate) struct Handover {
    owners: RefCell<Vec<OwnerQueue>>,
    salt: u64,
    /// The id of this edge; `None` before the first time.
    sender: Cell<Option<u64>>,
}

/// The records that wait for one owner.
#[derive(Debug, Default)]
struct OwnerQueue {
    parts: Vec<Part>,
    /// Bytes of these records and of what is being given.
    bytes: usize,
    /// The number of what is given, or was given last.
    sequence: u64,
    given: Option<Given>,
    /// Until when a request means to give them: a platform may cancel that.
    planned_until: u64,
    /// Until when a message is being given, in ns since the Unix epoch: a platform may cancel that.
    busy_until: u64,
    /// Until when nothing is given, because the owner has failed, in ns since the Unix epoch.
    paused_until: u64,
    /// The floor of the owner, as it said last, and until when it is taken for that of now, in ns
    /// since the Unix epoch.
    floor: Option<(Floor, u64)>,
}

/// Records of one project and signal.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) source: Source,
    pub(crate) project: Box<str>,
    pub(crate) request: Bytes,
    pub(crate) ticket: Ticket,
}

/// Records that are being given.
#[derive(Debug)]
struct Given {
    message: Bytes,
    parts: Vec<Part>,
    attempts: u32,
}

/// The end of an attempt to give records.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The owner has them.
    Taken,
    /// The same is to be given again.
    Again,
    /// The owner does not take these: they are judged here.
    Failed(Vec<Part>),
}

impl Handover {
    pub(crate) fn new(owners: usize, salt: u64) -> Self {
        Self {
            salt,
            owners: RefCell::new((0..owners).map(|_| OwnerQueue::default()).collect()),
            sender: Cell::new(None),
        }
    }

    /// The owners that share the traces.
    pub(crate) fn shards(&self) -> Shards {
        Shards {
            owners: self.owners.borrow().len(),
            of_none: 0,
            salt: self.salt,
        }
    }

    /// The records of a request for an owner that are not below its floor, and how many are. What
    /// is above has the floor as its threshold.
    pub(crate) fn above_floor(
        &self,
        owner: usize,
        signal: Signal,
        request: Bytes,
        now: u64,
    ) -> (Bytes, u64) {
        let owners = self.owners.borrow();
        let floor = owners.get(owner).and_then(|queue| queue.floor);
        match floor {
            Some((floor, until)) if floor != Floor::NONE && is_ahead(until, now, FLOOR_FOR) => {
                above(floor, signal, &request)
            }
            _ => (request, 0),
        }
    }

    /// Adds records for an owner. Whether the caller is to give them.
    ///
    /// # Errors
    /// The records: too many wait already, or the owner has failed a moment ago.
    pub(crate) fn put(&self, owner: usize, part: Part, now: u64) -> Result<bool, Box<Part>> {
        let mut owners = self.owners.borrow_mut();
        let Some(queue) = owners.get_mut(owner) else {
            return Err(part.into());
        };
        let bytes = queue.bytes.saturating_add(part.request.len());
        if bytes > MOST_BYTES || is_ahead(queue.paused_until, now, PAUSE) {
            return Err(part.into());
        }
        queue.bytes = bytes;
        queue.parts.push(part);
        let is_planned = is_ahead(queue.planned_until, now, LONGEST);
        if !is_planned {
            queue.planned_until = now.saturating_add(LONGEST);
        }
        Ok(!is_planned)
    }

    /// The message for an owner that is to be given now; `None` where there is none, or another
    /// request gives it.
    pub(crate) fn begin(&self, entropy: &impl Entropy, owner: usize, now: u64) -> Option<Bytes> {
        let mut owners = self.owners.borrow_mut();
        let queue = owners.get_mut(owner)?;
        queue.planned_until = 0;
        if is_ahead(queue.busy_until, now, LONGEST) {
            return None;
        }
        if queue.given.is_none() && !queue.parts.is_empty() {
            let sender = self.sender(entropy)?;
            queue.sequence += 1;
            let parts = core::mem::take(&mut queue.parts);
            let message = Message {
                sender,
                sequence: queue.sequence,
                parts: (parts.iter())
                    .map(|part| MessagePart {
                        project: &part.project,
                        signal: part.source.signal,
                        request: &part.request,
                    })
                    .collect(),
            };
            queue.given = Some(Given {
                message: message.encode().into(),
                parts,
                attempts: 0,
            });
        }
        let given = queue.given.as_mut()?;
        given.attempts += 1;
        queue.busy_until = now.saturating_add(LONGEST);
        Some(given.message.clone())
    }

    /// Ends an attempt: it is `given`, or it is not known.
    pub(crate) fn end(
        &self,
        owner: usize,
        given: Result<Floor, TraceOwnersError>,
        now: u64,
    ) -> Ended {
        let mut owners = self.owners.borrow_mut();
        let Some(queue) = owners.get_mut(owner) else {
            return Ended::Taken;
        };
        queue.busy_until = 0;
        let attempts = queue.given.as_ref().map_or(0, |given| given.attempts);
        if given.is_err() && attempts < ATTEMPTS {
            return Ended::Again;
        }
        let parts = queue.given.take().map(|given| given.parts);
        let mut parts = parts.unwrap_or_default();
        if let Ok(floor) = given {
            queue.floor = Some((floor, now.saturating_add(FLOOR_FOR)));
            queue.bytes = queue.parts.iter().map(|part| part.request.len()).sum();
            for part in parts {
                part.ticket.handed_over();
            }
            return Ended::Taken;
        }
        queue.paused_until = now.saturating_add(PAUSE);
        parts.append(&mut queue.parts);
        queue.bytes = 0;
        Ended::Failed(parts)
    }

    fn sender(&self, entropy: &impl Entropy) -> Option<u64> {
        let sender = self.sender.get().or_else(|| {
            let mut random = [0; 8];
            // Without an id of its own it waits.
            entropy.fill_random(&mut random).ok()?;
            Some(u64::from_le_bytes(random))
        });
        self.sender.set(sender);
        sender
    }
}

/// Whether a time that was set no more than `most` ns before is still to come.
fn is_ahead(time: u64, now: u64, most: u64) -> bool {
    time > now && time - now <= most
}

/// Bytes that may wait for one owner.
const MOST_BYTES: usize = 4 << 20;
/// How often the same is given.
const ATTEMPTS: u32 = 3;
/// The time in ns after which an attempt was cancelled.
const LONGEST: u64 = 30_000_000_000;
/// How long a floor is taken for that of now, in ns: an owner whose floor falls is given more soon.
const FLOOR_FOR: u64 = 5_000_000_000;
/// How long nothing is given to an owner that has failed, in ns.
const PAUSE: u64 = 10_000_000_000;
