//! The directory: where the blocks of an index are.

use super::bytes::u32_at;
use super::error::IndexError;
use super::header::{HEADER_LENGTH, Header};
use core::ops::Range;
use zlib_rs::crc32::crc32;

/// The directory of an index, as it is stored: a look-up in an index of thousands of blocks reads
/// some entries.
pub(super) struct Directory<'a> {
    entries: &'a [u8],
    mapping_blocks: usize,
    /// The length of the index.
    length: u64,
}

impl Header {
    /// The length of the directory in bytes.
    pub(super) fn directory_length(&self) -> Result<usize, IndexError> {
        let blocks = u64::from(self.mapping_blocks) + u64::from(self.line_blocks);
        let length = blocks * ENTRY_LENGTH as u64;
        if length > MAX_DIRECTORY as u64 || HEADER_LENGTH as u64 + length > self.length {
            return Err(IndexError::Malformed(
                "the directory is longer than it may be",
            ));
        }
        usize::try_from(length).map_err(|_| IndexError::Malformed("the directory is too long"))
    }
}

impl<'a> Directory<'a> {
    /// The directory that is in the front of an index; its checksum is checked.
    pub(super) fn parse(header: &Header, front: &'a [u8]) -> Result<Self, IndexError> {
        let directory = Self::trusted(header, front)?;
        if crc32(0, directory.entries) != header.directory_checksum {
            return Err(IndexError::Checksum);
        }
        Ok(directory)
    }

    /// The directory of [`Directory::parse`], again.
    pub(super) fn trusted(header: &Header, front: &'a [u8]) -> Result<Self, IndexError> {
        let end = HEADER_LENGTH + header.directory_length()?;
        let entries = front.get(HEADER_LENGTH..end).ok_or(IndexError::ShortRead)?;
        Ok(Self {
            entries,
            mapping_blocks: header.mapping_blocks as usize,
            length: header.length,
        })
    }

    /// Checks every entry: the blocks follow one another, and their keys ascend.
    pub(super) fn check(&self) -> Result<(), IndexError> {
        let count = self.count();
        let first = (HEADER_LENGTH + self.entries.len()) as u64;
        let follow =
            self.start(0) == Some(first) && (0..count).all(|block| self.range(block).is_ok());
        if !follow {
            return Err(IndexError::Malformed(
                "the blocks do not follow one another",
            ));
        }
        let ascend = (1..count)
            .filter(|block| *block != self.mapping_blocks)
            .all(|block| self.key(block - 1) < self.key(block));
        if !ascend {
            return Err(IndexError::Malformed("the blocks are not in order"));
        }
        Ok(())
    }

    /// The mapping block in which a generated position is.
    pub(super) fn mapping_block(&self, line: u32, column: u32) -> Option<usize> {
        self.last_not_after(0..self.mapping_blocks, (line, column))
    }

    /// The line block in which a line of a source is, if it is in one.
    pub(super) fn line_block(&self, source: u32, line: u32) -> Option<usize> {
        self.last_not_after(self.mapping_blocks..self.count(), (source, line))
    }

    /// The key of a block: generated line and column, or source and line.
    pub(super) fn key(&self, block: usize) -> Option<(u32, u32)> {
        let entry = self.entry(block)?;
        Some((u32_at(entry, 0)?, u32_at(entry, 4)?))
    }

    /// The place of a block in the index.
    pub(super) fn range(&self, block: usize) -> Result<Range<u64>, IndexError> {
        match (self.start(block), self.start(block + 1)) {
            (Some(start), Some(end)) if start < end && end - start <= MAX_BLOCK => Ok(start..end),
            _ => Err(IndexError::Malformed(
                "the blocks do not follow one another",
            )),
        }
    }

    fn count(&self) -> usize {
        self.entries.len() / ENTRY_LENGTH
    }

    fn entry(&self, block: usize) -> Option<&[u8]> {
        let start = block.checked_mul(ENTRY_LENGTH)?;
        self.entries.get(start..start + ENTRY_LENGTH)
    }

    /// Where a block begins; the index ends where one more would begin.
    fn start(&self, block: usize) -> Option<u64> {
        if block == self.count() {
            return Some(self.length);
        }
        u32_at(self.entry(block)?, 8).map(u64::from)
    }

    fn last_not_after(&self, blocks: Range<usize>, key: (u32, u32)) -> Option<usize> {
        let Range { mut start, mut end } = blocks.clone();
        while start < end {
            let middle = start + (end - start) / 2;
            if self.key(middle)? <= key {
                start = middle + 1;
            } else {
                end = middle;
            }
        }
        start.checked_sub(1).filter(|block| blocks.contains(block))
    }
}

/// The length of an entry in bytes.
pub(crate) const ENTRY_LENGTH: usize = 12;
/// The most bytes of a directory: more than 300,000 blocks.
pub(crate) const MAX_DIRECTORY: usize = 4 << 20;
/// The most bytes of a block, as it is stored.
const MAX_BLOCK: u64 = (1 << 20) + (1 << 10);
