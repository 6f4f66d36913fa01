//! Limits how many exports run at once.
//!
//! A backend that hangs must not cost a connection for every batch, and the batches that
//! wait must not poll for their turn: a finished export wakes the next in the queue.

use crate::host::{Host, Notifier, timeout};
use crate::lease::{Lease, Leases};
use crate::time::nanos;
use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// A limit on concurrent requests, and the queue of those that wait.
#[derive(Debug)]
pub(crate) struct ConcurrencyLimit {
    leases: Arc<Leases>,
    /// By position, the first first.
    queue: RefCell<BTreeMap<u64, Notifier>>,
    next: Cell<u64>,
}

/// Permission for one request, until it is dropped.
#[must_use = "dropping a permit wakes the next in the queue"]
#[derive(Debug)]
pub(crate) struct Permit {
    limit: Rc<ConcurrencyLimit>,
    lease: Option<Lease>,
}

impl ConcurrencyLimit {
    pub(crate) fn new(limit: usize) -> Rc<Self> {
        Rc::new(Self {
            leases: Leases::new(limit),
            queue: RefCell::default(),
            next: Cell::new(0),
        })
    }

    /// Waits for a permit for a request that takes `at_most`; `None` when there is none
    /// before `last_start`, in ns since the Unix epoch.
    pub(crate) async fn acquire<H: Host>(
        self: &Rc<Self>,
        host: &H,
        at_most: Duration,
        last_start: u64,
    ) -> Option<Permit> {
        let mut position: Option<Position> = None;
        loop {
            let now = host.now_unix_nano();
            // A new request queues behind those that wait.
            if (position.is_some() || self.is_queue_empty())
                && let Some(permit) = self.take(now, at_most)
            {
                if let Some(position) = &mut position {
                    position.is_served = true;
                }
                return Some(permit);
            }
            if now > last_start {
                return None;
            }
            let position = position.get_or_insert_with(|| Position::last(self));
            let (notifier, notified) = host.notification();
            position.wait_with(notifier);
            if self.leases.fits(1, now) {
                self.notify_next();
            }
            // A platform may cancel the work that is to notify, or was notified, without
            // dropping it. When all that runs now has expired, every waiter checks again.
            let left = Duration::from_nanos(last_start.saturating_sub(now));
            timeout(host, at_most.min(left) + MARGIN, notified).await;
        }
    }

    fn take(self: &Rc<Self>, now_unix_nano: u64, at_most: Duration) -> Option<Permit> {
        let until = now_unix_nano.saturating_add(nanos(at_most));
        let lease = self.leases.take(1, now_unix_nano, until)?;
        Some(Permit {
            limit: Rc::clone(self),
            lease: Some(lease),
        })
    }

    fn is_queue_empty(&self) -> bool {
        self.queue.borrow().is_empty()
    }

    fn notify_next(&self) {
        let first = self.queue.borrow_mut().pop_first();
        if let Some((_, notifier)) = first {
            notifier.notify();
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        drop(self.lease.take());
        self.limit.notify_next();
    }
}

/// A position in the queue. A waiter keeps it when it wakes without getting a permit.
struct Position {
    limit: Rc<ConcurrencyLimit>,
    number: u64,
    /// Whether its waiter has a permit.
    is_served: bool,
}

impl Position {
    fn last(limit: &Rc<ConcurrencyLimit>) -> Self {
        let number = limit.next.replace(limit.next.get() + 1);
        Self {
            limit: Rc::clone(limit),
            number,
            is_served: false,
        }
    }

    fn wait_with(&self, notifier: Notifier) {
        let mut queue = self.limit.queue.borrow_mut();
        queue.insert(self.number, notifier);
    }
}

impl Drop for Position {
    fn drop(&mut self) {
        let was_notified = self.limit.queue.borrow_mut().remove(&self.number).is_none();
        // The notification passes to the next waiter.
        if was_notified && !self.is_served {
            self.limit.notify_next();
        }
    }
}

/// Added to a wait, so that it does not end a moment before what it waits for.
const MARGIN: Duration = Duration::from_millis(1);
