//! The work of one invocation: its response, and what the edge does beside it.

use core::cell::RefCell;
use core::fmt;
use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Work that was spawned and has not ended.
#[derive(Default)]
pub(crate) struct Work {
    tasks: RefCell<Vec<Task>>,
    /// Wakes the invocation when something is spawned outside a poll.
    waker: RefCell<Option<Waker>>,
}

/// How an invocation ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended<T> {
    /// The response, with nothing left to do.
    InTime(T),
    /// The time was over first.
    Late {
        /// The response, if there was one.
        output: Option<T>,
        /// The pieces of work that were dropped.
        cut_off: usize,
    },
}

impl Work {
    /// Adds a piece of work.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.tasks.borrow_mut().push(Box::pin(work));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Runs `response` and all that is spawned until both have ended, or until `limit` ends:
    /// then what is left is dropped, and its records are counted as abandoned.
    pub(crate) async fn with_all<T>(
        &self,
        limit: impl Future<Output = ()>,
        response: impl Future<Output = T>,
    ) -> Ended<T> {
        let (mut limit, mut response) = (pin!(limit), pin!(response));
        let mut output = None;
        poll_fn(|task| {
            self.waker.replace(Some(task.waker().clone()));
            if output.is_none()
                && let Poll::Ready(done) = response.as_mut().poll(task)
            {
                output = Some(done);
            }
            let is_idle = self.poll_all(task);
            if is_idle && let Some(output) = output.take() {
                return Poll::Ready(Ended::InTime(output));
            }
            limit.as_mut().poll(task).map(|()| Ended::Late {
                output: output.take(),
                cut_off: self.cut_off(),
            })
        })
        .await
    }

    /// Polls everything, and what that spawns. Returns whether nothing is left.
    fn poll_all(&self, task: &mut Context<'_>) -> bool {
        let mut pending = Vec::new();
        loop {
            let spawned = self.tasks.take();
            if spawned.is_empty() {
                break;
            }
            for mut work in spawned {
                if work.as_mut().poll(task).is_pending() {
                    pending.push(work);
                }
            }
        }
        let is_idle = pending.is_empty();
        self.tasks.replace(pending);
        is_idle
    }

    /// Drops what is left, and returns how much it was. Dropping may spawn more, which is
    /// dropped too.
    fn cut_off(&self) -> usize {
        let mut dropped = 0;
        loop {
            let left = self.tasks.take();
            if left.is_empty() {
                return dropped;
            }
            dropped += left.len();
        }
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Work").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;
    use std::rc::Rc;

    /// Ends when it is polled for the `polls`th time, waking itself in between.
    async fn after(mut polls: u32) {
        poll_fn(|task| {
            polls = polls.saturating_sub(1);
            task.waker().wake_by_ref();
            match polls {
                0 => Poll::Ready(()),
                _ => Poll::Pending,
            }
        })
        .await;
    }

    fn run<T>(work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let mut task = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(output) = work.as_mut().poll(&mut task) {
                return output;
            }
        }
    }

    #[test]
    fn the_response_waits_for_work_and_for_the_work_of_that() {
        let work = Rc::new(Work::default());
        let done = Rc::new(Cell::new(0));
        let response = async {
            let (inner, counted) = (Rc::clone(&work), Rc::clone(&done));
            work.spawn(async move {
                after(3).await;
                let counted_later = Rc::clone(&counted);
                inner.spawn(async move {
                    after(3).await;
                    counted_later.set(counted_later.get() + 1);
                });
                counted.set(counted.get() + 1);
            });
            "response"
        };
        let ended = run(work.with_all(after(100), response));
        assert_eq!(ended, Ended::InTime("response"));
        assert_eq!(done.get(), 2);
    }

    #[test]
    fn what_is_late_is_dropped_and_counted() {
        struct Dropped(Rc<Cell<u32>>);
        impl Drop for Dropped {
            fn drop(&mut self) {
                self.0.set(self.0.get() + 1);
            }
        }
        let work = Rc::new(Work::default());
        let drops = Rc::new(Cell::new(0));
        for polls in [2, 1000, 1000] {
            let dropped = Dropped(Rc::clone(&drops));
            work.spawn(async move {
                after(polls).await;
                drop(dropped);
            });
        }
        let ended = run(work.with_all(after(10), async { 7 }));
        assert_eq!(
            ended,
            Ended::Late {
                output: Some(7),
                cut_off: 2
            }
        );
        assert_eq!(drops.get(), 3);
    }

    #[test]
    fn a_response_that_is_late_is_none() {
        let work = Work::default();
        let ended = run(work.with_all(after(10), after(1000)));
        assert_eq!(
            ended,
            Ended::Late {
                output: None,
                cut_off: 0
            }
        );
    }
}
