//! Calculates the Interaction to Next Paint.
//!
//! <https://github.com/GoogleChrome/web-vitals/blob/main/src/lib/InteractionManager.ts>

/// The slowest interactions, and how many there were.
#[derive(Debug)]
pub(super) struct Interactions {
    /// Id and duration in µs, the slowest first; unused places have the highest id and a duration of 0.
    slowest: [(u64, u64); KEPT],
    /// Interactions of earlier visits, which are in the browser's count too.
    counted_before: u64,
    /// Lowest and highest id seen, for a browser that does not count.
    lowest: u64,
    highest: u64,
}

impl Interactions {
    /// No interactions; the browser has counted `count` on earlier visits.
    pub(super) const fn after(count: u64) -> Self {
        Self {
            slowest: [(UNUSED, 0); KEPT],
            counted_before: count,
            lowest: u64::MAX,
            highest: 0,
        }
    }

    /// Adds an event of an interaction: a tap is several events, of which the slowest counts. A first
    /// input may come without an id, which is id 0.
    pub(super) fn add(&mut self, id: u64, duration: u64) {
        if id > 0 {
            self.lowest = self.lowest.min(id);
            self.highest = self.highest.max(id);
        }
        let known = |place: &(u64, u64)| place.0 == id;
        let mut at = self.slowest.iter().position(known).unwrap_or(KEPT - 1);
        // Firefox rounds what took less than 4 ms to 0.
        if duration >= self.slowest[at].1 {
            self.slowest[at] = (id, duration);
            while at > 0 && self.slowest[at - 1].1 < duration {
                self.slowest.swap(at - 1, at);
                at -= 1;
            }
        }
    }

    /// The 98th percentile in µs: one outlier is ignored per fifty interactions. `count`
    /// is what the browser has counted, 0 if it does not.
    pub(super) fn percentile(&self, count: u64) -> Option<u64> {
        let known = self
            .slowest
            .iter()
            .filter(|place| place.0 != UNUSED)
            .count();
        let count = if count > 0 {
            count.saturating_sub(self.counted_before)
        } else {
            self.estimated()
        };
        let Some(last) = known.checked_sub(1) else {
            // The browser measures no entry of an interaction as fast as that.
            return (count > 0).then_some(FAST);
        };
        let rank = (count / PER_OUTLIER).min(last as u64);
        self.slowest.get(rank as usize).map(|place| place.1)
    }

    /// Ids grow by about seven with each interaction, which Chromium does on purpose:
    /// <https://github.com/GoogleChrome/web-vitals/blob/main/src/lib/polyfills/interactionCountPolyfill.ts>
    fn estimated(&self) -> u64 {
        match self.highest.checked_sub(self.lowest) {
            Some(range) => range / 7 + 1,
            None => 0,
        }
    }
}

const KEPT: usize = 10;
/// The id of no interaction.
const UNUSED: u64 = u64::MAX;
const PER_OUTLIER: u64 = 50;
/// µs. The precision of the browser's measurement.
const FAST: u64 = 8_000;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn percentile(durations: &[u64], count: u64) -> Option<u64> {
        let mut all = Interactions::after(0);
        for (index, &duration) in durations.iter().enumerate() {
            all.add(7 * index as u64 + 3, duration);
        }
        all.percentile(count)
    }

    #[test]
    fn without_interactions_there_is_none() {
        assert_eq!(percentile(&[], 0), None);
    }

    #[test]
    fn interactions_without_an_entry_were_fast() {
        assert_eq!(percentile(&[], 3), Some(8_000));
        assert_eq!(Interactions::after(3).percentile(3), None);
    }

    #[test]
    fn an_entry_without_a_duration_is_a_measurement() {
        assert_eq!(percentile(&[0], 1), Some(0));
        assert_eq!(percentile(&[0, 0, 40], 3), Some(40));
        assert_eq!(percentile(&[0, 40, 0], 50), Some(0));
    }

    #[test]
    fn up_to_49_interactions_the_slowest_counts() {
        assert_eq!(percentile(&[40, 300, 80], 49), Some(300));
    }

    #[test]
    fn one_outlier_is_ignored_per_fifty() {
        assert_eq!(percentile(&[40, 300, 80], 50), Some(80));
        assert_eq!(percentile(&[40, 300, 80], 1000), Some(40));
    }

    #[test]
    fn the_events_of_one_interaction_count_once() {
        let mut all = Interactions::after(0);
        for duration in [48, 104, 56] {
            all.add(10, duration);
        }
        all.add(17, 64);
        assert_eq!(all.percentile(60), Some(64));
    }

    #[test]
    fn a_first_input_without_an_id_counts() {
        let mut all = Interactions::after(0);
        all.add(0, 24);
        assert_eq!(all.percentile(1), Some(24));
    }

    #[test]
    fn without_the_browsers_count_it_is_estimated() {
        let many: Vec<u64> = (0..51).map(|index| 100 + index).collect();
        assert_eq!(percentile(&many, 0), Some(149));
    }

    #[test]
    fn interactions_of_earlier_visits_do_not_count() {
        let mut all = Interactions::after(100);
        all.add(1, 200);
        all.add(8, 100);
        assert_eq!(all.percentile(102), Some(200));
    }

    proptest! {
        #[test]
        fn the_ten_slowest_are_kept_in_order(events in prop::collection::vec((1u64..20, 1u64..500), 1..60)) {
            let mut all = Interactions::after(0);
            let mut slowest = [0; 20];
            for &(id, duration) in &events {
                all.add(id, duration);
                slowest[id as usize] = slowest[id as usize].max(duration);
            }
            slowest.sort_unstable_by(|a, b| b.cmp(a));
            let kept: Vec<u64> = all.slowest.iter().map(|place| place.1).collect();
            prop_assert_eq!(kept, &slowest[..10]);
        }
    }
}
