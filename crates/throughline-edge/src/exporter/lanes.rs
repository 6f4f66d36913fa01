//! Who may send to the backend now, and who is next?
//!
//! A backend that hangs must not cost a connection for every batch, nor may everything
//! that waits keep looking whether it is its turn: who is done calls the next.

use crate::host::{Host, Ring};
use crate::lease::{Lease, Leases};
use crate::within::within;
use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Room for so many requests at the same time, and the queue before it.
#[derive(Debug)]
pub(crate) struct Lanes {
    leases: Arc<Leases>,
    /// By place, the first first.
    queue: RefCell<BTreeMap<u64, Ring>>,
    next: Cell<u64>,
}

/// A request may be under way until this is dropped.
#[must_use = "dropping it calls the next"]
#[derive(Debug)]
pub(crate) struct Lane {
    lanes: Rc<Lanes>,
    lease: Option<Lease>,
}

impl Lanes {
    pub(crate) fn new(limit: usize) -> Rc<Self> {
        Rc::new(Self {
            leases: Leases::new(limit),
            queue: RefCell::default(),
            next: Cell::new(0),
        })
    }

    /// Waits for a lane for a request that takes `at_most`; `None` when there is none
    /// before `last_start`, ns since the Unix epoch.
    pub(crate) async fn enter<H: Host>(
        self: &Rc<Self>,
        host: &H,
        at_most: Duration,
        last_start: u64,
    ) -> Option<Lane> {
        let mut place: Option<Place> = None;
        loop {
            let now = host.now_unix_nano();
            // Who is new stands behind all who wait.
            if (place.is_some() || self.is_queue_empty())
                && let Some(lane) = self.take(now, at_most)
            {
                if let Some(place) = &mut place {
                    place.is_served = true;
                }
                return Some(lane);
            }
            if now > last_start {
                return None;
            }
            let place = place.get_or_insert_with(|| Place::last(self));
            let (ring, rung) = host.bell();
            place.stand(ring);
            if self.leases.fits(1, now) {
                self.call_next();
            }
            // A platform may end the work of who is to call, or was called, without a word.
            // When the time of all that is under way now is up, everybody looks unasked.
            let left = Duration::from_nanos(last_start.saturating_sub(now));
            within(host, at_most.min(left) + BEYOND, rung).await;
        }
    }

    fn take(self: &Rc<Self>, now_unix_nano: u64, at_most: Duration) -> Option<Lane> {
        let at_most = u64::try_from(at_most.as_nanos()).unwrap_or(u64::MAX);
        let until = now_unix_nano.saturating_add(at_most);
        let lease = self.leases.take(1, now_unix_nano, until)?;
        Some(Lane {
            lanes: Rc::clone(self),
            lease: Some(lease),
        })
    }

    fn is_queue_empty(&self) -> bool {
        self.queue.borrow().is_empty()
    }

    fn call_next(&self) {
        let first = self.queue.borrow_mut().pop_first();
        if let Some((_, ring)) = first {
            ring.ring();
        }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        drop(self.lease.take());
        self.lanes.call_next();
    }
}

/// A place in the queue, which is kept however often its owner looks.
struct Place {
    lanes: Rc<Lanes>,
    number: u64,
    /// Its owner has a lane.
    is_served: bool,
}

impl Place {
    fn last(lanes: &Rc<Lanes>) -> Self {
        let number = lanes.next.replace(lanes.next.get() + 1);
        Self {
            lanes: Rc::clone(lanes),
            number,
            is_served: false,
        }
    }

    fn stand(&self, ring: Ring) {
        self.lanes.queue.borrow_mut().insert(self.number, ring);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let was_called = self.lanes.queue.borrow_mut().remove(&self.number).is_none();
        // What it was called to is another's then.
        if was_called && !self.is_served {
            self.lanes.call_next();
        }
    }
}

/// So that a wait does not end a moment before what it waits for.
const BEYOND: Duration = Duration::from_millis(1);
