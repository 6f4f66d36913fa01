//! Identifiers and flags of traces and spans.
//!
//! Source: <https://www.w3.org/TR/trace-context-2/#traceparent-header-field-values>.

use crate::hex::{self, Ascii};
use core::fmt;

/// Identifier of a trace: 16 bytes, never all zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId([u8; 16]);

impl TraceId {
    /// The id in these bytes; `None` when they are all zero, which means "no trace".
    pub fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        (bytes != [0; 16]).then_some(Self(bytes))
    }

    /// The id in 32 lowercase hex digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        Self::from_bytes(hex::read(text.as_bytes())?)
    }

    /// The bytes, most significant first.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// 32 lowercase hex digits.
    pub fn to_hex(self) -> Ascii<32> {
        Ascii::from_bytes(&self.0)
    }
}

/// Identifier of a span within its trace: 8 bytes, never all zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId([u8; 8]);

impl SpanId {
    /// The id in these bytes; `None` when they are all zero, which means "no span".
    pub fn from_bytes(bytes: [u8; 8]) -> Option<Self> {
        (bytes != [0; 8]).then_some(Self(bytes))
    }

    /// The id in 16 lowercase hex digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        Self::from_bytes(hex::read(text.as_bytes())?)
    }

    /// The bytes, most significant first.
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }

    /// 16 lowercase hex digits.
    pub fn to_hex(self) -> Ascii<16> {
        Ascii::from_bytes(&self.0)
    }
}

/// Flags of a caller's trace, one bit each.
///
/// Only the two bits that the standard defines are kept: the others are to be
/// ignored on input and sent as zero.
/// Source: <https://www.w3.org/TR/trace-context-2/#trace-flags>.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct TraceFlags(u8);

impl TraceFlags {
    /// No flag set.
    pub const NONE: Self = Self(0);
    /// The caller may have recorded its span.
    pub const SAMPLED: Self = Self(0x01);
    /// The right-most seven bytes of the trace id are uniformly random.
    pub const RANDOM: Self = Self(0x02);

    /// Reads the known flags among these bits.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & (Self::SAMPLED.0 | Self::RANDOM.0))
    }

    /// The flags as they are sent.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether the caller may have recorded its span.
    pub const fn is_sampled(self) -> bool {
        self.0 & Self::SAMPLED.0 != 0
    }

    /// Whether the trace id can serve as a random number.
    pub const fn is_random(self) -> bool {
        self.0 & Self::RANDOM.0 != 0
    }

    /// The flags with the sampled bit set or cleared. It may change only together with the
    /// span id.
    #[must_use]
    pub const fn with_sampled(self, sampled: bool) -> Self {
        Self(self.0 & !Self::SAMPLED.0 | sampled as u8)
    }

    /// The flags that are set in either of the two.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_hex(), f)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceId({self})")
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_hex(), f)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpanId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_id_of_zeros_is_no_id() {
        assert_eq!(TraceId::from_bytes([0; 16]), None);
        assert_eq!(SpanId::from_hex("0000000000000000"), None);
    }

    #[test]
    fn uppercase_and_wrong_lengths_are_refused() {
        for text in [
            "",
            "B7AD6B7169203331",
            "b7ad6b716920333",
            "b7ad6b71692033311",
            "é7ad6b716920333",
        ] {
            assert_eq!(SpanId::from_hex(text), None, "{text}");
        }
    }

    #[test]
    fn unknown_flags_are_not_passed_on() {
        let flags = TraceFlags::from_bits(0xff);
        assert_eq!(flags.bits(), 0x03);
        assert_eq!(flags.with_sampled(false), TraceFlags::RANDOM);
    }

    proptest! {
        #[test]
        fn hex_is_read_back(bytes: [u8; 16]) {
            if let Some(id) = TraceId::from_bytes(bytes) {
                prop_assert_eq!(TraceId::from_hex(&id.to_hex()), Some(id));
            }
        }
    }
}
