//! The blocks of an index that is being made.

use crate::index::MAX_CONTENT;
use alloc::vec;
use alloc::vec::Vec;
use zlib_rs::{DeflateConfig, compress_bound, compress_slice};

/// Blocks, one after the other.
#[derive(Default)]
pub(super) struct Blocks {
    /// The key of each block, and where it begins.
    pub(super) entries: Vec<((u32, u32), usize)>,
    pub(super) bytes: Vec<u8>,
}

impl Blocks {
    /// Appends a block with this key and content.
    pub(super) fn push(&mut self, key: (u32, u32), content: &[u8]) {
        debug_assert!(content.len() <= MAX_CONTENT, "writers end blocks before");
        self.entries.push((key, self.bytes.len()));
        self.bytes
            .extend_from_slice(&(content.len() as u32).to_le_bytes());
        let mut compressed = vec![0; compress_bound(content.len())];
        let (compressed, _) = compress_slice(&mut compressed, content, DeflateConfig::new(LEVEL));
        self.bytes.extend_from_slice(compressed);
    }
}

/// The level that compresses best: an index is made once.
const LEVEL: i32 = 9;
