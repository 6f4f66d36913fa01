//! Notifications: one piece of work wakes another, once.

use core::cell::RefCell;
use core::fmt;
use core::future::{Future, poll_fn};
use core::task::{Poll, Waker};
use std::rc::Rc;

/// Wakes the work that waits for it, once. Dropping it wakes nothing.
pub struct Notifier(Box<dyn FnOnce()>);

impl Notifier {
    /// A notifier that calls `wake`, which makes the future that belongs to it end, now
    /// or when it is polled next.
    pub fn new(wake: impl FnOnce() + 'static) -> Self {
        Self(Box::new(wake))
    }

    pub(crate) fn notify(self) {
        (self.0)();
    }
}

impl fmt::Debug for Notifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Notifier").finish_non_exhaustive()
    }
}

/// A notifier and its future, for a platform on which any work of a thread may wake any
/// other.
pub fn local() -> (Notifier, impl Future<Output = ()>) {
    let state = Rc::new(RefCell::new(State::Waiting(None)));
    let notified = Rc::clone(&state);
    let notifier = Notifier::new(move || {
        if let State::Waiting(Some(waker)) = notified.replace(State::Notified) {
            waker.wake();
        }
    });
    let notification = poll_fn(move |task| match &mut *state.borrow_mut() {
        State::Notified => Poll::Ready(()),
        State::Waiting(waker) => {
            *waker = Some(task.waker().clone());
            Poll::Pending
        }
    });
    (notifier, notification)
}

#[derive(Debug)]
enum State {
    Waiting(Option<Waker>),
    Notified,
}
