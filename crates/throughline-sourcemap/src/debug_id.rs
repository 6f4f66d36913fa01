//! Debug ids: the name that a generated script and its source map share.
//!
//! Source: <https://github.com/tc39/ecma426/blob/main/proposals/debug-id.md>.

use core::fmt;
use core::str::FromStr;

/// The debug id of a script and its source map: a UUID. It is written in lower case, with dashes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DebugId([u8; 16]);

/// Error for a text that is no debug id. Whoever wrote it is at fault; it is to be ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a debug id is a UUID: 32 hex digits in groups of 8, 4, 4, 4 and 12 with dashes between them"
)]
pub struct DebugIdError;

impl DebugId {
    /// The id of these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Reads the canonical form, in lower or upper case.
    ///
    /// # Errors
    /// [`DebugIdError`]: the id is to be ignored.
    pub fn parse(text: &str) -> Result<Self, DebugIdError> {
        let text: &[u8; TEXT] = text.as_bytes().try_into().map_err(|_| DebugIdError)?;
        let mut bytes = [0; 16];
        let mut digits = 0;
        for (at, character) in text.iter().enumerate() {
            if DASHES.contains(&at) {
                if *character != b'-' {
                    return Err(DebugIdError);
                }
                continue;
            }
            let digit = char::from(*character).to_digit(16).ok_or(DebugIdError)?;
            let byte = bytes.get_mut(digits / 2).ok_or(DebugIdError)?;
            *byte = *byte << 4 | digit as u8;
            digits += 1;
        }
        Ok(Self(bytes))
    }

    /// Finds the id in a script: the last line `//# debugId=<id>` among its last five lines.
    pub fn of_script(script: &str) -> Option<Self> {
        // A line break at the end begins no line.
        let script = script.strip_suffix('\n').unwrap_or(script);
        let last = script.rsplit('\n').take(LINES);
        last.filter_map(|line| line.strip_prefix(COMMENT))
            .find_map(|id| Self::parse(id.trim_end_matches('\r')).ok())
    }

    /// The 16 bytes of the UUID.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for DebugId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if [4, 6, 8, 10].contains(&at) {
                formatter.write_str("-")?;
            }
            write!(formatter, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for DebugId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for DebugId {
    type Err = DebugIdError;

    fn from_str(text: &str) -> Result<Self, DebugIdError> {
        Self::parse(text)
    }
}

/// Characters of the canonical form, and the places of its dashes.
const TEXT: usize = 36;
const DASHES: [usize; 4] = [8, 13, 18, 23];
/// Readers look at this many lines from the end, and at lines that begin so.
const LINES: usize = 5;
const COMMENT: &str = "//# debugId=";

#[cfg(test)]
mod tests {
    use super::DebugId;
    use alloc::format;
    use alloc::string::ToString;

    const ID: &str = "85314830-023f-4cf1-a267-535f4e37bb17";

    #[test]
    fn is_written_in_lower_case_with_dashes() {
        let id = DebugId::parse(&ID.to_uppercase()).unwrap();
        assert_eq!(id.to_string(), ID);
        assert_eq!(DebugId::parse(ID), Ok(id));
    }

    #[test]
    fn refuses_what_is_no_uuid() {
        for text in [
            "",
            "85314830023f4cf1a267535f4e37bb17",
            "85314830-023f-4cf1-a267-535f4e37bb1",
            "85314830-023f-4cf1-a267-535f4e37bb177",
            "8531483-0023f-4cf1-a267-535f4e37bb17",
            "85314830-023f-4cf1-a267-535f4e37bb1g",
            "{85314830-023f-4cf1-a267-535f4e37bb1",
            "85314830-023f-4cf1-a267-535f4e37b\u{e9}7",
        ] {
            assert!(DebugId::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn is_found_in_the_last_five_lines_of_a_script() {
        let comment = format!("//# debugId={ID}");
        let found = Some(DebugId::parse(ID).unwrap());
        for (script, expected) in [
            (comment.clone(), found),
            (
                format!("run();\n{comment}\n//# sourceMappingURL=a.map\n"),
                found,
            ),
            (format!("run();\r\n{comment}\r\n"), found),
            (format!("{comment}\n2\n3\n4\n5\n"), found),
            (format!("{comment}\n2\n3\n4\n5\n6"), None),
            (format!("//# debugId=none\n{comment}"), found),
            (format!("{comment}\n//# debugId=none"), found),
            (format!("run(); {comment}"), None),
            (format!("{comment} "), None),
            (format!("//@ debugId={ID}"), None),
        ] {
            assert_eq!(DebugId::of_script(&script), expected, "{script}");
        }
    }
}
