//! The limits of a log.

use crate::frame::HEAD_BYTES;

/// Limits of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all segments. A message that does not fit is refused.
    pub max_bytes: u64,
    /// Bytes of one segment, but for acknowledgements at its end.
    pub segment_bytes: u64,
    /// Messages that are not acknowledged: each takes about 100 B of memory, however short it is.
    pub max_messages: u64,
}

impl Limits {
    /// Limits with segments of a sixteenth, and of 16 MiB at most: space is freed by segments.
    /// A message counts for 4 KiB at least, so that the index takes a fortieth of it in memory.
    pub const fn of(max_bytes: u64) -> Self {
        let part = max_bytes / 16;
        Self {
            max_bytes,
            max_messages: max_bytes / LEAST_MESSAGE,
            segment_bytes: if part < MAX_SEGMENT {
                part
            } else {
                MAX_SEGMENT
            },
        }
    }

    /// The bytes of the longest message.
    pub const fn max_message_bytes(self) -> usize {
        let length = self.segment_bytes.saturating_sub(HEAD_BYTES as u64);
        // Its length is a u32.
        if length < u32::MAX as u64 / 2 {
            length as usize
        } else {
            u32::MAX as usize / 2
        }
    }
}

const MAX_SEGMENT: u64 = 16 * 1024 * 1024;
/// The least that a message counts for, in bytes.
const LEAST_MESSAGE: u64 = 4 * 1024;
