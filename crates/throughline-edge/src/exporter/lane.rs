//! May one more request be sent to the backend now?

use crate::host::Host;
use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::collections::BTreeMap;

/// Room for so many requests at the same time: a backend that hangs must not cost a
/// connection for every batch.
#[derive(Debug)]
pub(crate) struct Lanes {
    limit: usize,
    /// Until when each request has its room at most, ns since the Unix epoch. A platform
    /// may end work without a word, and room must not be lost with it.
    taken: RefCell<BTreeMap<u64, u64>>,
    next: Cell<u64>,
}

/// Room for one request, until it is dropped.
#[must_use = "dropping it lets the next request go"]
#[derive(Debug)]
pub(crate) struct Lane<'a> {
    lanes: &'a Lanes,
    id: u64,
}

impl Lanes {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(1),
            taken: RefCell::default(),
            next: Cell::new(0),
        }
    }

    /// Waits for room for a request that takes `at_most`; `None` when there is none before
    /// `last_start`, ns since the Unix epoch.
    ///
    /// Everybody looks for himself and nobody is woken by another: on Workers the work of
    /// one request must not wake that of another.
    pub(crate) async fn enter<H: Host>(
        &self,
        host: &H,
        at_most: Duration,
        last_start: u64,
    ) -> Option<Lane<'_>> {
        loop {
            let now = host.now_unix_nano();
            if let Some(lane) = self.try_enter(at_most, now) {
                return Some(lane);
            }
            if now > last_start {
                return None;
            }
            host.sleep(LOOK_AGAIN).await;
        }
    }

    fn try_enter(&self, at_most: Duration, now: u64) -> Option<Lane<'_>> {
        let mut taken = self.taken.borrow_mut();
        taken.retain(|_, until| *until > now);
        if taken.len() >= self.limit {
            return None;
        }
        let id = self.next.replace(self.next.get() + 1);
        let nanos = u64::try_from(at_most.as_nanos()).unwrap_or(u64::MAX);
        taken.insert(id, now.saturating_add(nanos));
        Some(Lane { lanes: self, id })
    }
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        self.lanes.taken.borrow_mut().remove(&self.id);
    }
}

const LOOK_AGAIN: Duration = Duration::from_millis(20);
