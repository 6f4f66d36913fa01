//! Keeps a share of the spans, that of rare keys larger than that of frequent ones.

use super::allocation::probabilities;
use super::cutoff::Cutoff;
use crate::SortedMap;
use std::collections::HashMap;
use std::sync::Arc;

/// Spans by key. Those that an earlier sampler kept count as what they stand for.
pub(crate) type KeyCounts = SortedMap<Box<str>, f64>;

/// A share for each key, which follows the counts of the keys.
///
/// The counts are exponentially weighted means; a key that no longer arrives is forgotten.
#[derive(Debug)]
pub(crate) struct ByKey {
    /// The number of spans of which one is kept.
    one_in: f64,
    averages: KeyCounts,
    counts: KeyCounts,
    /// Spans of the current interval.
    sum: f64,
    /// Spans of an interval, on average.
    average_sum: f64,
    /// ns since the Unix epoch.
    interval_start: u64,
    shares: Arc<KeyShares>,
}

/// The share of each key.
#[derive(Debug)]
pub(crate) struct KeyShares {
    known: HashMap<Box<str>, Cutoff>,
    /// The share of a key that was not seen before.
    unknown: Cutoff,
}

impl KeyShares {
    /// The share of a key.
    pub(crate) fn cutoff(&self, key: &str) -> Cutoff {
        self.known.get(key).copied().unwrap_or(self.unknown)
    }
}

impl ByKey {
    /// All keys have the same share at first.
    pub(crate) fn new(one_in: f64) -> Self {
        Self {
            one_in,
            averages: KeyCounts::new(),
            counts: KeyCounts::new(),
            sum: 0.0,
            average_sum: f64::INFINITY,
            interval_start: 0,
            shares: Arc::new(KeyShares {
                known: HashMap::new(),
                unknown: Cutoff::of(1.0 / one_in),
            }),
        }
    }

    /// Adds spans of a key. Beyond [`MAX_KEYS`] new keys count as one.
    pub(crate) fn add(&mut self, key: &str, spans: f64) {
        self.sum += spans;
        let is_known = self.counts.contains_key(key);
        let key = if is_known || self.counts.len() < MAX_KEYS {
            key
        } else {
            OTHER
        };
        match self.counts.get_mut(key) {
            Some(count) => *count += spans,
            None => {
                self.counts.insert(key.into(), spans);
            }
        }
    }

    /// Computes the shares anew when the interval is over, or when there are many more spans
    /// than in others. A clock that was set back begins a new interval.
    pub(crate) fn advance(&mut self, now_unix_nano: u64) {
        if self.interval_start == 0 || now_unix_nano < self.interval_start {
            self.interval_start = now_unix_nano;
        }
        let elapsed = now_unix_nano - self.interval_start;
        let is_burst = self.sum >= BURST * self.average_sum;
        if elapsed < INTERVAL_NANO && !is_burst {
            return;
        }
        self.interval_start = now_unix_nano;
        if self.counts.is_empty() {
            return;
        }
        self.average();
        self.shares = Arc::new(self.share());
    }

    /// The shares now.
    pub(crate) fn shares(&self) -> Arc<KeyShares> {
        Arc::clone(&self.shares)
    }

    fn average(&mut self) {
        let counts = core::mem::take(&mut self.counts);
        self.sum = 0.0;
        if self.averages.is_empty() {
            self.averages = counts;
        } else {
            for average in self.averages.values_mut() {
                *average *= 1.0 - WEIGHT;
            }
            for (key, count) in counts {
                *self.averages.or_default(key) += WEIGHT * count;
            }
            self.averages.retain(|_, average| *average >= WEIGHT);
        }
        self.average_sum = self.averages.values().sum();
    }

    fn share(&self) -> KeyShares {
        let counts: Vec<f64> = self.averages.values().copied().collect();
        let shares = probabilities(&counts, self.average_sum / self.one_in);
        let keys = self.averages.keys().cloned();
        let known: HashMap<_, _> = keys.zip(shares.into_iter().map(Cutoff::of)).collect();
        // A key that is new is rare, until it is counted.
        let unknown = if self.averages.len() < MAX_KEYS {
            Cutoff::ALL
        } else {
            known.get(OTHER).copied().unwrap_or(Cutoff::ALL)
        };
        KeyShares { known, unknown }
    }
}

const INTERVAL_NANO: u64 = 15_000_000_000;
/// The weight of the last interval in the mean, and the mean below which a key is forgotten.
const WEIGHT: f64 = 0.5;
/// How many times as many spans as in other intervals end one early.
const BURST: f64 = 2.0;
/// Keys that are counted one by one in an interval.
const MAX_KEYS: usize = 500;
/// The key of all others. No key is empty, because it has a separator.
const OTHER: &str = "";

#[cfg(test)]
mod tests {
    use super::*;

    /// Spans that are kept of each interval.
    fn kept(by_key: &mut ByKey, counts: &[(&str, u64)], intervals: u64) -> Vec<f64> {
        let mut kept = Vec::new();
        for interval in 0..intervals {
            by_key.advance(START + interval * INTERVAL_NANO);
            let shares = by_key.shares();
            let mut sum = 0.0;
            for (key, count) in counts {
                by_key.add(key, *count as f64);
                sum += shares.cutoff(key).probability() * *count as f64;
            }
            kept.push(sum);
        }
        kept
    }

    #[test]
    fn the_goal_is_met_on_skewed_keys_from_the_first_interval() {
        let mut by_key = ByKey::new(20.0);
        let counts = [("200", 100_000), ("404", 500), ("500", 40), ("503", 2)];
        for sum in kept(&mut by_key, &counts, 5) {
            let one_in = 100_542.0 / sum;
            assert!((one_in - 20.0).abs() < 0.01, "1 in {one_in}");
        }
        let shares = by_key.shares();
        assert!(shares.cutoff("503").probability() > 0.99);
        assert!(shares.cutoff("200").probability() < 0.05);
        assert_eq!(shares.cutoff("new"), Cutoff::ALL);
    }

    #[test]
    fn a_key_that_no_longer_arrives_is_forgotten_and_a_burst_is_seen_early() {
        let mut by_key = ByKey::new(10.0);
        kept(&mut by_key, &[("old", 8)], 2);
        kept(&mut by_key, &[("other", 1000)], 12);
        assert!(!by_key.averages.contains_key("old"));
        let now = START + 12 * INTERVAL_NANO;
        by_key.advance(now);
        by_key.add("burst", 1_000_000.0);
        by_key.advance(now + 1);
        assert!(by_key.shares().cutoff("burst").probability() < 0.2);
    }

    #[test]
    fn keys_beyond_the_limit_count_as_one() {
        let mut by_key = ByKey::new(10.0);
        by_key.advance(START);
        for key in 0..10_000 {
            by_key.add(&key.to_string(), 1.0);
        }
        assert_eq!(by_key.counts.len(), MAX_KEYS + 1);
        by_key.advance(START + INTERVAL_NANO);
        let shares = by_key.shares();
        assert!(shares.cutoff("9999").probability() < 0.2);
    }

    const START: u64 = 1_800_000_000_000_000_000;
}
