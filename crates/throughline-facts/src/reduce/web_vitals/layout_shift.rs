//! Calculates the Cumulative Layout Shift.
//!
//! <https://github.com/GoogleChrome/web-vitals/blob/main/src/lib/LayoutShiftManager.ts>

/// Layout shifts, summed in windows that end after a second without a shift, or after five
/// seconds.
#[derive(Debug)]
pub(super) struct LayoutShift {
    /// Sum of the window that is open, in 1e-9.
    window: u64,
    /// Start of the open window, µs.
    began: u64,
    /// Last shift of the open window, µs.
    last: u64,
    /// Sum of the worst window, in 1e-9.
    pub(super) worst: u64,
}

impl LayoutShift {
    pub(super) const fn new() -> Self {
        Self {
            window: 0,
            began: 0,
            last: 0,
            worst: 0,
        }
    }

    /// Adds a shift without recent input at `at` µs, `value` in 1e-9.
    pub(super) fn add(&mut self, at: u64, value: u64) {
        let gap = at.saturating_sub(self.last);
        if self.window == 0 || gap >= GAP || at.saturating_sub(self.began) >= LENGTH {
            self.window = 0;
            self.began = at;
        }
        self.last = at;
        self.window = self.window.saturating_add(value);
        self.worst = self.worst.max(self.window);
    }
}

/// µs. <https://web.dev/articles/cls#what-is-cls>
const GAP: u64 = 1_000_000;
/// µs.
const LENGTH: u64 = 5_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn worst(shifts: &[(u64, u64)]) -> u64 {
        let mut all = LayoutShift::new();
        for &(at, value) in shifts {
            all.add(at * 1000, value);
        }
        all.worst
    }

    #[test]
    fn a_window_ends_after_a_second_without_a_shift() {
        assert_eq!(worst(&[(0, 50), (999, 50)]), 100);
        assert_eq!(worst(&[(0, 50), (1000, 50)]), 50);
    }

    #[test]
    fn a_window_ends_after_five_seconds() {
        let steady = [0, 900, 1800, 2700, 3600, 4500, 5000].map(|at| (at, 10));
        assert_eq!(worst(&steady), 60);
    }

    #[test]
    fn the_worst_window_counts() {
        assert_eq!(worst(&[(0, 300), (2000, 100), (4000, 100)]), 300);
    }
}
