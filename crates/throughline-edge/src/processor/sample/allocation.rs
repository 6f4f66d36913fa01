//! Allocates a number of kept spans to keys, so that rare keys are kept more often.
//!
//! The allocation is max-min fair: <https://en.wikipedia.org/wiki/Max-min_fairness>.

/// The probability of each key, for keys that have these counts, such that `goal` of all
/// spans are kept.
///
/// A key keeps in proportion to the logarithm of its count, at least one span and at most
/// all. What a key does not need goes to the others, so the goal is met on any counts, as
/// long as there are as many spans. Where there are more keys than spans to keep, each keeps
/// the same number.
pub(super) fn probabilities(counts: &[f64], goal: f64) -> Vec<f64> {
    let logarithmic = |level: f64, count: f64| count.min((level * count.log10()).max(1.0));
    let even = |level: f64, count: f64| count.min(level);
    let least: f64 = counts.iter().map(|count| count.min(1.0)).sum();
    if least < goal {
        allocate(counts, goal, logarithmic)
    } else {
        allocate(counts, goal, even)
    }
}

/// Raises the level until the keys keep `goal` together. `kept` grows with the level.
fn allocate(counts: &[f64], goal: f64, kept: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let sum = |level: f64| counts.iter().map(|count| kept(level, *count)).sum::<f64>();
    // The logarithm of a count above one, and so the level that keeps all, has these bounds.
    let (mut low, mut high) = (0.0, 1.0);
    while sum(high) < goal && high < f64::MAX / 2.0 {
        high *= 2.0;
    }
    for _ in 0..ROUNDS {
        let middle = f64::midpoint(low, high);
        if sum(middle) < goal {
            low = middle;
        } else {
            high = middle;
        }
    }
    counts
        .iter()
        .map(|count| {
            if *count > 0.0 {
                kept(high, *count) / count
            } else {
                1.0
            }
        })
        .collect()
}

/// Enough for all bits of a double.
const ROUNDS: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kept(counts: &[f64], goal: f64) -> f64 {
        let probabilities = probabilities(counts, goal);
        counts.iter().zip(&probabilities).map(|(c, p)| c * p).sum()
    }

    /// The counts on which `dynsampler`'s `EMASampleRate` keeps 1 in 11.46 and 1 in 32.
    #[test]
    fn the_goal_is_met_on_skewed_keys() {
        for (counts, one_in) in [
            (vec![1000.0, 100.0, 10.0, 1.0], 10.0),
            (vec![100_000.0, 500.0, 40.0, 2.0], 20.0),
        ] {
            let all: f64 = counts.iter().sum();
            let achieved = all / kept(&counts, all / one_in);
            assert!((achieved - one_in).abs() < 1e-6, "1 in {achieved}");
        }
    }

    #[test]
    fn a_rare_key_is_kept_whole_and_a_frequent_one_thinned_most() {
        let shares = probabilities(&[1000.0, 100.0, 10.0, 1.0], 111.1);
        assert_eq!(shares[3], 1.0);
        assert!(shares[0] < shares[1] && shares[1] < shares[2], "{shares:?}");
    }

    #[test]
    fn more_keys_than_spans_to_keep_share_evenly() {
        let shares = probabilities(&[1.0, 1.0, 1.0, 97.0], 2.0);
        assert_eq!(shares[0], 0.5);
        assert!((kept(&[1.0, 1.0, 1.0, 97.0], 2.0) - 2.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn any_goal_is_met(
            counts in prop::collection::vec(0.01f64..1e9, 1..50),
            share in 0.0001f64..1.0,
        ) {
            let all: f64 = counts.iter().sum();
            let goal = all * share;
            let kept = kept(&counts, goal);
            prop_assert!((kept - goal).abs() <= goal * 1e-6 + 1e-9, "{kept} of {goal}");
            for probability in probabilities(&counts, goal) {
                prop_assert!((0.0..=1.0).contains(&probability));
            }
        }
    }
}
