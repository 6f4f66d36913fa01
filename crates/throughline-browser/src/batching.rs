//! Decides when a batch is due.

use throughline_facts::Reducer;

/// The time until a batch is due that began at `since`, ms; less than 0 when there is nothing to send.
pub(crate) fn due(reducer: &Reducer, since: u32, now: u32) -> i32 {
    if reducer.is_empty() {
        return -1;
    }
    if reducer.bytes() >= FULL {
        return 0;
    }
    let age = now.saturating_sub(since);
    if age < AGE {
        return (AGE - age).cast_signed();
    }
    // The timing of a request comes a moment after its response. A batch waits a little for
    // it, but not without a limit: on a busy page there is always such a request.
    if age < AGE + TIMING && reducer.awaits_timing(now.saturating_sub(TIMING)) {
        return STEP;
    }
    0
}

/// ms. How old a batch becomes.
const AGE: u32 = 5_000;
/// ms. How long a batch waits for a timing.
const TIMING: u32 = 1_000;
/// ms. The time until the next check for a timing.
const STEP: i32 = 250;
/// Bytes of facts before compression: a few kilobytes after it, far below the 64 KiB that a
/// request may carry out of a closing page.
const FULL: usize = 16 * 1024;
