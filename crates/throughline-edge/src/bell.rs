//! How does one piece of work call another?

use crate::host::Ring;
use core::cell::RefCell;
use core::future::{Future, poll_fn};
use core::task::{Poll, Waker};
use std::rc::Rc;

/// A bell for work that anybody may wake.
pub(crate) fn new() -> (Ring, impl Future<Output = ()>) {
    let bell = Rc::new(RefCell::new(Bell::Silent(None)));
    let ringing = Rc::clone(&bell);
    let ring = Ring::new(move || {
        if let Bell::Silent(Some(waiting)) = ringing.replace(Bell::Rung) {
            waiting.wake();
        }
    });
    let rung = poll_fn(move |task| match &mut *bell.borrow_mut() {
        Bell::Rung => Poll::Ready(()),
        Bell::Silent(waiting) => {
            *waiting = Some(task.waker().clone());
            Poll::Pending
        }
    });
    (ring, rung)
}

#[derive(Debug)]
enum Bell {
    Silent(Option<Waker>),
    Rung,
}
