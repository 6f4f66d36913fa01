//! Sampling thresholds: how a sampling probability is written and compared.

use super::Randomness;
use crate::hex::{self, Ascii};
use alloc::string::String;
use core::fmt;

/// Number of traces out of 2^56 that are dropped: 0 keeps all, 2^55 keeps half.
///
/// A greater threshold keeps fewer traces, so the maximum of two is their AND and the minimum
/// their OR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Threshold(u64);

/// Number of significant hex digits to which a threshold is rounded.
///
/// Leading zeros and leading `f`s do not count, so that the relative error stays
/// small for probabilities close to 1 and close to 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Precision(u8);

/// Error for a number that no threshold can express as a probability. The configuration is at
/// fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProbabilityError {
    /// The number is zero or less than 2^-56: nothing is sampled, which no threshold expresses.
    #[error("a probability below 2^-56 samples nothing")]
    Never,
    /// The number is negative, above 1, or not a number.
    #[error("a probability lies between 0 and 1")]
    OutOfRange,
}

impl Threshold {
    /// The threshold that keeps everything.
    pub const ALWAYS: Self = Self(0);

    /// Reads a `th` value: 1 to 14 lowercase hex digits; digits missing on the right are zeros.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > DIGITS as usize {
            return None;
        }
        let mut value = 0;
        for digit in text.bytes() {
            value = value << 4 | u64::from(hex::value(digit)?);
        }
        Some(Self(value << (4 * (DIGITS as usize - text.len()))))
    }

    /// The threshold that drops this number of traces out of 2^56; `None` when it drops all.
    pub const fn from_u64(rejected: u64) -> Option<Self> {
        if rejected < RANGE {
            Some(Self(rejected))
        } else {
            None
        }
    }

    /// Number of traces out of 2^56 that are dropped.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The threshold that keeps this share of all traces.
    ///
    /// # Errors
    /// [`ProbabilityError`] for a number outside 2^-56 to 1.
    pub fn from_probability(
        probability: f64,
        precision: Precision,
    ) -> Result<Self, ProbabilityError> {
        if !(0.0..=1.0).contains(&probability) {
            return Err(ProbabilityError::OutOfRange);
        }
        if probability < MIN_PROBABILITY {
            return Err(ProbabilityError::Never);
        }
        if probability == 1.0 {
            return Ok(Self::ALWAYS);
        }
        let rejected = RANGE - scale(probability);
        let leading_f = -exponent(probability) / 4;
        let leading_0 = -exponent(1.0 - probability) / 4;
        let digits = (i32::from(precision.0) + leading_f.max(leading_0)).min(DIGITS);
        let rounded_off = 4 * (DIGITS - digits);
        let half = (1 << rounded_off) >> 1;
        Ok(Self((rejected + half) >> rounded_off << rounded_off))
    }

    /// The lowest threshold that drops a trace of this randomness; `None` when no threshold
    /// does, because its randomness is the greatest of all.
    pub const fn above(randomness: Randomness) -> Option<Self> {
        let above = randomness.as_u64() + 1;
        if above < RANGE {
            Some(Self(above))
        } else {
            None
        }
    }

    /// The share of all traces that is kept, from 2^-56 to 1.
    pub const fn probability(self) -> f64 {
        (RANGE - self.0) as f64 / RANGE as f64
    }

    /// Number of spans that a kept span represents.
    pub const fn adjusted_count(self) -> f64 {
        RANGE as f64 / (RANGE - self.0) as f64
    }

    /// Whether a trace is kept.
    pub const fn keeps(self, randomness: Randomness) -> bool {
        randomness.as_u64() >= self.0
    }

    /// The `th` value, without trailing zeros.
    pub fn format(self) -> String {
        String::from(shortest(&self.digits()))
    }

    /// All 14 digits. Leading zeros count; Python's `hex()` and the specification's own example
    /// lose them.
    fn digits(self) -> Ascii<{ DIGITS as usize }> {
        Ascii::from_bytes(&self.0.to_be_bytes()[1..])
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(shortest(&self.digits()))
    }
}

