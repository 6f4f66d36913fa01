//! The directory: where the blocks of an index are.

use super::bytes::u32_at;
use super::error::IndexError;
use super::header::{HEADER_LENGTH, Header};
use alloc::vec::Vec;
use core::ops::Range;
use zlib_rs::crc32::crc32;

/// The blocks of an index: their keys are ascending, and their places follow one another.
pub(super) struct Directory {
    /// The keys: generated line and column, or source and line.
    mappings: Vec<(u32, u32)>,
    lines: Vec<(u32, u32)>,
    /// Where the mapping blocks, then the line blocks begin; and where the index ends.
    starts: Vec<u64>,
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

impl Directory {
    pub(super) fn parse(header: &Header, bytes: &[u8]) -> Result<Self, IndexError> {
        if crc32(0, bytes) != header.directory_checksum {
            return Err(IndexError::Checksum);
        }
        let count = bytes.len() / ENTRY_LENGTH;
        let mapping_blocks = header.mapping_blocks as usize;
        let mut keys = Vec::with_capacity(count);
        let mut starts = Vec::with_capacity(count + 1);
        for entry in bytes.chunks_exact(ENTRY_LENGTH) {
            let number = |offset| u32_at(entry, offset).unwrap_or_default();
            keys.push((number(0), number(4)));
            starts.push(u64::from(number(8)));
        }
        starts.push(header.length);
        let first = (HEADER_LENGTH + bytes.len()) as u64;
        let follow = starts.first() == Some(&first)
            && starts
                .windows(2)
                .all(|pair| pair[0] < pair[1] && pair[1] - pair[0] <= MAX_BLOCK as u64);
        if !follow {
            return Err(IndexError::Malformed(
                "the blocks do not follow one another",
            ));
        }
        if mapping_blocks > count {
            return Err(IndexError::Malformed("the directory is too short"));
        }
        let lines = keys.split_off(mapping_blocks);
        if !ascends(&keys) || !ascends(&lines) {
            return Err(IndexError::Malformed("the blocks are not in order"));
        }
        Ok(Self {
            mappings: keys,
            lines,
            starts,
        })
    }

    /// The mapping block in which a generated position is, and the position of its first entry.
    pub(super) fn mapping_block(&self, line: u32, column: u32) -> Option<(usize, (u32, u32))> {
        let block = last_not_after(&self.mappings, (line, column))?;
        Some((block, *self.mappings.get(block)?))
    }

    /// The line block in which a line of a source is, if it is in one.
    pub(super) fn line_block(&self, source: u32, line: u32) -> Option<usize> {
        let block = last_not_after(&self.lines, (source, line))?;
        Some(self.mappings.len() + block)
    }

    /// Where a block is in the index.
    pub(super) fn range(&self, block: usize) -> Option<Range<u64>> {
        Some(*self.starts.get(block)?..*self.starts.get(block + 1)?)
    }
}

fn ascends(keys: &[(u32, u32)]) -> bool {
    keys.windows(2).all(|pair| pair[0] < pair[1])
}

fn last_not_after(keys: &[(u32, u32)], key: (u32, u32)) -> Option<usize> {
    keys.partition_point(|first| *first <= key).checked_sub(1)
}

/// The length of an entry in bytes.
pub(crate) const ENTRY_LENGTH: usize = 12;
/// The most bytes of a directory: more than 300,000 blocks.
pub(crate) const MAX_DIRECTORY: usize = 4 << 20;
/// The most bytes of a block, as it is stored.
const MAX_BLOCK: usize = (1 << 20) + (1 << 10);
