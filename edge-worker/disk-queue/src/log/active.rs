//! The segment that is written.

use super::{Log, frame_bytes};
use crate::frame::{HEAD_BYTES, encode_acknowledgement, encode_message};
use crate::index::{Location, Segment, lock};
use crate::name::Name;
use crate::{FileSystem, SegmentFile};
use bytes::Bytes;
use std::io;
use std::sync::Arc;
use twox_hash::XxHash3_64;

/// The segment that is written.
#[derive(Debug)]
pub(super) struct Active<File> {
    name: Name,
    file: Arc<File>,
    /// Bytes of whole frames. What is behind them is overwritten.
    written: u64,
    /// How many of them are durable.
    synced: u64,
    /// Acknowledged sequences in what is not durable.
    unsynced: Vec<u64>,
}

impl<File> Active<File> {
    pub(super) const fn written(&self) -> u64 {
        self.written
    }

    pub(super) const fn is_synced(&self) -> bool {
        self.written == self.synced
    }
}

impl<F: FileSystem> Log<F> {
    /// Appends messages, and what was acknowledged before them, and waits until they are
    /// durable. Messages are in the index from then on.
    pub(super) fn append_synced(&mut self, messages: &[(u64, Bytes)]) -> io::Result<()> {
        if messages.is_empty() {
            return Ok(());
        }
        let locations = self.append(messages)?;
        self.sync_active()?;
        let mut index = lock(&self.index);
        for (sequence, location) in locations {
            index.insert(sequence, location);
        }
        Ok(())
    }

    /// Appends what was acknowledged, and messages. Returns where they are.
    pub(super) fn append(&mut self, messages: &[(u64, Bytes)]) -> io::Result<Vec<(u64, Location)>> {
        let mut active = match self.active.take() {
            Some(active) => active,
            None => self.begin()?,
        };
        let name = active.name;
        let bytes = messages.iter().map(|(_, message)| frame_bytes(message));
        let acknowledged = HEAD_BYTES + 8 * self.acknowledged.len();
        let mut frames = Vec::with_capacity(acknowledged + bytes.sum::<u64>() as usize);
        if !self.acknowledged.is_empty() {
            encode_acknowledgement(name.salt, &self.acknowledged, &mut frames);
        }
        let mut locations = Vec::with_capacity(messages.len());
        for (sequence, message) in messages {
            let begin = frames.len();
            encode_message(name.salt, *sequence, message, &mut frames);
            let location = Location {
                segment: name,
                offset: active.written + begin as u64,
                bytes: u32::try_from(frames.len() - begin).unwrap_or(u32::MAX),
            };
            locations.push((*sequence, location));
        }
        let written = active.file.write(active.written, &frames);
        if let Err(error) = written {
            // What was written of it must not be taken for frames. If it cannot be cut off,
            // nothing is written behind it.
            if active.file.truncate(active.written).is_ok() {
                self.active = Some(active);
            } else {
                self.set_bytes(name, active.written + frames.len() as u64);
                self.give_up(active);
            }
            return Err(error);
        }
        active.written += frames.len() as u64;
        let acknowledges = !self.acknowledged.is_empty();
        active.unsynced.append(&mut self.acknowledged);
        if let Some(segment) = lock(&self.index).segments.get_mut(&name) {
            segment.bytes = active.written;
            segment.acknowledges |= acknowledges;
        }
        self.active = Some(active);
        Ok(locations)
    }

    /// Waits until what was written is durable. When that fails, what was not durable is given
    /// up: the system may have dropped it, and tells so once.
    pub(super) fn sync_active(&mut self) -> io::Result<()> {
        let Some(mut active) = self.active.take() else {
            return Ok(());
        };
        if active.is_synced() {
            self.active = Some(active);
            return Ok(());
        }
        match active.file.sync().and_then(|()| self.sync_directory()) {
            Ok(()) => {
                active.synced = active.written;
                active.unsynced.clear();
                self.active = Some(active);
                Ok(())
            }
            Err(error) => {
                if active.file.truncate(active.synced).is_ok() {
                    self.set_bytes(active.name, active.synced);
                }
                self.give_up(active);
                Err(error)
            }
        }
    }

    /// Writes nothing more to this segment. What it acknowledges and is not durable is written
    /// to the next one.
    pub(super) fn seal(&mut self) {
        // A failure has given it up already.
        if self.sync_active().is_ok()
            && let Some(active) = self.active.take()
        {
            self.give_up(active);
        }
    }

    /// Waits until changes of the directory are durable.
    pub(super) fn sync_directory(&mut self) -> io::Result<()> {
        if !self.is_directory_synced {
            self.files.sync()?;
            self.is_directory_synced = true;
        }
        Ok(())
    }

    fn give_up(&mut self, mut active: Active<F::File>) {
        self.acknowledged.append(&mut active.unsynced);
    }

    fn begin(&mut self) -> io::Result<Active<F::File>> {
        let sequence = self.next_sequence;
        let name = Name {
            sequence,
            salt: XxHash3_64::oneshot_with_seed(self.seed, &sequence.to_le_bytes()),
        };
        let file = Arc::new(self.files.create(&name.to_string())?);
        self.is_directory_synced = false;
        // The next segment has another name, whatever comes of this one.
        self.next_sequence += 1;
        let segment = Segment {
            file: Arc::clone(&file),
            bytes: 0,
            live: 0,
            acknowledges: false,
        };
        lock(&self.index).segments.insert(name, segment);
        Ok(Active {
            name,
            file,
            written: 0,
            synced: 0,
            unsynced: Vec::new(),
        })
    }

    fn set_bytes(&self, name: Name, bytes: u64) {
        if let Some(segment) = lock(&self.index).segments.get_mut(&name) {
            segment.bytes = bytes;
        }
    }
}
