//! The log: appends messages and acknowledgements, and removes segments that are done.

mod active;
mod limits;
mod reclaim;
mod recover;

use crate::frame::HEAD_BYTES;
use crate::index::{Index, lock};
use crate::{FileSystem, Reader};
use active::Active;
use bytes::Bytes;
pub use limits::Limits;
pub use recover::{LogError, Recovered};
use std::io;
use std::sync::{Arc, Mutex};

/// A log of messages.
#[derive(Debug)]
pub struct Log<F: FileSystem> {
    files: F,
    limits: Limits,
    /// The salts of segments are made of it.
    seed: u64,
    index: Arc<Mutex<Index<F::File>>>,
    /// The segment that is written, once there is something to write.
    active: Option<Active<F::File>>,
    next_sequence: u64,
    /// Sequences of acknowledged messages that are to be written.
    acknowledged: Vec<u64>,
    is_directory_synced: bool,
}

/// Why a message was not stored.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PutError {
    /// The log has as many bytes or messages as it may have. The consumer is too slow.
    #[error("the queue is full")]
    Full,
    /// The message is longer than [`Limits::max_message_bytes`]. The caller is at fault.
    #[error("the message is longer than a message may be")]
    TooLong,
    /// The system cannot write. The machine is at fault.
    #[error("the disk failed: {0}")]
    System(Arc<io::Error>),
}

impl<F: FileSystem> Log<F> {
    /// Stores messages with one sync for all, where they fit into one segment. Each is stored,
    /// with its sequence, or refused; what was refused is not read by this process.
    pub fn put(&mut self, messages: &[Bytes]) -> Vec<Result<u64, PutError>> {
        let mut results: Vec<Result<u64, PutError>> = Vec::with_capacity(messages.len());
        let mut group: Vec<(u64, Bytes)> = Vec::new();
        let mut group_bytes = 0;
        self.reclaim();
        // One segment is left free for messages that are moved.
        let mut free = (self.free_bytes()).saturating_sub(self.limits.segment_bytes);
        let live = lock(&self.index).messages.len() as u64;
        let mut free_messages = self.limits.max_messages.saturating_sub(live);
        for message in messages {
            if message.len() > self.limits.max_message_bytes() {
                results.push(Err(PutError::TooLong));
                continue;
            }
            let bytes = frame_bytes(message);
            let left = free.checked_sub(bytes + ACKNOWLEDGEMENT_BYTES);
            let (Some(left), Some(left_messages)) = (left, free_messages.checked_sub(1)) else {
                results.push(Err(PutError::Full));
                continue;
            };
            (free, free_messages) = (left, left_messages);
            if !self.has_room(group_bytes + bytes) {
                self.store(&mut group, &mut results);
                self.seal();
                group_bytes = 0;
            }
            group_bytes += bytes;
            group.push((self.next_sequence, message.clone()));
            results.push(Ok(self.next_sequence));
            self.next_sequence += 1;
        }
        self.store(&mut group, &mut results);
        results
    }

    /// Marks a message as done. It is not read again; that it is done is written by the next
    /// `put` or [`Log::write_acknowledgements`]. Returns whether it was in the log.
    pub fn acknowledge(&mut self, sequence: u64) -> bool {
        let was_live = lock(&self.index).remove(sequence);
        if was_live {
            self.acknowledged.push(sequence);
        }
        was_live
    }

    /// Writes the acknowledgements, without a sync: they outlive this process, and not a loss of
    /// power. Segments that are done are removed.
    ///
    /// # Errors
    /// The system's; the acknowledgements are written later.
    pub fn write_acknowledgements(&mut self) -> io::Result<()> {
        // What is done as a whole needs no acknowledgement on the disk.
        self.reclaim();
        if self.acknowledged.is_empty() {
            return Ok(());
        }
        if !self.has_room(HEAD_BYTES as u64) {
            self.seal();
        }
        self.append(&[]).map(drop)
    }

    /// Waits until all that was written is durable, and removes segments that are done.
    ///
    /// # Errors
    /// The system's; the acknowledgements are written again later.
    pub fn sync(&mut self) -> io::Result<()> {
        self.sync_active()?;
        self.reclaim();
        Ok(())
    }

    /// Whether all acknowledgements are durable.
    pub fn is_synced(&self) -> bool {
        let is_synced = self.active.as_ref().is_none_or(Active::is_synced);
        self.acknowledged.is_empty() && is_synced
    }

    /// A reader of its messages.
    pub fn reader(&self) -> Reader<F> {
        Reader(Arc::clone(&self.index))
    }

    /// The limits that it was opened with.
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Bytes that messages and their acknowledgements may still take.
    fn free_bytes(&self) -> u64 {
        let index = lock(&self.index);
        let to_acknowledge = (index.messages.len() + self.acknowledged.len()) as u64;
        let taken = index.bytes() + to_acknowledge * ACKNOWLEDGEMENT_BYTES;
        self.limits.max_bytes.saturating_sub(taken)
    }

    /// Whether the segment that is written has room.
    fn has_room(&self, bytes: u64) -> bool {
        let written = self.active.as_ref().map_or(0, Active::written);
        written + bytes <= self.limits.segment_bytes
    }

    /// Stores a group of messages in one segment. When that fails, so do their results.
    fn store(&mut self, group: &mut Vec<(u64, Bytes)>, results: &mut [Result<u64, PutError>]) {
        let group = core::mem::take(group);
        if group.is_empty() {
            return;
        }
        if let Err(error) = self.append_synced(&group) {
            let error = PutError::System(Arc::new(error));
            for result in results {
                if let Ok(sequence) = result
                    && group.iter().any(|(failed, _)| failed == sequence)
                {
                    *result = Err(error.clone());
                }
            }
        }
    }
}

/// Bytes of a message in a segment.
fn frame_bytes(message: &Bytes) -> u64 {
    (HEAD_BYTES + message.len()) as u64
}

/// The most that the acknowledgement of a message takes: a frame of its own.
const ACKNOWLEDGEMENT_BYTES: u64 = HEAD_BYTES as u64 + 8;