impl Precision {
    /// Precision of OpenTelemetry SDKs: four digits.
    pub const DEFAULT: Self = Self(4);
    /// All 56 bits.
    pub const EXACT: Self = Self(DIGITS as u8);

    /// Precision of 1 to 14 significant digits.
    pub const fn digits(digits: u8) -> Option<Self> {
        match digits {
            1..=14 => Some(Self(digits)),
            _ => None,
        }
    }
}

fn shortest(digits: &str) -> &str {
    match digits.trim_end_matches('0') {
        "" => "0",
        shortest => shortest,
    }
}

/// `probability * 2^56`, rounded half up, for probabilities from 2^-56 to below 1.
///
/// A double is a 53-bit integer times a power of two, so this is a shift; `core`
/// has no rounding of doubles.
const fn scale(probability: f64) -> u64 {
    let mantissa = probability.to_bits() & MANTISSA | (MANTISSA + 1);
    // The mantissa is the probability times 2^(53 - exponent).
    let shift = exponent(probability) + 3;
    if shift >= 0 {
        mantissa << shift
    } else {
        (mantissa + (1 << (-shift - 1))) >> -shift
    }
}

/// The `e` in `value = m * 2^e` with `0.5 <= m < 1`, for normal positive values.
const fn exponent(value: f64) -> i32 {
    (value.to_bits() >> 52) as i32 - 1022
}

