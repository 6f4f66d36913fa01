//! Limits repeated log lines: one a minute of each kind, with a count of those left out.
//!
//! A thousand senders with a wrong key, or an upstream that is down, are one thing to act
//! on and not a thousand.

use crate::SortedMap;
use crate::host::{Clock, Level, Log};
use core::fmt::Write;
use core::time::Duration;
use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The kinds of lines that were logged recently. Cloning gives the same limit.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogLimit {
    /// Kinds are few: reasons of the edge's own, and names of the configuration.
    kinds: Arc<Mutex<SortedMap<Cow<'static, str>, Repeated>>>,
}

/// One kind of line.
#[derive(Debug, Default)]
struct Repeated {
    /// The time of its last line, in ns since the Unix epoch.
    logged_unix_nano: u64,
    /// How many there were since then.
    left_out: u64,
}

impl LogLimit {
    /// Logs a line, unless one of its kind was logged within the last minute: then it is
    /// counted, and the next line or [`LogLimit::flush`] has the count.
    pub(crate) fn log<H: Clock + Log>(
        &self,
        host: &H,
        level: Level,
        kind: impl Into<Cow<'static, str>>,
        line: impl FnOnce() -> String,
    ) {
        let now = host.now_unix_nano();
        let left_out = {
            let mut kinds = self.lock();
            let kind = kinds.or_default(kind.into());
            if !kind.is_over(now) {
                kind.left_out += 1;
                return;
            }
            kind.logged_unix_nano = now;
            core::mem::take(&mut kind.left_out)
        };
        let mut line = line();
        if left_out > 0 {
            let _ = write!(line, " (and {left_out} more since the last such line)");
        }
        host.log(level, &line);
    }

    /// Logs the counts of kinds that did not occur again after their minute.
    pub(crate) fn flush<H: Clock + Log>(&self, host: &H) {
        let now = host.now_unix_nano();
        let mut counted = Vec::new();
        for (kind, repeated) in self.lock().iter_mut() {
            if repeated.left_out > 0 && repeated.is_over(now) {
                counted.push((kind.clone(), core::mem::take(&mut repeated.left_out)));
                repeated.logged_unix_nano = now;
            }
        }
        for (kind, left_out) in counted {
            host.log(
                Level::Warning,
                &format!("{kind}: {left_out} more since the last such line"),
            );
        }
    }

    /// Nothing is left half done under this lock, so a panic elsewhere leaves it sound.
    fn lock(&self) -> MutexGuard<'_, SortedMap<Cow<'static, str>, Repeated>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Repeated {
    fn is_over(&self, now_unix_nano: u64) -> bool {
        let pause = PAUSE.as_nanos() as u64;
        now_unix_nano >= self.logged_unix_nano.saturating_add(pause)
    }
}

/// The time between two lines of one kind.
const PAUSE: Duration = Duration::from_secs(60);
