//! Random numbers by a seed: the same ones on each machine.

/// The generator SplitMix64: <https://prng.di.unimi.it/splitmix64.c>.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to 1, without 1.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// How many of independent events happen, of which this many are to be expected. Sums of draws of
    /// Poisson's distribution are such a draw: Knuth's method is for small numbers.
    pub(super) fn count(&mut self, expected: f64) -> u64 {
        let (mut left, mut count) = (expected, 0);
        while left > 0.0 {
            let part = left.min(LARGEST);
            left -= part;
            let mut product = self.share();
            while product > (-part).exp() {
                count += 1;
                product *= self.share();
            }
        }
        count
    }
}

/// For more the product gets inexact.
const LARGEST: f64 = 30.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_the_mean_and_the_variance_of_independent_events() {
        for expected in [0.2, 7.0, 400.0] {
            let mut random = Random::of(1);
            let counts: Vec<f64> = (0..4_000).map(|_| random.count(expected) as f64).collect();
            let mean = counts.iter().sum::<f64>() / 4_000.0;
            let squares = counts.iter().map(|count| (count - mean).powi(2));
            let variance = squares.sum::<f64>() / 4_000.0;
            assert!((mean / expected - 1.0).abs() < 0.05, "{mean} of {expected}");
            assert!(
                (variance / expected - 1.0).abs() < 0.15,
                "{variance} of {expected}"
            );
        }
    }
}
