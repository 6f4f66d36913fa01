//! What goes on after the answers, and has it ended?

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use tokio::sync::Notify;

/// Work of one core that nobody waits for until the end. Cloning gives the same.
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
            // Asked for before the count is read, so that no end is missed.
            let ended = self.ended.notified();
            if self.running.get() == 0 {
                return;
            }
            ended.await;
        }
    }

    /// How much is running.
    pub(crate) fn running(&self) -> usize {
        self.running.get()
    }
}

/// Counts one task for as long as it lives, however it ends.
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
