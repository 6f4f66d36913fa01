//! Sends the metrics of one backend one request after the other, in the order in which they came.
//!
//! A backend that wants cumulative counts, such as Prometheus, keeps one point for each time of a
//! series, and refuses a point that is older than the last one. Requests that are under way at once
//! may overtake each other, and one that is tried again is overtaken by all that come meanwhile. So
//! such a backend gets one request with metrics at a time from each core. What comes meanwhile is
//! joined into the next one, so that a slow backend makes requests larger, and not fewer points.
//!
//! A host that ends soon after a response keeps no order: its requests end with their own work, and
//! its next instance knows nothing of them.

use super::join::join;
use super::{Exporter, Routed};
use crate::batch::Batch;
use crate::host::Host;
use core::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// The metrics that wait for one backend.
#[derive(Debug, Default)]
pub(super) struct InOrder {
    waiting: RefCell<VecDeque<Batch>>,
    /// Whether some work sends them.
    is_sending: Cell<bool>,
}

/// The work that sends them, until it is dropped.
struct Sending<'a>(&'a InOrder);

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.0.is_sending.set(false);
    }
}

impl InOrder {
    /// Whether there are enough bytes for a request.
    fn is_enough(&self, enough: usize) -> bool {
        let waiting = self.waiting.borrow();
        waiting
            .iter()
            .map(|batch| batch.request.len())
            .sum::<usize>()
            >= enough
    }

    /// The next request: the first batch, and as many behind it as make `enough` bytes with it.
    fn next(&self, enough: usize) -> Option<Batch> {
        let mut waiting = self.waiting.borrow_mut();
        let mut bytes = 0;
        let fitting = waiting.iter().take_while(|batch| {
            bytes += batch.request.len();
            bytes <= enough
        });
        let fitting = fitting.count().max(1).min(waiting.len());
        join(waiting.drain(..fitting))
    }
}

impl Exporter {
    /// Exports a batch after those that came before it.
    pub(super) fn export_in_order<H: Host>(&self, host: &H, routed: Routed) {
        let position = routed.backend;
        let Some(backend) = self.backends.get(position) else {
            return;
        };
        let in_order = &backend.in_order;
        in_order.waiting.borrow_mut().push_back(routed.batch);
        if in_order.is_sending.replace(true) {
            return;
        }
        let (exporter, worker) = (self.clone(), host.clone());
        host.spawn(async move {
            let Some(backend) = exporter.backends.get(position) else {
                return;
            };
            let (in_order, joined) = (&backend.in_order, &backend.joined);
            let sending = Sending(in_order);
            loop {
                if !joined.wait.is_zero() && !in_order.is_enough(joined.enough) {
                    worker.sleep(joined.wait).await;
                }
                let Some(batch) = in_order.next(joined.enough) else {
                    break;
                };
                let routed = Routed {
                    backend: position,
                    batch,
                };
                // How it ended is counted.
                let _ = exporter.export(&worker, routed).await;
            }
            drop(sending);
        });
    }
}
