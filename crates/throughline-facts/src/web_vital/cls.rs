//! How much did the page jump about?
//!
//! <https://github.com/GoogleChrome/web-vitals/blob/main/src/onCLS.ts>

use super::Measurement;

/// Layout shifts, gathered in windows that end with a second of quiet, or after five.
#[derive(Debug, Default)]
pub(super) struct LayoutShift {
    /// Sum of the window that is open, in 1e-9.
    window: u64,
    window_began: u64,
    last: u64,
    /// Sum of the worst window, in 1e-9.
    worst: u64,
    reported: Option<u64>,
}

impl LayoutShift {
    /// A shift without recent input at `at` µs, `value` in 1e-9.
    pub(super) fn add(&mut self, at: u64, value: u64) {
        let goes_on = self.window > 0
            && at.saturating_sub(self.last) < GAP
            && at.saturating_sub(self.window_began) < LENGTH;
        if goes_on {
            self.window = self.window.saturating_add(value);
        } else {
            self.window = value;
            self.window_began = at;
        }
        self.last = at;
        self.worst = self.worst.max(self.window);
    }

    /// The score, when it has changed since it was last asked.
    pub(super) fn measure(&mut self) -> Option<Measurement> {
        if self.reported == Some(self.worst) {
            return None;
        }
        let before = self.reported.replace(self.worst).unwrap_or(0);
        Some(Measurement {
            name: "cls",
            value: score(self.worst),
            delta: score(self.worst - before),
            thresholds: THRESHOLDS,
        })
    }
}

const fn score(billionths: u64) -> f64 {
    billionths as f64 / 1e9
}

/// µs. <https://web.dev/articles/cls#what-is-cls>
const GAP: u64 = 1_000_000;
/// µs.
const LENGTH: u64 = 5_000_000;
/// <https://web.dev/articles/cls>
const THRESHOLDS: [f64; 2] = [0.1, 0.25];

#[cfg(test)]
mod tests {
    use super::*;

    fn value(shifts: &[(u64, u64)]) -> f64 {
        let mut all = LayoutShift::default();
        for &(at, value) in shifts {
            all.add(at * 1000, value * 1_000_000);
        }
        all.measure().expect("a score").value
    }

    #[test]
    fn no_shift_is_a_score_of_zero() {
        assert_eq!(value(&[]), 0.0);
    }

    #[test]
    fn a_window_ends_after_a_second_of_quiet() {
        assert_eq!(value(&[(0, 50), (999, 50)]), 0.1);
        assert_eq!(value(&[(0, 50), (1000, 50)]), 0.05);
    }

    #[test]
    fn a_window_ends_after_five_seconds() {
        let steady = [0, 900, 1800, 2700, 3600, 4500, 5000].map(|at| (at, 10));
        assert_eq!(value(&steady), 0.06);
    }

    #[test]
    fn the_worst_window_counts() {
        assert_eq!(value(&[(0, 300), (2000, 100), (4000, 100)]), 0.3);
    }

    #[test]
    fn the_same_score_is_reported_once() {
        let mut shifts = LayoutShift::default();
        shifts.add(1, 1_000_000);
        assert!(shifts.measure().is_some());
        assert_eq!(shifts.measure(), None);
        shifts.add(2, 2_000_000);
        assert_eq!(shifts.measure().expect("a change").delta, 0.002);
    }
}
