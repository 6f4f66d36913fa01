//! The executor of the simulated host: runs tasks and moves the clock.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Runs futures by polling all of them in turn; when none makes progress, the clock moves
/// to the next timer. Cloning gives the same executor.
#[derive(Clone)]
pub struct Executor {
    tasks: Rc<RefCell<Vec<Task>>>,
    /// Timers that have not fired: id and time.
    timers: Rc<RefCell<BTreeMap<u64, u64>>>,
    now_unix_nano: Rc<Cell<u64>>,
    next_timer: Rc<Cell<u64>>,
    /// Grows with each event that another task may wait for.
    progress: Rc<Cell<u64>>,
}

impl Executor {
    /// An executor whose clock starts at this time.
    pub fn new(now_unix_nano: u64) -> Self {
        Self {
            tasks: Rc::default(),
            timers: Rc::default(),
            now_unix_nano: Rc::new(Cell::new(now_unix_nano)),
            next_timer: Rc::default(),
            progress: Rc::default(),
        }
    }

    /// The time, ns since the Unix epoch.
    pub fn now_unix_nano(&self) -> u64 {
        self.now_unix_nano.get()
    }

    /// The number of timers set so far. Code that polls sets many.
    pub fn timers_begun(&self) -> u64 {
        self.next_timer.get()
    }

    /// Adds a task.
    pub fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.tasks.borrow_mut().push(Box::pin(work));
        // The clock does not move before it has begun.
        self.record_progress();
    }

    /// Waits until the clock has moved by `duration`.
    pub fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + use<> {
        let id = self.next_timer.get();
        self.next_timer.set(id + 1);
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let until = self.now_unix_nano().saturating_add(nanos);
        self.timers.borrow_mut().insert(id, until);
        Sleep {
            executor: self.clone(),
            id,
            until,
        }
    }

    /// Runs a future, and the tasks it spawns, until the future is done.
    ///
    /// `None` when every task waits and no timer is left.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        loop {
            if let Poll::Ready(done) = work.as_mut().poll(&mut context()) {
                return Some(done);
            }
            if !self.advance() {
                return None;
            }
        }
    }

    /// Runs the spawned tasks until none can make progress.
    pub fn run_until_idle(&self) {
        while self.advance() {}
    }

    /// Polls every task once; moves the clock when none made progress. `false` when there is
    /// no timer either.
    fn advance(&self) -> bool {
        let before = self.progress.get();
        let tasks = core::mem::take(&mut *self.tasks.borrow_mut());
        for mut task in tasks {
            if task.as_mut().poll(&mut context()).is_pending() {
                self.tasks.borrow_mut().push(task);
            } else {
                self.record_progress();
            }
        }
        if self.progress.get() != before {
            return true;
        }
        let next = self.timers.borrow().values().min().copied();
        let Some(next) = next else { return false };
        self.now_unix_nano.set(next.max(self.now_unix_nano()));
        true
    }

    fn record_progress(&self) {
        self.progress.set(self.progress.get() + 1);
    }
}

struct Sleep {
    executor: Executor,
    id: u64,
    until: u64,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.executor.now_unix_nano() < self.until {
            return Poll::Pending;
        }
        self.executor.record_progress();
        Poll::Ready(())
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.executor.timers.borrow_mut().remove(&self.id);
    }
}

/// All tasks are polled in turn, so none needs a waker.
fn context() -> Context<'static> {
    Context::from_waker(Waker::noop())
}
