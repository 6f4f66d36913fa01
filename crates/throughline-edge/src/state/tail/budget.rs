//! Spends a number of spans per second on whole traces, those of the highest randomness first.

use throughline_trace_context::sampling::{Randomness, Threshold};

/// A rate limit on traces that are decided together.
///
/// The traces are sorted by their randomness, and the first that no longer fits ends the
/// list. The threshold lies right above its randomness, not at that of the last trace that is
/// kept: then which trace is the first to be dropped does not depend on the randomness of any
/// that is kept, and the adjusted counts are without bias.
/// Source: Duffield, Lund, Thorup, Priority sampling, <https://arxiv.org/abs/cs/0509026>.
#[derive(Debug)]
pub(super) struct Budget {
    spans_per_second: f64,
    /// Spans that may be kept now.
    available: f64,
    /// The most spans of a trace so far: it must fit once.
    largest: f64,
}

/// A trace that a limit may drop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) randomness: Randomness,
    pub(super) spans: u32,
}

impl Budget {
    pub(super) const fn new(spans_per_second: f64) -> Self {
        Self {
            spans_per_second,
            available: spans_per_second,
            largest: 0.0,
        }
    }

    /// Adds what may be kept after a time in ns.
    pub(super) fn refill(&mut self, elapsed: u64) {
        let most = (BURST_S * self.spans_per_second).max(self.largest);
        let more = self.spans_per_second * elapsed as f64 / 1e9;
        self.available = (self.available + more).min(most);
    }

    /// Spends the budget on these traces, and returns the threshold that drops the others.
    /// `None` keeps none of any randomness.
    pub(super) fn spend(&mut self, candidates: &mut [Candidate]) -> Option<Threshold> {
        candidates.sort_unstable_by_key(|candidate| core::cmp::Reverse(candidate.randomness));
        for candidate in candidates {
            let spans = f64::from(candidate.spans);
            self.largest = self.largest.max(spans);
            if spans > self.available {
                return Threshold::above(candidate.randomness);
            }
            self.available -= spans;
        }
        Some(Threshold::ALWAYS)
    }
}

/// The seconds for which a budget that was not spent is kept.
const BURST_S: f64 = 2.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tail::testing::Random;

    /// The estimate of the number of traces, over the true number. The threshold at the last
    /// trace that is kept gives 1.97 for a budget of 2, 1.24 for 5 and 1.11 for 10.
    #[test]
    fn the_adjusted_counts_are_without_bias() {
        let mut random = Random(7);
        for kept in [2u32, 5, 10, 35] {
            let rounds = 4000;
            let mut estimate = 0.0;
            for _ in 0..rounds {
                let mut budget = Budget::new(f64::from(kept));
                let mut traces: Vec<Candidate> = (0..100)
                    .map(|_| Candidate {
                        randomness: random.trace_id().into(),
                        spans: 1,
                    })
                    .collect();
                let threshold = budget.spend(&mut traces).expect("room for some");
                let left = traces.iter().filter(|it| threshold.keeps(it.randomness));
                estimate += left.count() as f64 * threshold.adjusted_count();
            }
            let ratio = estimate / f64::from(rounds) / 100.0;
            assert!((0.97..1.03).contains(&ratio), "{kept}: {ratio}");
        }
    }

    #[test]
    fn a_large_trace_passes_once_it_has_been_saved_for() {
        let mut budget = Budget::new(10.0);
        let mut large = [Candidate {
            randomness: Random(1).trace_id().into(),
            spans: 100,
        }];
        assert_ne!(budget.spend(&mut large), Some(Threshold::ALWAYS));
        budget.refill(5_000_000_000);
        assert_ne!(budget.spend(&mut large), Some(Threshold::ALWAYS));
        budget.refill(5_000_000_000);
        assert_eq!(budget.spend(&mut large), Some(Threshold::ALWAYS));
    }
}
