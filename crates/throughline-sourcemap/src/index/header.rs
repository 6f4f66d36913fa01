//! The header of an index.

use super::bytes::u32_at;
use super::directory::Directory;
use super::error::IndexError;
use crate::debug_id::DebugId;
use zlib_rs::crc32::crc32;

/// The header of an index, which describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The script that it is of.
    pub debug_id: DebugId,
    /// Its length in bytes, header and all.
    pub length: u64,
    /// How many sources it has.
    pub sources: u32,
    /// How many functions were found in the script; 0 when it was made without the script.
    pub functions: u32,
    pub(super) mapping_blocks: u32,
    pub(super) line_blocks: u32,
    pub(super) directory_checksum: u32,
    pub(super) checksum: u32,
}

impl Header {
    /// Checks a whole index before it is stored: its header, its length, its checksum and its
    /// directory.
    ///
    /// # Errors
    /// [`IndexError`]: the index must not be stored.
    pub fn check(index: &[u8]) -> Result<Self, IndexError> {
        let header = Self::parse(index)?;
        let actual = index.len() as u64;
        if actual != header.length {
            return Err(IndexError::Length {
                expected: header.length,
                actual,
            });
        }
        let content = index.get(HEADER_LENGTH..).unwrap_or_default();
        if crc32(0, content) != header.checksum {
            return Err(IndexError::Checksum);
        }
        Directory::parse(&header, index)?.check()?;
        Ok(header)
    }

    /// Reads the header at the front of an index.
    ///
    /// # Errors
    /// [`IndexError`]: these are not the first bytes of an index.
    pub fn parse(front: &[u8]) -> Result<Self, IndexError> {
        if !front.starts_with(MAGIC) {
            return Err(IndexError::NotAnIndex);
        }
        let number = |offset| u32_at(front, offset).ok_or(IndexError::NotAnIndex);
        let version = number(4)?;
        if version != VERSION {
            return Err(IndexError::Version(version));
        }
        let checked = front.get(..60).ok_or(IndexError::NotAnIndex)?;
        if crc32(0, checked) != number(60)? {
            return Err(IndexError::Checksum);
        }
        let id = front.get(8..24).and_then(|id| id.try_into().ok());
        let length = u64::from(number(24)?) | u64::from(number(28)?) << 32;
        Ok(Self {
            debug_id: DebugId::from_bytes(id.ok_or(IndexError::NotAnIndex)?),
            length,
            mapping_blocks: number(32)?,
            line_blocks: number(36)?,
            sources: number(40)?,
            functions: number(44)?,
            directory_checksum: number(52)?,
            checksum: number(56)?,
        })
    }
}

#[cfg(feature = "write")]
pub(crate) use write::HeaderFields;

#[cfg(feature = "write")]
mod write {
    use super::{DebugId, HEADER_LENGTH, MAGIC, VERSION, crc32};

    /// The numbers that a writer of an index puts in its header.
    pub(crate) struct HeaderFields<'a> {
        pub(crate) debug_id: DebugId,
        pub(crate) mapping_blocks: u32,
        pub(crate) line_blocks: u32,
        pub(crate) sources: u32,
        pub(crate) functions: u32,
        pub(crate) directory: &'a [u8],
        pub(crate) blocks: &'a [u8],
    }

    impl HeaderFields<'_> {
        pub(crate) fn encode(&self) -> [u8; HEADER_LENGTH] {
            let length = (HEADER_LENGTH + self.directory.len() + self.blocks.len()) as u64;
            let directory_checksum = crc32(0, self.directory);
            let mut header = [0; HEADER_LENGTH];
            let mut put = |offset: usize, bytes: &[u8]| {
                for (to, from) in header.iter_mut().skip(offset).zip(bytes) {
                    *to = *from;
                }
                header
            };
            put(0, MAGIC);
            put(4, &VERSION.to_le_bytes());
            put(8, self.debug_id.as_bytes());
            put(24, &length.to_le_bytes());
            put(32, &self.mapping_blocks.to_le_bytes());
            put(36, &self.line_blocks.to_le_bytes());
            put(40, &self.sources.to_le_bytes());
            put(44, &self.functions.to_le_bytes());
            put(52, &directory_checksum.to_le_bytes());
            let checksum = crc32(directory_checksum, self.blocks);
            let header = put(56, &checksum.to_le_bytes());
            let checksum = crc32(0, header.get(..60).unwrap_or_default());
            put(60, &checksum.to_le_bytes())
        }
    }
}

const MAGIC: &[u8; 4] = b"TLSM";
const VERSION: u32 = 1;
/// The length of the header in bytes.
pub(crate) const HEADER_LENGTH: usize = 64;
