//! The cutoff that rises while memory is short.

use crate::processor::sample::cutoff::Cutoff;

/// A share of traces that is taken at all. It is halved in each second with too many bytes,
/// and doubled in each with few.
#[derive(Debug)]
pub(super) struct Floor {
    /// How many times the share is halved.
    halvings: u32,
    /// The time of the last change, in ns.
    changed_at: u64,
}

impl Floor {
    pub(super) const fn new() -> Self {
        Self {
            halvings: 0,
            changed_at: 0,
        }
    }

    /// Adapts to the bytes that are held, of those that may be. `now` is in ns, and only
    /// grows.
    pub(super) fn adapt(&mut self, now: u64, bytes: usize, max_bytes: usize) {
        let is_first = self.halvings == 0;
        if now.saturating_sub(self.changed_at) < STEP_NANO && !(is_first && bytes > max_bytes) {
            return;
        }
        if bytes > max_bytes / 8 * 7 && self.halvings < MAX_HALVINGS {
            self.halvings += 1;
            self.changed_at = now;
        } else if bytes < max_bytes / 2 && self.halvings > 0 {
            self.halvings -= 1;
            self.changed_at = now;
        }
    }

    pub(super) fn cutoff(&self) -> Cutoff {
        Cutoff::of((-f64::from(self.halvings)).exp2())
    }
}

const STEP_NANO: u64 = 1_000_000_000;
/// One of a million.
const MAX_HALVINGS: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_while_memory_is_short_and_falls_when_it_is_free() {
        let mut floor = Floor::new();
        floor.adapt(0, 50, 100);
        assert_eq!(floor.cutoff(), Cutoff::ALL);
        floor.adapt(1, 101, 100);
        assert_eq!(floor.cutoff(), Cutoff::of(0.5), "at once");
        floor.adapt(2, 101, 100);
        assert_eq!(floor.cutoff(), Cutoff::of(0.5), "then each second");
        floor.adapt(STEP_NANO + 1, 101, 100);
        assert_eq!(floor.cutoff(), Cutoff::of(0.25));
        floor.adapt(2 * STEP_NANO + 1, 70, 100);
        assert_eq!(floor.cutoff(), Cutoff::of(0.25), "between the two it stays");
        floor.adapt(3 * STEP_NANO + 1, 10, 100);
        floor.adapt(4 * STEP_NANO + 1, 10, 100);
        assert_eq!(floor.cutoff(), Cutoff::ALL);
    }
}
