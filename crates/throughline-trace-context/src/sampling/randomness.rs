//! The random number of a trace, which samplers compare with their threshold.

use crate::hex;
use crate::ids::TraceId;

/// Randomness of a trace: 56 bits that all its spans share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Randomness(u64);

impl Randomness {
    /// Reads an `rv` value: exactly 14 lowercase hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let [a, b, c, d, e, f, g]: [u8; 7] = hex::read(text.as_bytes())?;
        Some(Self(u64::from_be_bytes([0, a, b, c, d, e, f, g])))
    }

    /// The value as an integer below 2^56.
    pub const fn as_u64(self) -> u64 {
        self.0
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
}
