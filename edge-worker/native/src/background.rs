//! Runs work in the background of one core, and waits for its end.

use crate::{health, log};
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Poll;
use throughline_edge::host::Level;
use tokio::sync::Notify;

/// The background work of one core: exports and connections. Clones share one state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Background {
    running: Rc<Cell<usize>>,
    ended: Rc<Notify>,
}

impl Background {
    /// Starts work on this core; the caller is on its `LocalSet`. A panic of the work ends it
    /// alone, and is logged; what it held is dropped, and counted as abandoned.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        let running = Running::new(self);
        tokio::task::spawn_local(async move {
            let mut work = Box::pin(work);
            // Unwind safe: the work is not polled again.
            let end =
                poll_fn(
                    |task| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(task))) {
                        Ok(polled) => polled.map(Ok),
                        Err(panic) => Poll::Ready(Err(panic)),
                    },
                );
            if let Err(panic) = end.await {
                let message = health::message_of(panic.as_ref());
                let line = format!("work in the background failed, please report it: {message}");
                log::line(Level::Error, &line);
            }
            drop(work);
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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::task::{LocalSet, yield_now};

    #[tokio::test]
    async fn a_panic_ends_its_work_alone() {
        let background = Background::default();
        let done = Rc::new(Cell::new(false));
        let work = async {
            background.spawn(async {
                yield_now().await;
                panic!("at a bad index");
            });
            let done = Rc::clone(&done);
            background.spawn(async move {
                for _ in 0..3 {
                    yield_now().await;
                }
                done.set(true);
            });
            background.idle().await;
        };
        LocalSet::new().run_until(work).await;
        assert!(done.get());
        assert_eq!(background.running(), 0);
    }
}
