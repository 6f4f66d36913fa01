//! Keeps faults of telemetry away from the requests that it describes.

use crate::host::{Host, Level};
use crate::log_limit::LogLimit;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The output of `work`, or `None` when it panics: then that is logged. On a platform where a
/// panic cannot be caught, a Worker, the host forwards the request again
/// ([`Edge::forward_untraced`](crate::Edge::forward_untraced)).
pub(crate) fn shielded<H: Host, T>(
    host: &H,
    log_limit: &LogLimit,
    work: impl FnOnce() -> T,
) -> Option<T> {
    // Unwind safe: nothing of the request is changed by such work, and what is shared with
    // other requests is whole between two statements.
    let done = catch_unwind(AssertUnwindSafe(work)).ok();
    if done.is_none() {
        // The log may be what panicked.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            log_limit.log(host, Level::Error, FAULT, || FAULT.into());
        }));
    }
    done
}

const FAULT: &str =
    "telemetry of a proxied request failed, please report it: a panic; the request went on";
