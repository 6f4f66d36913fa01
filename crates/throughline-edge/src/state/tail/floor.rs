//! The cutoff that rises while memory is short.

use crate::processor::sample::cutoff::Cutoff;
use crate::processor::sample::{Arriving, Raise};
use throughline_trace_context::sampling::Threshold;

/// A share of traces that is taken at all.
///
/// The share changes only on what arrived under that of now: what was taken before still fills
/// the memory for as long as traces wait, and would make it fall without end.
#[derive(Debug)]
pub(super) struct Floor {
    share: f64,
    /// The time of the last change, in ns.
    changed_at: u64,
    /// How long traces should wait, in ns.
    wait: u64,
}

impl Floor {
    pub(super) const fn new(wait: u64) -> Self {
        Self {
            share: 1.0,
            changed_at: 0,
            wait,
        }
    }

    /// Lowers the share, because a trace that arrived at `since` has to be decided early. Had
    /// fewer come, it could have waited for longer.
    pub(super) fn press(&mut self, now: u64, since: u64) {
        if since < self.changed_at {
            return;
        }
        let waited = (now - since) as f64 / self.wait as f64;
        self.share = (self.share * waited.clamp(0.5, 0.9)).max(LEAST);
        // Spans that arrive at this moment still have the share of before.
        self.changed_at = now + 1;
    }

    /// Doubles the share when there was room for twice as many.
    pub(super) fn relax(&mut self, now: u64, bytes: usize, max_bytes: usize) {
        let has_shown = now.saturating_sub(self.changed_at) >= self.wait;
        if self.share < 1.0 && has_shown && bytes < max_bytes / 5 * 2 {
            self.share = (2.0 * self.share).min(1.0);
            self.changed_at = now;
        }
    }

    pub(super) fn threshold(&self) -> Threshold {
        match Cutoff::of(self.share) {
            Cutoff::At(threshold) => threshold,
            // The share is never so small.
            Cutoff::Nothing => Threshold::ALWAYS,
        }
    }
}

/// The change of a record that passes a floor; `None` where it does not. Errors pass every floor.
pub(crate) fn passes(arriving: &Arriving, is_error: bool, floor: Threshold) -> Option<Raise> {
    let own = arriving.threshold.unwrap_or(Threshold::ALWAYS);
    let least = match is_error {
        true => own,
        false => own.max(floor),
    };
    least
        .keeps(arriving.randomness)
        .then(|| arriving.raised_to(least))
}

/// One of a million.
const LEAST: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;

    impl Floor {
        fn cutoff(&self) -> Cutoff {
            Cutoff::At(self.threshold())
        }
    }

    #[test]
    fn it_rises_on_what_arrived_under_it_and_falls_when_there_is_room() {
        let mut floor = Floor::new(100);
        floor.press(10, 5);
        assert_eq!(floor.cutoff(), Cutoff::of(0.5));
        floor.press(11, 6);
        assert_eq!(floor.cutoff(), Cutoff::of(0.5), "it arrived before");
        floor.press(91, 11);
        assert_eq!(
            floor.cutoff(),
            Cutoff::of(0.4),
            "it waited for most of the time"
        );
        floor.relax(150, 0, 100);
        assert_eq!(
            floor.cutoff(),
            Cutoff::of(0.4),
            "nothing has shown that yet"
        );
        floor.relax(192, 60, 100);
        assert_eq!(
            floor.cutoff(),
            Cutoff::of(0.4),
            "twice as many would not fit"
        );
        floor.relax(192, 30, 100);
        assert_eq!(floor.cutoff(), Cutoff::of(0.8));
        floor.relax(292, 30, 100);
        assert_eq!(floor.cutoff(), Cutoff::ALL);
    }
}
