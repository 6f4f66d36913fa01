//! Frees the space of what is done.

use super::{Log, frame_bytes};
use crate::index::{Index, lock};
use crate::name::Name;
use crate::{FileSystem, SegmentFile};
use std::io;

impl<F: FileSystem> Log<F> {
    /// Removes segments that are done, and empties the oldest where much is done behind it.
    pub(super) fn reclaim(&mut self) {
        self.remove_done();
        if let Some(oldest) = self.worth_moving() {
            self.move_messages(oldest);
            self.remove_done();
        }
    }

    /// Removes segments whose messages are all acknowledged, oldest first: their
    /// acknowledgements may be in newer ones. What cannot be removed now is removed later.
    fn remove_done(&mut self) {
        loop {
            let done = done(&lock(&self.index));
            let Some(name) = done else {
                return;
            };
            // An earlier removal is durable before the next one, as what it needs is.
            if self.sync_directory().is_err() {
                return;
            }
            match self.files.remove(&name.to_string()) {
                Ok(()) => self.is_directory_synced = false,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(_) => return,
            }
            lock(&self.index).segments.remove(&name);
        }
    }

    /// The oldest segment, when more than half of what may be kept is taken, and more than half
    /// of that is done. Then a segment that one message keeps does not keep those behind it.
    fn worth_moving(&self) -> Option<Name> {
        let index = lock(&self.index);
        let bytes = index.bytes();
        let is_worth = bytes > self.limits.max_bytes / 2 && index.live_bytes < bytes / 2;
        let (oldest, _) = index.segments.first_key_value()?;
        let (newest, _) = index.segments.last_key_value()?;
        (is_worth && oldest != newest).then_some(*oldest)
    }

    /// Moves the messages of a segment to the newest, with their sequences.
    fn move_messages(&mut self, from: Name) {
        let reader = self.reader();
        let sequences: Vec<u64> = {
            let index = lock(&self.index);
            let messages = index.messages.iter();
            let inside = messages.filter(|(_, location)| location.segment == from);
            inside.map(|(sequence, _)| *sequence).collect()
        };
        let mut group = Vec::new();
        let mut group_bytes = 0;
        let mut free = self.free_bytes();
        for sequence in sequences {
            // What cannot be read stays, and whoever reads it finds out.
            let Ok(message) = reader.read(sequence) else {
                break;
            };
            let bytes = frame_bytes(&message);
            let Some(left) = free.checked_sub(bytes) else {
                break;
            };
            free = left;
            if !self.has_room(group_bytes + bytes) {
                if self.append_synced(&core::mem::take(&mut group)).is_err() {
                    return;
                }
                self.seal();
                group_bytes = 0;
            }
            group_bytes += bytes;
            group.push((sequence, message));
        }
        // After a failure they are where they were.
        let _ = self.append_synced(&group);
    }
}

/// The next segment to remove; never the newest, whose name has the highest sequence.
fn done<File: SegmentFile>(index: &Index<File>) -> Option<Name> {
    let (newest, _) = index.segments.last_key_value()?;
    let mut segments = index
        .segments
        .iter()
        .take_while(|(name, _)| *name != newest);
    let (oldest, _) = index.segments.first_key_value()?;
    let done = segments
        .find(|(name, segment)| segment.live == 0 && (!segment.acknowledges || *name == oldest));
    done.map(|(name, _)| *name)
}
