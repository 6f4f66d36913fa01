//! Keeps a number of spans per second, by a share that follows the arrivals.

use super::cutoff::Cutoff;
use crate::SortedMap;
use std::collections::VecDeque;

/// Spans that arrived, by the share that was kept of them before.
///
/// A span that an earlier sampler kept with a share below this one's costs the same whatever
/// the share here, so the two cannot be added.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Passing {
    /// By the binary logarithm of the share, rounded: spans, and spans before sampling.
    by_share: SortedMap<u8, Spans>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Spans {
    arrived: f64,
    /// Spans before sampling that they stand for.
    adjusted: f64,
}

/// A share that keeps a number of spans per second.
///
/// The share depends on the spans that arrived before, never on the randomness of the trace
/// that it is for. So what is kept stands for what arrived without a bias. SDKs send every
/// five seconds: the share follows the mean of the last ten, and what is not kept in some
/// seconds is left for the next. A burst beyond that is thinned within its second.
#[derive(Debug)]
pub(crate) struct Rate {
    /// Spans per second.
    goal: f64,
    /// The share by the mean of the last windows.
    share: f64,
    /// The part of it that a burst leaves.
    damping: f64,
    /// ns since the Unix epoch.
    window_start: u64,
    window: Passing,
    /// Spans that may be kept in the window, and those that were.
    available: f64,
    spent: f64,
    /// The last windows, with their seconds.
    past: VecDeque<(f64, Passing)>,
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
        let spans = self.by_share.or_default(bucket);
        spans.arrived += passes_with / arrived_with;
        spans.adjusted += 1.0 / arrived_with;
    }

    /// Adds what another core saw.
    pub(crate) fn join(&mut self, other: &Self) {
        for (bucket, spans) in &other.by_share {
            let own = self.by_share.or_default(*bucket);
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

    /// The same counts times `factor`.
    fn times(&self, factor: f64) -> Self {
        let spans = self.by_share.iter().map(|(bucket, spans)| {
            let spans = Spans {
                arrived: spans.arrived * factor,
                adjusted: spans.adjusted * factor,
            };
            (*bucket, spans)
        });
        Self {
            by_share: spans.collect(),
        }
    }
}

impl Rate {
    /// Keeps everything at first.
    pub(crate) fn new(spans_per_second: f64) -> Self {
        Self {
            goal: spans_per_second,
            share: 1.0,
            damping: 1.0,
            window_start: 0,
            window: Passing::default(),
            available: spans_per_second,
            spent: 0.0,
            past: VecDeque::new(),
        }
    }

    /// Adds arrivals, which had the share of now.
    pub(crate) fn add(&mut self, passing: &Passing) {
        self.spent += passing.kept(self.share * self.damping);
        self.window.join(passing);
    }

    /// Computes the share anew. A clock that was set back begins a new window.
    pub(crate) fn advance(&mut self, now_unix_nano: u64) {
        if self.window_start == 0 || now_unix_nano < self.window_start {
            self.window_start = now_unix_nano;
        }
        let elapsed = (now_unix_nano - self.window_start) as f64 / 1e9;
        if elapsed >= WINDOW_S {
            self.close(elapsed);
            self.window_start = now_unix_nano;
        }
        let excess = self.spent / self.available;
        self.damping = if excess > 1.0 { excess.powi(-2) } else { 1.0 };
    }

    /// The share now.
    pub(crate) fn cutoff(&self) -> Cutoff {
        Cutoff::of(self.share * self.damping)
    }

    fn close(&mut self, elapsed: f64) {
        let left = self.available - self.spent + self.goal * elapsed;
        self.available = left.clamp(self.goal, self.goal * SAVED_S);
        self.spent = 0.0;
        self.past
            .push_back((elapsed, core::mem::take(&mut self.window)));
        let mut seconds: f64 = self.past.iter().map(|(seconds, _)| seconds).sum();
        while let Some((oldest, _)) = self.past.front()
            && seconds - oldest >= MEAN_S
        {
            seconds -= oldest;
            self.past.pop_front();
        }
        let mut all = Passing::default();
        for (_, window) in &self.past {
            all.join(window);
        }
        self.share = all.times(1.0 / seconds).share(self.goal);
    }
}

const WINDOW_S: f64 = 1.0;
/// The time of which the share follows the mean.
const MEAN_S: f64 = 10.0;
/// The time for which spans that were not kept may be kept later.
const SAVED_S: f64 = 5.0;
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
    fn the_rate_is_kept_in_a_flood_and_after_it() {
        let mut rate = Rate::new(100.0);
        let seconds = [[50; 10], [10_000; 10], [10_000; 10], [50; 10], [50; 10]];
        let kept = kept(&mut rate, &seconds.concat(), Cutoff::ALL);
        assert_eq!(kept[..10], [50.0; 10], "below the rate all are kept");
        let begun: f64 = kept[10..20].iter().sum();
        assert!(begun < 4000.0, "{kept:?}");
        for second in &kept[21..30] {
            assert!((90.0..111.0).contains(second), "{kept:?}");
        }
        assert_eq!(kept[41..], [50.0; 9], "{kept:?}");
    }

    /// Spans that come every five seconds, as an SDK sends them.
    #[test]
    fn the_rate_is_kept_on_average_when_spans_come_at_once() {
        let mut rate = Rate::new(100.0);
        let kept = kept(&mut rate, &[2560, 0, 0, 0, 0].repeat(12), Cutoff::ALL);
        let mean = kept[20..].iter().sum::<f64>() / 40.0;
        assert!((80.0..111.0).contains(&mean), "{mean}: {kept:?}");
    }

    #[test]
    fn what_was_sampled_before_counts_as_it_arrives() {
        // A tenth was kept before; the same share here would cost nothing.
        let mut rate = Rate::new(100.0);
        let kept = kept(&mut rate, &[1000; 20], Cutoff::of(0.1));
        for second in &kept[10..] {
            assert!((95.0..106.0).contains(second), "{kept:?}");
        }
        assert!((rate.cutoff().probability() - 0.01).abs() < 0.001);
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nothing() {
        let mut rate = Rate::new(1.0);
        rate.advance(START);
        rate.advance(START - 3_600_000_000_000);
        let kept = kept(&mut rate, &[100; 20], Cutoff::ALL);
        assert!(kept[19] < 1.5, "{kept:?}");
    }

    const START: u64 = 1_800_000_000_000_000_000;
}
