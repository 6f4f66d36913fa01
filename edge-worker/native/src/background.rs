//! Runs work in the background of one core, and waits for its end.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use tokio::sync::Notify;

/// The background work of one core: exports and connections. Clones share one state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Background {
    running: Rc<Cell<usize>>,
    ended: Rc<Notify>,
}

impl Background {
    /// Starts work on this core; the caller is on its `LocalSet`.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        let running = Running::new(self);
        tokio::task::spawn_local(async move {
            work.await;
            drop(running);
        });
    }

    /// Waits until nothing is running.
    pub(crate) async fn idle(&self) {
        loop {
            // Registered before the count is read, so that no end is missed.
            let ended = self.ended.notified();
            if self.running.get() == 0 {
                return;
            }
            ended.await;
        }
    }

    /// How many pieces of work are running.
    pub(crate) fn running(&self) -> usize {
        self.running.get()
    }
}

/// Counts one task until it is dropped, however it ends.
struct Running(Background);

impl Running {
    fn new(background: &Background) -> Self {
        background.running.update(|running| running + 1);
        Self(background.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.update(|running| running - 1);
        self.0.ended.notify_waiters();
    }
}
