//! The index of a log: its segments, and where each message is.

use crate::frame::{self, Frame, HEAD_BYTES, Part};
use crate::name::Name;
use crate::{FileSystem, SegmentFile};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Segments and the messages that are not acknowledged.
#[derive(Debug)]
pub(crate) struct Index<File> {
    /// Oldest first.
    pub(crate) segments: BTreeMap<Name, Segment<File>>,
    pub(crate) messages: BTreeMap<u64, Location>,
    /// Bytes of the frames of those messages.
    pub(crate) live_bytes: u64,
}

/// A segment.
#[derive(Debug)]
pub(crate) struct Segment<File> {
    pub(crate) file: Arc<File>,
    pub(crate) bytes: u64,
    /// Messages that are not acknowledged.
    pub(crate) live: u64,
    /// Whether it has acknowledgements of messages in older segments.
    pub(crate) acknowledges: bool,
}

/// Where the frame of a message is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Location {
    pub(crate) segment: Name,
    pub(crate) offset: u64,
    /// Of the frame, in bytes.
    pub(crate) bytes: u32,
}

/// Reads messages beside the thread that writes the log. Clones read the same log.
#[derive(Debug)]
pub struct Reader<F: FileSystem>(pub(crate) Arc<Mutex<Index<F::File>>>);

/// Why a message cannot be read. The machine is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The message was acknowledged.
    #[error("it was acknowledged")]
    Acknowledged,
    /// Its bytes have changed since they were written.
    #[error("its bytes have changed on the disk")]
    Corrupt,
    /// The system cannot read it.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl<File: SegmentFile> Index<File> {
    /// Adds a message, or sets where it is now.
    pub(crate) fn insert(&mut self, sequence: u64, location: Location) {
        self.remove(sequence);
        if let Some(segment) = self.segments.get_mut(&location.segment) {
            segment.live += 1;
            self.live_bytes += u64::from(location.bytes);
            self.messages.insert(sequence, location);
        }
    }

    /// Removes a message. Returns whether it was there.
    pub(crate) fn remove(&mut self, sequence: u64) -> bool {
        let Some(location) = self.messages.remove(&sequence) else {
            return false;
        };
        self.live_bytes -= u64::from(location.bytes);
        if let Some(segment) = self.segments.get_mut(&location.segment) {
            segment.live -= 1;
        }
        true
    }

    /// Bytes of all segments.
    pub(crate) fn bytes(&self) -> u64 {
        self.segments.values().map(|segment| segment.bytes).sum()
    }
}

impl<F: FileSystem> Reader<F> {
    /// Reads a message.
    ///
    /// # Errors
    /// [`ReadError`]: it was acknowledged, or the disk has lost it.
    pub fn read(&self, sequence: u64) -> Result<Bytes, ReadError> {
        let (location, file) = {
            let index = lock(&self.0);
            let location = *index
                .messages
                .get(&sequence)
                .ok_or(ReadError::Acknowledged)?;
            let segment = index.segments.get(&location.segment);
            let segment = segment.ok_or(ReadError::Acknowledged)?;
            (location, Arc::clone(&segment.file))
        };
        let mut bytes = vec![0; location.bytes as usize];
        file.read(location.offset, &mut bytes)?;
        let wanted = sequence;
        match frame::decode(location.segment.salt, &bytes).next() {
            Some(Part::Frame(_, Frame::Message { sequence, .. })) if sequence == wanted => {
                Ok(Bytes::from(bytes).slice(HEAD_BYTES..))
            }
            _ => Err(ReadError::Corrupt),
        }
    }

    /// The bytes of a message; `None` when it was acknowledged.
    pub fn length(&self, sequence: u64) -> Option<usize> {
        let location = lock(&self.0).messages.get(&sequence).copied()?;
        (location.bytes as usize).checked_sub(HEAD_BYTES)
    }

    /// The sequences of all messages that are not acknowledged, oldest first.
    pub fn sequences(&self) -> Vec<u64> {
        lock(&self.0).messages.keys().copied().collect()
    }

    /// How many messages are not acknowledged.
    pub fn messages(&self) -> usize {
        lock(&self.0).messages.len()
    }

    /// Bytes of the messages that are not acknowledged, with their heads.
    pub fn live_bytes(&self) -> u64 {
        lock(&self.0).live_bytes
    }

    /// Bytes that the segments take on the disk.
    pub fn bytes(&self) -> u64 {
        lock(&self.0).bytes()
    }
}

impl<F: FileSystem> Clone for Reader<F> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

pub(crate) fn lock<File>(index: &Mutex<Index<File>>) -> MutexGuard<'_, Index<File>> {
    index.lock().unwrap_or_else(PoisonError::into_inner)
}
