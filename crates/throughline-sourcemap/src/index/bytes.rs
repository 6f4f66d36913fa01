//! Reads integers and texts from the front of bytes, every length checked.

use super::error::IndexError;

/// Bytes of which some have been read.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// A varint of at most 32 bits.
    pub(super) fn varint(&mut self) -> Result<u32, IndexError> {
        match self.0 {
            // Nearly all.
            [byte @ ..=0x7f, rest @ ..] => {
                self.0 = rest;
                Ok(u32::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u32, IndexError> {
        let mut value: u64 = 0;
        for shift in [0, 7, 14, 21, 28] {
            let (byte, rest) = self.0.split_first().ok_or(CUT)?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(value).map_err(|_| TOO_LARGE);
            }
        }
        Err(TOO_LARGE)
    }

    /// Skips varints.
    pub(super) fn skip(&mut self, count: usize) -> Result<(), IndexError> {
        let Some(last) = count.checked_sub(1) else {
            return Ok(());
        };
        let mut ends = self.0.iter().enumerate().filter(|(_, byte)| **byte < 0x80);
        let (end, _) = ends.nth(last).ok_or(CUT)?;
        self.0 = self.0.get(end + 1..).unwrap_or_default();
        Ok(())
    }

    /// A varint that says how many of something follow, each of at least a byte.
    pub(super) fn count(&mut self) -> Result<usize, IndexError> {
        let count = self.varint()?;
        match usize::try_from(count) {
            Ok(count) if count <= self.0.len() => Ok(count),
            _ => Err(CUT),
        }
    }

    /// The next bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], IndexError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(CUT)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The bytes of a text, whose length is before it.
    pub(super) fn text(&mut self) -> Result<&'a [u8], IndexError> {
        let count = self.count()?;
        self.take(count)
    }
}

pub(super) fn text(bytes: &[u8]) -> Result<&str, IndexError> {
    core::str::from_utf8(bytes).map_err(|_| IndexError::Malformed("a text is not UTF-8"))
}

/// The signed number that a varint stands for.
pub(super) fn signed(varint: u32) -> i32 {
    (varint >> 1) as i32 ^ -((varint & 1) as i32)
}

/// The little-endian number at an offset.
pub(super) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    let bytes = bytes.get(offset..)?.first_chunk()?;
    Some(u32::from_le_bytes(*bytes))
}

const TOO_LARGE: IndexError = IndexError::Malformed("a number has more than 32 bits");
const CUT: IndexError = IndexError::Malformed("a block ends too early");
