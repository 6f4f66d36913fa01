//! Watches the serving threads: a thread that dies makes the health check fail, and while the
//! program starts or ends it is not ready for requests.
//!
//! The other threads continue to serve. The program does not replace a dead thread: shared
//! state may be wrong after a panic, and the platform can restart the program.

use crate::log;
use std::any::Any;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use throughline_edge::host::Level;

/// The health of the program. Clones share one state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Health(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// Whether there are failures; every request reads it, without the lock.
    failed: AtomicBool,
    failures: Mutex<Vec<String>>,
    /// Threads that do not serve yet.
    starting: AtomicUsize,
    ending: AtomicBool,
}

impl Health {
    /// Runs `work` on this thread. Logs and records its panic or error, under the name
    /// `part`.
    pub(crate) fn supervise<E: Display>(&self, part: &str, work: impl FnOnce() -> Result<(), E>) {
        // Unwind safe: the thread ends, and nothing uses its state again.
        let reason = match catch_unwind(AssertUnwindSafe(work)) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(panic) => format!("panicked: {}", message_of(panic.as_ref())),
        };
        let failure = format!("{part} died: {reason}");
        log::line(
            Level::Error,
            &format!("{failure}; health checks fail from now on, restart the program"),
        );
        self.lock().push(failure);
        self.0.failed.store(true, Ordering::Release);
    }

    /// Waits for this many threads to serve.
    pub(crate) fn expect(&self, threads: usize) {
        self.0.starting.store(threads, Ordering::Release);
    }

    /// A thread serves now.
    pub(crate) fn started(&self) {
        let one_less = |starting: usize| starting.checked_sub(1);
        // A thread that nobody waits for may start too.
        let _ = (self.0.starting).fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less);
    }

    /// The program ends, after the requests that have arrived.
    pub(crate) fn end(&self) {
        self.0.ending.store(true, Ordering::Release);
    }

    /// Why requests should go elsewhere; `None` while they may come.
    pub(crate) fn unready(&self) -> Option<String> {
        if self.0.ending.load(Ordering::Acquire) {
            return Some("the program ends".into());
        }
        match self.0.starting.load(Ordering::Acquire) {
            0 => self.failure(),
            _ => Some("the program starts".into()),
        }
    }

    /// The parts that died, each with its reason; `None` while all of them run.
    pub(crate) fn failure(&self) -> Option<String> {
        let failed = self.0.failed.load(Ordering::Acquire);
        failed.then(|| self.lock().join("\n"))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0
            .failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The message of a panic.
pub(crate) fn message_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::thread;

    #[test]
    fn a_thread_that_panics_or_fails_is_recorded_and_one_that_ends_is_not() {
        let health = Health::default();
        let run = |part: &'static str, work: fn() -> io::Result<()>| {
            let health = health.clone();
            let thread = thread::spawn(move || health.supervise(part, work));
            thread
                .join()
                .expect("the panic does not leave the supervisor");
        };
        run("core 1", || Ok(()));
        assert_eq!(health.failure(), None);
        run("core 2", || panic!("index out of bounds"));
        run("core 3", || Err(io::Error::other("too many open files")));
        assert_eq!(
            health.failure().as_deref(),
            Some("core 2 died: panicked: index out of bounds\ncore 3 died: too many open files")
        );
    }

    #[test]
    fn requests_may_come_while_all_threads_serve_and_none_has_died() {
        let health = Health::default();
        health.expect(2);
        health.started();
        assert_eq!(health.unready().as_deref(), Some("the program starts"));
        assert_eq!(health.failure(), None);
        health.started();
        assert_eq!(health.unready(), None);
        health.supervise("core 2", || Err(io::Error::other("too many open files")));
        assert_eq!(health.unready(), health.failure());
        health.end();
        assert_eq!(health.unready().as_deref(), Some("the program ends"));
    }
}
