//! Names of segments: the first sequence and the salt, so that a segment needs no head.

use core::fmt::{self, Display, Formatter};

/// The name of a segment. The order is that in which segments were begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    /// A sequence that no message and no other segment has.
    pub(crate) sequence: u64,
    /// The seed of its checksums.
    pub(crate) salt: u64,
}

impl Name {
    /// `None` for the name of another file.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (sequence, salt) = name.strip_suffix(SUFFIX)?.split_once('-')?;
        let number = |digits: &str| u64::from_str_radix(digits, 16).ok();
        let (sequence, salt) = (number(sequence)?, number(salt)?);
        let parsed = Self { sequence, salt };
        // A copy that somebody made is not a segment.
        (parsed.to_string() == name).then_some(parsed)
    }
}

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{:016x}{SUFFIX}", self.sequence, self.salt)
    }
}

const SUFFIX: &str = ".segment";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_segments_are_parsed_and_others_are_not() {
        let name = Name {
            sequence: 0xa03,
            salt: u64::MAX,
        };
        let text = "0000000000000a03-ffffffffffffffff.segment";
        assert_eq!(name.to_string(), text);
        assert_eq!(Name::parse(text), Some(name));
        for other in [
            "owner",
            "dead-letters",
            "a03-1.segment",
            "0000000000000A03-ffffffffffffffff.segment",
            "0000000000000a03-ffffffffffffffff.segment~",
            "0000000000000a03.segment",
        ] {
            assert_eq!(Name::parse(other), None, "{other}");
        }
    }
}
