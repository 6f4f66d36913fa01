//! When is a batch due?

use throughline_facts::Assembler;

/// When the batch that is open was begun.
#[derive(Debug)]
pub(crate) struct Batching {
    /// ms since the page's time origin.
    begun: Option<u32>,
}

impl Batching {
    /// None was.
    pub(crate) const fn new() -> Self {
        Self { begun: None }
    }

    /// In how many ms the batch is due; less than 0 when there is nothing to send.
    pub(crate) fn due(&mut self, assembler: &Assembler, now: u32) -> i32 {
        if assembler.is_empty() {
            return -1;
        }
        if assembler.bytes() >= FULL {
            return 0;
        }
        let age = now.saturating_sub(*self.begun.get_or_insert(now));
        if age < AGE {
            return (AGE - age).cast_signed();
        }
        // The timing of a request comes a moment after its answer. A batch waits for it a
        // little, not for ever: on a busy page one is always under way.
        if age < AGE + TIMING && assembler.awaits_timing(now.saturating_sub(TIMING)) {
            return STEP;
        }
        0
    }
}

/// ms. How long records gather.
const AGE: u32 = 5_000;
/// ms. How long a timing is waited for.
const TIMING: u32 = 1_000;
/// ms. How soon to ask again whether it has come.
const STEP: i32 = 250;
/// Bytes before compression: a few kilobytes after it, far below the 64 KiB that a
/// request may carry out of a closing page.
const FULL: usize = 32 * 1024;
