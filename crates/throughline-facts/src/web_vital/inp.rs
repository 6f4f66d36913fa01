//! How long did the page take to answer a tap?
//!
//! <https://github.com/GoogleChrome/web-vitals/blob/main/src/lib/InteractionManager.ts>

use super::Measurement;
use alloc::vec::Vec;

/// The slowest interactions, slowest first, and how many there were.
#[derive(Debug, Default)]
pub(super) struct Interactions {
    slowest: Vec<Interaction>,
    /// Interactions of earlier visits, which the browser counts on.
    counted_before: u64,
    /// Lowest and highest id seen, for a browser that does not count.
    ids: Option<(u64, u64)>,
    reported: Option<u64>,
}

#[derive(Debug)]
struct Interaction {
    id: u64,
    /// µs.
    duration: u64,
}

impl Interactions {
    /// None yet, `count` of them on earlier visits.
    pub(super) fn after(count: Option<u64>) -> Self {
        Self {
            counted_before: count.unwrap_or(0),
            ..Self::default()
        }
    }

    /// One event of an interaction: a tap is several, of which the slowest counts.
    pub(super) fn add(&mut self, id: u64, duration: u64) {
        if id > 0 {
            let (low, high) = self.ids.unwrap_or((id, id));
            self.ids = Some((low.min(id), high.max(id)));
        }
        // A first input has no id where the browser gives none; it is the one with id 0.
        let known = self.slowest.iter().position(|one| one.id == id);
        let known = known.map(|at| self.slowest.remove(at).duration);
        let duration = known.map_or(duration, |known| known.max(duration));
        let rank = self.slowest.iter().position(|one| one.duration < duration);
        let rank = rank.unwrap_or(self.slowest.len());
        self.slowest.insert(rank, Interaction { id, duration });
        self.slowest.truncate(KEPT);
    }

    /// The 98th percentile, when it has changed: one outlier is ignored per fifty.
    pub(super) fn measure(&mut self, count: Option<u64>) -> Option<Measurement> {
        let count = count.map_or_else(
            || self.estimated(),
            |count| count - self.counted_before.min(count),
        );
        let rank = usize::try_from(count / PER_OUTLIER).unwrap_or(KEPT);
        let at = rank.min(self.slowest.len().checked_sub(1)?);
        let duration = self.slowest.get(at)?.duration;
        if self.reported == Some(duration) {
            return None;
        }
        let before = self.reported.replace(duration).unwrap_or(0);
        let value = super::milliseconds(duration);
        Some(Measurement {
            name: "inp",
            value,
            delta: value - super::milliseconds(before),
            thresholds: THRESHOLDS,
        })
    }

    /// Ids grow by about seven with each interaction, which Chromium does on purpose:
    /// <https://github.com/GoogleChrome/web-vitals/blob/main/src/lib/polyfills/interactionCountPolyfill.ts>
    fn estimated(&self) -> u64 {
        self.ids.map_or(0, |(low, high)| (high - low) / 7 + 1)
    }
}

const KEPT: usize = 10;
const PER_OUTLIER: u64 = 50;
/// ms. <https://web.dev/articles/inp>
const THRESHOLDS: [f64; 2] = [200.0, 500.0];

#[cfg(test)]
mod tests {
    use super::*;

    fn value(durations: &[u64], count: Option<u64>) -> Option<f64> {
        let mut all = Interactions::default();
        for (index, duration) in durations.iter().enumerate() {
            all.add(7 * index as u64 + 3, duration * 1000);
        }
        all.measure(count).map(|inp| inp.value)
    }

    #[test]
    fn without_interactions_there_is_none() {
        assert_eq!(value(&[], Some(3)), None);
    }

    #[test]
    fn the_slowest_counts_up_to_49() {
        assert_eq!(value(&[40, 300, 80], Some(49)), Some(300.0));
    }

    #[test]
    fn one_outlier_is_ignored_per_fifty() {
        assert_eq!(value(&[40, 300, 80], Some(50)), Some(80.0));
        assert_eq!(value(&[40, 300, 80], Some(1000)), Some(40.0));
    }

    #[test]
    fn the_events_of_one_interaction_are_one() {
        let mut all = Interactions::default();
        for duration in [48_000, 104_000, 56_000] {
            all.add(10, duration);
        }
        all.add(17, 64_000);
        assert_eq!(all.measure(Some(60)).expect("a value").value, 64.0);
    }

    #[test]
    fn a_browser_that_does_not_count_is_estimated() {
        let many: Vec<u64> = (0..51).map(|index| 100 + index).collect();
        assert_eq!(value(&many, None), Some(149.0));
    }

    #[test]
    fn earlier_visits_do_not_count() {
        let mut all = Interactions::after(Some(100));
        all.add(1, 200_000);
        all.add(8, 100_000);
        assert_eq!(all.measure(Some(102)).expect("a value").value, 200.0);
    }
}
