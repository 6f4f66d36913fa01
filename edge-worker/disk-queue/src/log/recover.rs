//! Opens a log: reads all of its segments.

use super::{Limits, Log};
use crate::frame::{self, Frame, Part};
use crate::index::{Index, Location, Segment};
use crate::name::Name;
use crate::{FileSystem, SegmentFile};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex};

/// The state in which a log was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Messages that are not acknowledged.
    pub messages: usize,
    /// Bytes of all segments.
    pub bytes: u64,
    /// Bytes at the end of the newest segment that were cut off: no `put` of them had ended.
    pub torn_bytes: u64,
    /// Places where bytes have changed since they were written; what was there is lost.
    pub corrupt: u64,
    /// Bytes of those places.
    pub corrupt_bytes: u64,
}

/// Why a log cannot be opened. The machine is at fault.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {error}")]
pub struct LogError {
    /// The file.
    name: Box<str>,
    error: io::Error,
}

impl<F: FileSystem> Log<F> {
    /// Opens the log of a directory. `seed` is random: nobody who sends messages knows it.
    ///
    /// # Errors
    /// [`LogError`]: a file cannot be read. What is in it that is wrong is no error.
    pub fn open(files: F, limits: Limits, seed: u64) -> Result<(Self, Recovered), LogError> {
        let names = files.names().map_err(of("the directory"))?;
        let names: BTreeSet<Name> = names.iter().filter_map(|name| Name::parse(name)).collect();
        let mut scan = Scan {
            index: Index {
                segments: BTreeMap::new(),
                messages: BTreeMap::new(),
                live_bytes: 0,
            },
            acknowledged: BTreeSet::new(),
            last_sequence: 0,
            recovered: Recovered::default(),
        };
        for name in &names {
            let text = name.to_string();
            let file = files.open(&text).map_err(of(&text))?;
            scan.segment(*name, file, Some(name) == names.last())
                .map_err(of(&text))?;
        }
        for sequence in &scan.acknowledged {
            scan.index.remove(*sequence);
        }
        let recovered = Recovered {
            messages: scan.index.messages.len(),
            bytes: scan.index.bytes(),
            ..scan.recovered
        };
        let mut log = Self {
            files,
            limits,
            seed,
            index: Arc::new(Mutex::new(scan.index)),
            active: None,
            next_sequence: scan.last_sequence + 1,
            acknowledged: Vec::new(),
            is_directory_synced: false,
        };
        log.sync_directory().map_err(of("the directory"))?;
        log.reclaim();
        Ok((log, recovered))
    }
}

/// The segments that were read so far.
struct Scan<File> {
    index: Index<File>,
    acknowledged: BTreeSet<u64>,
    last_sequence: u64,
    recovered: Recovered,
}

impl<File: SegmentFile> Scan<File> {
    fn segment(&mut self, name: Name, file: File, is_newest: bool) -> io::Result<()> {
        let mut bytes = vec![0; usize::try_from(file.length()?).unwrap_or(usize::MAX)];
        file.read(0, &mut bytes)?;
        let mut segment = Segment {
            file: Arc::new(file),
            bytes: bytes.len() as u64,
            live: 0,
            acknowledges: false,
        };
        self.last_sequence = self.last_sequence.max(name.sequence);
        let mut messages = Vec::new();
        for part in frame::decode(name.salt, &bytes) {
            match part {
                Part::Frame(range, Frame::Message { sequence, .. }) => {
                    self.last_sequence = self.last_sequence.max(sequence);
                    let location = Location {
                        segment: name,
                        offset: range.start as u64,
                        bytes: u32::try_from(range.len()).unwrap_or(u32::MAX),
                    };
                    messages.push((sequence, location));
                }
                Part::Frame(_, Frame::Acknowledgement(sequences)) => {
                    segment.acknowledges = true;
                    for sequence in sequences.iter() {
                        // The message itself may be damaged: none gets its sequence again.
                        self.last_sequence = self.last_sequence.max(sequence);
                        self.acknowledged.insert(sequence);
                    }
                }
                Part::Torn(range) if is_newest => {
                    self.recovered.torn_bytes += range.len() as u64;
                    segment.file.truncate(range.start as u64)?;
                    segment.bytes = range.start as u64;
                }
                Part::Corrupt(range) | Part::Torn(range) => {
                    self.recovered.corrupt += 1;
                    self.recovered.corrupt_bytes += range.len() as u64;
                }
            }
        }
        // The process before this one may have ended before its sync. Older segments are synced.
        if is_newest {
            segment.file.sync()?;
        }
        self.index.segments.insert(name, segment);
        for (sequence, location) in messages {
            // Of a message that was moved the older copy counts: it is durable for sure.
            if !self.index.messages.contains_key(&sequence) {
                self.index.insert(sequence, location);
            }
        }
        Ok(())
    }
}

fn of(name: &str) -> impl Fn(io::Error) -> LogError {
    move |error| LogError {
        name: name.into(),
        error,
    }
}
