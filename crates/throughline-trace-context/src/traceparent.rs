//! The `traceparent` header.
//!
//! Source: <https://www.w3.org/TR/trace-context-2/#traceparent-header>.

use crate::hex::{self, Ascii};
use crate::ids::{SpanId, TraceFlags, TraceId};
use core::fmt;

/// The `traceparent` header, parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Traceparent {
    /// Id of the trace the caller belongs to.
    pub trace_id: TraceId,
    /// Id of the caller's span.
    pub parent_id: SpanId,
    /// The caller's flags.
    pub flags: TraceFlags,
}

/// Error for a malformed `traceparent`. The caller is at fault; the trace restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TraceparentError {
    /// Version 00 has 55 characters, a later version as many or more.
    #[error("traceparent has the wrong length")]
    Length,
    /// The version is not two lowercase hex digits, or is `ff`.
    #[error("traceparent has no valid version")]
    Version,
    /// A field is not followed by `-`.
    #[error("traceparent fields are not separated by dashes")]
    Delimiter,
    /// The trace id is not 32 lowercase hex digits, or is all zero.
    #[error("trace-id is not 32 lowercase hex digits, or is zero")]
    TraceId,
    /// The parent id is not 16 lowercase hex digits, or is all zero.
    #[error("parent-id is not 16 lowercase hex digits, or is zero")]
    ParentId,
    /// The flags are not two lowercase hex digits.
    #[error("trace-flags are not two lowercase hex digits")]
    Flags,
}

impl Traceparent {
    /// Reads a field value without blanks around it. Of a later version it reads the part that
    /// is laid out as in version 00.
    ///
    /// # Errors
    /// [`TraceparentError`]: the trace is to be restarted.
    pub fn parse(text: &str) -> Result<Self, TraceparentError> {
        let text = text.as_bytes();
        let known: &[u8; LENGTH] = text.first_chunk().ok_or(TraceparentError::Length)?;
        let version: [u8; 1] = hex::read(&known[..2]).ok_or(TraceparentError::Version)?;
        match (version[0], text.get(LENGTH)) {
            (0xff, _) => return Err(TraceparentError::Version),
            (0x00, Some(_)) => return Err(TraceparentError::Length),
            (_, Some(next)) if *next != b'-' => return Err(TraceparentError::Delimiter),
            _ => {}
        }
        if [known[2], known[35], known[52]] != [b'-'; 3] {
            return Err(TraceparentError::Delimiter);
        }
        let flags: [u8; 1] = hex::read(&known[53..]).ok_or(TraceparentError::Flags)?;
        Ok(Self {
            trace_id: hex::read(&known[3..35])
                .and_then(TraceId::from_bytes)
                .ok_or(TraceparentError::TraceId)?,
            parent_id: hex::read(&known[36..52])
                .and_then(SpanId::from_bytes)
                .ok_or(TraceparentError::ParentId)?,
            flags: TraceFlags::from_bits(flags[0]),
        })
    }

    /// Writes the field value in version 00.
    pub fn format(&self) -> Ascii<LENGTH> {
        let mut text = *b"00-................................-................-..";
        hex::write(&mut text[3..35], self.trace_id.as_bytes());
        hex::write(&mut text[36..52], self.parent_id.as_bytes());
        hex::write(&mut text[53..], &[self.flags.bits()]);
        Ascii::from_ascii(text)
    }
}

impl fmt::Display for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.format(), f)
    }
}

/// Characters of a version 00 field value.
const LENGTH: usize = 55;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;
    use proptest::prelude::*;

    const IDS: &str = "12345678901234567890123456789012-1234567890123456";

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_laid_out_like_version_00() {
        for tail in ["01", "01-", "01-what-the-future-will-be"] {
            let parsed = Traceparent::parse(&format!("cc-{IDS}-{tail}"));
            assert_eq!(
                parsed.map(|t| t.to_string()),
                Ok(format!("00-{IDS}-01")),
                "{tail}"
            );
        }
        assert_eq!(
            Traceparent::parse(&format!("cc-{IDS}-01.what")),
            Err(TraceparentError::Delimiter)
        );
    }

    #[test]
    fn each_malformed_field_has_its_error() {
        use TraceparentError as E;
        for (text, error) in [
            ("".into(), E::Length),
            (format!("00-{IDS}-0"), E::Length),
            (format!("00-{IDS}-01-"), E::Length),
            (format!("00-{IDS}-01."), E::Length),
            (format!("ff-{IDS}-01"), E::Version),
            (format!("0.-{IDS}-01"), E::Version),
            (format!("CC-{IDS}-01"), E::Version),
            (format!("00.{IDS}-01"), E::Delimiter),
            (format!("00-{IDS}-0A"), E::Flags),
            (format!("00-{IDS}-.0"), E::Flags),
            (
                "00-00000000000000000000000000000000-1234567890123456-01".into(),
                E::TraceId,
            ),
            (
                "00-1234567890123456789012345678901A-1234567890123456-01".into(),
                E::TraceId,
            ),
            (
                "00-12345678901234567890123456789012-0000000000000000-01".into(),
                E::ParentId,
            ),
            (
                "00-12345678901234567890123456789012-123456789012345.-01".into(),
                E::ParentId,
            ),
        ] {
            assert_eq!(Traceparent::parse(&text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_formatted_header_is_parsed_back(trace in 1..u128::MAX, span in 1..u64::MAX, bits: u8) {
            let traceparent = Traceparent {
                trace_id: TraceId::from_bytes(trace.to_be_bytes()).expect("not zero"),
                parent_id: SpanId::from_bytes(span.to_be_bytes()).expect("not zero"),
                flags: TraceFlags::from_bits(bits),
            };
            prop_assert_eq!(Traceparent::parse(&traceparent.to_string()), Ok(traceparent));
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "(\\PC{0,70}|[0-9a-f-]{50,60})") {
            let _ = Traceparent::parse(&text);
        }
    }
}
