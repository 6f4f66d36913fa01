//! Cutoffs: what a sampling rule says of a record, and how rules are combined.

use throughline_trace_context::sampling::{Precision, ProbabilityError, Randomness, Threshold};

/// The result of a sampling rule: a threshold, or that nothing is kept.
///
/// A rule looks at the record alone, never at the trace's randomness. So the minimum of two
/// cutoffs is the OR of their rules, the maximum their AND, and the threshold of a record that
/// is kept still gives its adjusted count, whatever the number of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cutoff {
    /// The traces whose randomness is not below this are kept.
    At(Threshold),
    /// Nothing is kept, which no threshold expresses.
    Nothing,
}

impl Cutoff {
    /// Everything is kept.
    pub(crate) const ALL: Self = Cutoff::At(Threshold::ALWAYS);

    /// Keeps this share of all traces; a share below 2^-56 is none.
    ///
    /// # Errors
    /// [`ProbabilityError`] when it is not from 0 to 1.
    pub(crate) fn checked(probability: f64) -> Result<Self, ProbabilityError> {
        match Threshold::from_probability(probability, Precision::DEFAULT) {
            Ok(threshold) => Ok(Cutoff::At(threshold)),
            Err(ProbabilityError::Never) => Ok(Cutoff::Nothing),
            Err(error) => Err(error),
        }
    }

    /// Keeps a computed share of all traces.
    pub(crate) fn of(probability: f64) -> Self {
        Self::checked(probability.clamp(0.0, 1.0)).unwrap_or(Cutoff::ALL)
    }

    /// The cutoff of a record that has this threshold already, if any.
    pub(crate) fn own(threshold: Option<Threshold>) -> Self {
        Cutoff::At(threshold.unwrap_or(Threshold::ALWAYS))
    }

    /// The share of all traces that is kept.
    pub(crate) const fn probability(self) -> f64 {
        match self {
            Cutoff::At(threshold) => threshold.probability(),
            Cutoff::Nothing => 0.0,
        }
    }

    /// Whether a trace is kept.
    pub(crate) const fn keeps(self, randomness: Randomness) -> bool {
        match self {
            Cutoff::At(threshold) => threshold.keeps(randomness),
            Cutoff::Nothing => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimum_keeps_what_either_keeps_and_the_maximum_what_both_keep() {
        let (half, tenth) = (Cutoff::of(0.5), Cutoff::of(0.1));
        assert_eq!(half.min(tenth), half);
        assert_eq!(half.max(tenth), tenth);
        assert_eq!(half.max(Cutoff::Nothing), Cutoff::Nothing);
        assert_eq!(half.min(Cutoff::Nothing), half);
        assert_eq!(Cutoff::of(0.0), Cutoff::Nothing);
        assert_eq!(Cutoff::checked(1.1), Err(ProbabilityError::OutOfRange));
        assert_eq!(Cutoff::checked(f64::NAN), Err(ProbabilityError::OutOfRange));
    }
}
