//! Blocks: what the parts of an index are compressed in.

use super::bytes::u32_at;
use super::error::IndexError;
use alloc::vec;
use alloc::vec::Vec;
use zlib_rs::{InflateConfig, ReturnCode, decompress_slice};

/// The content of a block.
pub(super) fn inflate(block: &[u8]) -> Result<Vec<u8>, IndexError> {
    let length = u32_at(block, 0).ok_or(IndexError::ShortRead)? as usize;
    if length > MAX_CONTENT {
        return Err(IndexError::Malformed("a block has too much content"));
    }
    let mut content = vec![0; length];
    let compressed = block.get(LENGTH..).unwrap_or_default();
    let (inflated, code) = decompress_slice(&mut content, compressed, InflateConfig::default());
    // A block that is cut, changed or longer than it says gives another code, or another length.
    if code != ReturnCode::Ok || inflated.len() != length {
        return Err(IndexError::Checksum);
    }
    Ok(content)
}

/// The length of a block's first number.
const LENGTH: usize = 4;
/// The most bytes of a block's content.
pub(crate) const MAX_CONTENT: usize = 1 << 20;
