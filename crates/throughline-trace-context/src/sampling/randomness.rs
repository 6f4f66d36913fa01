//! The random number of a trace, which samplers compare with their threshold.

use super::threshold::{RANGE, Threshold};
use crate::hex::{self, Ascii};
use crate::ids::TraceId;
use core::fmt;

/// Randomness of a trace: 56 bits that all its spans share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Randomness(u64);

impl Randomness {
    /// Reads an `rv` value: exactly 14 lowercase hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let [a, b, c, d, e, f, g]: [u8; 7] = hex::read(text.as_bytes())?;
        Some(Self(u64::from_be_bytes([0, a, b, c, d, e, f, g])))
    }

    /// The randomness of a sampler that draws a number from 0 to below 1 and keeps a trace when
    /// the number is below its probability. A threshold of that probability keeps the same
    /// traces. `None` for a number out of range.
    pub fn from_drawn(number: f64) -> Option<Self> {
        // The product is exact, and the cast rounds down.
        let drawn = (0.0..1.0)
            .contains(&number)
            .then_some(number * RANGE as f64)?;
        Some(Self(RANGE - 1 - drawn as u64))
    }

    /// The randomness of a trace that a sampler kept by a number which is not told: this one,
    /// moved evenly to where the threshold keeps it.
    #[must_use]
    pub const fn kept_by(self, threshold: Threshold) -> Self {
        let kept = RANGE - threshold.as_u64();
        let above = (self.0 as u128 * kept as u128) >> RANGE.trailing_zeros();
        Self(threshold.as_u64() + above as u64)
    }

    /// The randomness of this value; `None` from 2^56.
    pub const fn from_u64(value: u64) -> Option<Self> {
        if value < RANGE {
            Some(Self(value))
        } else {
            None
        }
    }

    /// The value as an integer below 2^56.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits: Ascii<14> = Ascii::from_bytes(&self.0.to_be_bytes()[1..]);
        digits.fmt(f)
    }
}

/// Takes the right-most seven bytes of the id. They count as random even where the caller did
/// not set the random flag: nearly every id is random.
impl From<TraceId> for Randomness {
    fn from(id: TraceId) -> Self {
        let [_, _, _, _, _, _, _, _, _, a, b, c, d, e, f, g] = *id.as_bytes();
        Self(u64::from_be_bytes([0, a, b, c, d, e, f, g]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::Precision;
    use alloc::format;
    use alloc::string::ToString;
    use proptest::prelude::*;

    #[test]
    fn an_explicit_value_has_fourteen_lowercase_digits() {
        assert_eq!(Randomness::parse("00000000000010"), Some(Randomness(16)));
        for text in [
            "",
            "10",
            "0000000000010",
            "000000000000100",
            "0000000000001G",
            "0000000000001A",
        ] {
            assert_eq!(Randomness::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_id_gives_its_last_fourteen_digits() {
        let id = TraceId::from_hex("eeeeeeeeeeeeeeeeee8123456789abcd").expect("32 digits");
        assert_eq!(
            Some(Randomness::from(id)),
            Randomness::parse("8123456789abcd")
        );
    }

    #[test]
    fn a_drawn_number_is_kept_below_its_probability_alone() {
        for (number, digits) in [
            (0.0, "ffffffffffffff"),
            (0.25, "bfffffffffffff"),
            (0.5, "7fffffffffffff"),
            (1.0 - f64::EPSILON / 2.0, "00000000000007"),
        ] {
            let drawn = Randomness::from_drawn(number).expect("in range");
            assert_eq!(drawn.to_string(), digits, "{number}");
        }
        for number in [1.0, -0.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Randomness::from_drawn(number), None, "{number}");
        }
    }

    proptest! {
        #[test]
        fn a_threshold_keeps_what_the_number_kept(number in 0.0..1.0_f64, digits in 1..1_000_000_u32) {
            // A probability as it is configured, and the nearest that 56 bits tell apart.
            let near = [number - f64::EPSILON, number + f64::EPSILON];
            for probability in [f64::from(digits) / 1e6].into_iter().chain(near) {
                let exact = Threshold::from_probability(probability, Precision::EXACT);
                let Ok(threshold) = exact else { continue };
                let drawn = Randomness::from_drawn(number).expect("in range");
                prop_assert_eq!(threshold.keeps(drawn), number < probability);
            }
        }

        #[test]
        fn a_number_that_is_not_told_is_one_that_was_kept(value in 0..RANGE, rejected in 0..RANGE) {
            let threshold = Threshold::parse(&format!("{rejected:014x}")).expect("14 digits");
            let moved = Randomness(value).kept_by(threshold);
            prop_assert!(threshold.keeps(moved));
            prop_assert_eq!(Randomness(value).kept_by(Threshold::ALWAYS), Randomness(value));
            // The order stays, and the ends come to the ends.
            prop_assert_eq!(Randomness(0).kept_by(threshold).0, rejected);
            prop_assert_eq!(Randomness(RANGE - 1).kept_by(threshold).0, RANGE - 1);
        }
    }
}