/// Hex digits of 56 bits.
const DIGITS: i32 = 14;
/// The number of values that 56 random bits have.
pub(super) const RANGE: u64 = 1 << 56;
const MIN_PROBABILITY: f64 = 1.0 / RANGE as f64;
/// The bits of a double that hold its mantissa.
const MANTISSA: u64 = (1 << 52) - 1;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    fn th(probability: f64, digits: u8) -> String {
        let precision = Precision::digits(digits).expect("1 to 14");
        Threshold::from_probability(probability, precision)
            .expect("a probability")
            .format()
    }

    /// The table of 1-in-N probabilities in the specification, precision 3, 4 and 5.
    #[test]
    fn the_table_of_the_specification() {
        for (one_in, expected) in [
            (1.0, ["0", "0", "0"]),
            (2.0, ["8", "8", "8"]),
            (3.0, ["aab", "aaab", "aaaab"]),
            (4.0, ["c", "c", "c"]),
            (5.0, ["ccd", "cccd", "ccccd"]),
            (8.0, ["e", "e", "e"]),
            (10.0, ["e66", "e666", "e6666"]),
            (16.0, ["f", "f", "f"]),
            (100.0, ["fd71", "fd70a", "fd70a4"]),
            (1e3, ["ffbe7", "ffbe77", "ffbe76d"]),
            (1e4, ["fff972", "fff9724", "fff97247"]),
            (1e5, ["ffff584", "ffff583a", "ffff583a5"]),
            (1e6, ["ffffef4", "ffffef39", "ffffef391"]),
        ] {
            let computed = [3, 4, 5].map(|digits| th(1.0 / one_in, digits));
            assert_eq!(computed, expected, "1 in {one_in}");
        }
    }

    #[test]
    fn a_threshold_above_a_randomness_drops_it_and_no_greater_one() {
        let randomness = |digits| Randomness::parse(digits).expect("14 digits");
        let above = Threshold::above(randomness("7fffffffffffff")).expect("not the greatest");
        assert_eq!(above.format(), "8");
        assert!(!above.keeps(randomness("7fffffffffffff")));
        assert!(above.keeps(randomness("80000000000000")));
        assert_eq!(Threshold::above(randomness("ffffffffffffff")), None);
    }

    #[test]
    fn exact_precision_gives_all_digits() {
        for (probability, expected) in [
            (1.0, "0"),
            (0.5, "8"),
            (1.0 / 3.0, "aaaaaaaaaaaaac"),
            (2.0 / 3.0, "55555555555558"),
            (1.0 - 84.0 / 256.0, "54"),
            (1.0 - 1.0 / 256.0, "01"),
            (0.99, "028f5c28f5c29"),
            (1.0 - f64::EPSILON, "0000000000001"),
            (1.0 - f64::EPSILON / 2.0, "00000000000008"),
            (MIN_PROBABILITY, "ffffffffffffff"),
            (MIN_PROBABILITY * 256.0, "ffffffffffff"),
            (MIN_PROBABILITY * 1.5, "fffffffffffffe"),
        ] {
            assert_eq!(th(probability, 14), expected, "{probability}");
        }
    }

    #[test]
    fn rounding_counts_neither_leading_zeros_nor_fs() {
        let rejected = |digits: u64, bits: i32| 1.0 - digits as f64 / 2_f64.powi(bits);
        for (probability, digits, expected) in [
            (rejected(0x456_789a, 28), 6, "45678a"),
            (rejected(0x456_789a, 28), 1, "4"),
            (rejected(0x456_789a, 40), 6, "00045678a"),
            (rejected(0x456_789a, 40), 4, "0004568"),
            (rejected(0x78_9abc_def0, 44), 8, "0789abcdf"),
            (rejected(0x78_9abc_def0, 44), 2, "079"),
            (rejected(0x8_0801, 28), 3, "00808"),
            (rejected(0x8_0801, 28), 1, "008"),
        ] {
            assert_eq!(
                th(probability, digits),
                expected,
                "{probability} to {digits}"
            );
        }
    }

    #[test]
    fn numbers_that_are_no_probability_have_no_threshold() {
        use ProbabilityError::{Never, OutOfRange};
        for (probability, error) in [
            (0.0, Never),
            (-0.0, Never),
            (MIN_PROBABILITY / 2.0, Never),
            (f64::from_bits(1), Never),
            (-0.1, OutOfRange),
            (1.1, OutOfRange),
            (f64::NAN, OutOfRange),
            (f64::INFINITY, OutOfRange),
        ] {
            assert_eq!(
                Threshold::from_probability(probability, Precision::EXACT),
                Err(error),
                "{probability}"
            );
        }
    }

    #[test]
    fn digits_missing_on_the_right_are_zeros() {
        let parse = |text| Threshold::parse(text).map(|t| t.0);
        assert_eq!(parse("0"), Some(0));
        assert_eq!(parse("8"), Some(1 << 55));
        assert_eq!(parse("00000000000001"), Some(1));
        assert_eq!(parse("1000"), parse("1"));
        for text in ["", "g", "C", "-1", "+1", "100000000000000", "14.5", "0x1"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(
            Threshold::parse("c").map(Threshold::adjusted_count),
            Some(4.0)
        );
    }

    proptest! {
        #[test]
        fn a_formatted_threshold_is_parsed_back(value in 0..RANGE) {
            let threshold = Threshold(value);
            prop_assert_eq!(Threshold::parse(&threshold.format()), Some(threshold));
            prop_assert_eq!(threshold.to_string(), threshold.format());
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC{0,16}") {
            let _ = Threshold::parse(&text);
        }

        #[test]
        fn a_smaller_probability_never_has_a_smaller_threshold(
            a in MIN_PROBABILITY..=1.0, b in MIN_PROBABILITY..=1.0, digits in 1_u8..=14,
        ) {
            let precision = Precision::digits(digits).expect("1 to 14");
            let (small, large) = if a < b { (a, b) } else { (b, a) };
            let [small, large] = [small, large]
                .map(|p| Threshold::from_probability(p, precision).expect("in range"));
            prop_assert!(small >= large);
        }

        #[test]
        fn the_error_stays_within_the_precision(exponent in 0.0..56.0_f64, digits in 1_u8..=14) {
            let probability = 2_f64.powf(-exponent);
            let precision = Precision::digits(digits).expect("1 to 14");
            let threshold = Threshold::from_probability(probability, precision).expect("in range");
            let error = (threshold.probability() - probability).abs();
            let allowed = 16_f64.powi(1 - i32::from(digits)) * probability;
            prop_assert!(error <= allowed.max(MIN_PROBABILITY), "{error} > {allowed}");
        }
    }
}
