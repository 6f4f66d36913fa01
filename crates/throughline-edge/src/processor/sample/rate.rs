//! Keeps a number of spans per second, by a share that follows the arrivals.

use super::cutoff::Cutoff;
use std::collections::BTreeMap;

/// Spans that arrived, by the share that was kept of them before.
///
/// A span that an earlier sampler kept with a share below this one's costs the same whatever
/// the share here, so the two cannot be added.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Passing {
    /// By the binary logarithm of the share, rounded: spans, and spans before sampling.
    by_share: BTreeMap<u8, Spans>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Spans {
    arrived: f64,
    /// What they stand for.
    adjusted: f64,
}

/// A share that keeps a number of spans per second.
///
/// The share depends on the spans that arrived before, never on the randomness of the trace
/// that it is for. So what is kept stands for what arrived without a bias. It lags by a
/// second; a burst closes the second early, and passes at most once more than the goal.
#[derive(Debug)]
pub(crate) struct Rate {
    /// Spans per second.
    goal: f64,
    probability: f64,
    /// ns since the Unix epoch.
    window_start: u64,
    window: Passing,
    /// Per second.
    average: Option<Passing>,
}

impl Passing {
    /// Adds a span of which `before` is the cutoff without this share; `own` is that with
    /// which it arrived.
    pub(crate) fn add(&mut self, own: Cutoff, before: Cutoff) {
        let (arrived_with, passes_with) = (own.probability(), before.max(own).probability());
        if passes_with <= 0.0 {
            return;
        }
        let bucket = (-passes_with.log2()).clamp(0.0, 56.0) as u8;
        let spans = self.by_share.entry(bucket).or_default();
        spans.arrived += passes_with / arrived_with;
        spans.adjusted += 1.0 / arrived_with;
    }

    /// Adds what another core saw.
    pub(crate) fn join(&mut self, other: &Self) {
        for (bucket, spans) in &other.by_share {
            let own = self.by_share.entry(*bucket).or_default();
            own.arrived += spans.arrived;
            own.adjusted += spans.adjusted;
        }
    }

    /// How many of them a share keeps.
    fn kept(&self, probability: f64) -> f64 {
        let spans = self.by_share.values();
        spans
            .map(|spans| spans.arrived.min(spans.adjusted * probability))
            .sum()
    }

    /// The share that keeps this many of them.
    fn share(&self, goal: f64) -> f64 {
        if self.kept(1.0) <= goal {
            return 1.0;
        }
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..ROUNDS {
            let middle = f64::midpoint(low, high);
            if self.kept(middle) < goal {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    /// The mean of two, of which `weight` is the part of `new`.
    fn mean(&self, new: &Self, weight: f64) -> Self {
        let scaled = |passing: &Self, factor: f64| {
            let spans = passing.by_share.iter();
            let spans = spans.map(|(bucket, spans)| {
                let spans = Spans {
                    arrived: spans.arrived * factor,
                    adjusted: spans.adjusted * factor,
                };
                (*bucket, spans)
            });
            Self {
                by_share: spans.collect(),
            }
        };
        let mut mean = scaled(self, 1.0 - weight);
        mean.join(&scaled(new, weight));
        mean
    }
}

impl Rate {
    /// Keeps everything at first.
    pub(crate) fn new(spans_per_second: f64) -> Self {
        Self {
            goal: spans_per_second,
            probability: 1.0,
            window_start: 0,
            window: Passing::default(),
            average: None,
        }
    }

    /// Adds the arrivals up to now.
    pub(crate) fn add(&mut self, passing: &Passing) {
        self.window.join(passing);
    }

    /// Closes the window when its time is over, or when its spans are as many as may be kept
    /// in it. A clock that was set back begins a new one.
    pub(crate) fn advance(&mut self, now_unix_nano: u64) {
        if self.window_start == 0 || now_unix_nano < self.window_start {
            self.window_start = now_unix_nano;
        }
        let elapsed = (now_unix_nano - self.window_start) as f64 / 1e9;
        let is_spent = self.window.kept(self.probability) >= self.goal;
        if elapsed < WINDOW_S && !is_spent {
            return;
        }
        let elapsed = elapsed.max(SHORTEST_S);
        let seen = Passing::default().mean(&core::mem::take(&mut self.window), 1.0 / elapsed);
        let average = match &self.average {
            Some(average) if elapsed >= WINDOW_S => {
                average.mean(&seen, 1.0 - (-elapsed / HALF_LIFE_S).exp2())
            }
            Some(average) if average.kept(1.0) > seen.kept(1.0) => average.clone(),
            _ => seen,
        };
        self.probability = average.share(self.goal);
        self.average = Some(average);
        self.window_start = now_unix_nano;
    }

    /// The share now.
    pub(crate) fn cutoff(&self) -> Cutoff {
        Cutoff::of(self.probability)
    }
}

const WINDOW_S: f64 = 1.0;
/// Of the mean. Short, so that little is dropped needlessly after a burst.
const HALF_LIFE_S: f64 = 1.0 / 3.0;
/// The clock of a Worker stands still during a request.
const SHORTEST_S: f64 = 0.001;
/// Enough for all bits of a double.
const ROUNDS: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds seconds of spans in batches of ten, and returns how many were kept in each.
    fn kept(rate: &mut Rate, per_second: &[u64], own: Cutoff) -> Vec<f64> {
        let mut kept = Vec::new();
        for (second, spans) in per_second.iter().enumerate() {
            let mut kept_now = 0.0;
            let batches = spans.div_ceil(10);
            for batch in 0..batches {
                let within = batch * 1_000_000_000 / batches;
                rate.advance(START + second as u64 * 1_000_000_000 + within);
                let mut passing = Passing::default();
                let spans = 10.min(spans - 10 * batch);
                for _ in 0..spans {
                    passing.add(own, own);
                }
                let cutoff = rate.cutoff().max(own);
                kept_now += spans as f64 * cutoff.probability() / own.probability();
                rate.add(&passing);
            }
            kept.push(kept_now);
        }
        kept
    }

    #[test]
    fn the_rate_is_kept_after_a_burst_of_a_second() {
        let mut rate = Rate::new(100.0);
        let kept = kept(
            &mut rate,
            &[
                50, 50, 10_000, 10_000, 10_000, 50, 50, 50, 50, 50, 50, 50, 50, 50,
            ],
            Cutoff::ALL,
        );
        assert_eq!(kept[..2], [50.0, 50.0], "below the rate all are kept");
        assert!(kept[2] < 320.0, "a burst: {kept:?}");
        for second in &kept[3..5] {
            assert!((90.0..111.0).contains(second), "{kept:?}");
        }
        assert_eq!(kept.last(), Some(&50.0), "it recovers: {kept:?}");
    }

    #[test]
    fn what_was_sampled_before_counts_as_it_arrives() {
        // A tenth was kept before; the same share here would cost nothing.
        let mut rate = Rate::new(100.0);
        let kept = kept(&mut rate, &[1000; 6], Cutoff::of(0.1));
        for second in &kept[3..] {
            assert!((95.0..106.0).contains(second), "{kept:?}");
        }
        assert!((rate.cutoff().probability() - 0.01).abs() < 0.001);
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nothing() {
        let mut rate = Rate::new(1.0);
        rate.advance(START);
        rate.advance(START - 3_600_000_000_000);
        let kept = kept(&mut rate, &[100; 5], Cutoff::ALL);
        assert!(kept[4] < 1.5, "{kept:?}");
    }

    const START: u64 = 1_800_000_000_000_000_000;
}
