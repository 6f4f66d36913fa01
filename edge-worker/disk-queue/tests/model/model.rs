//! A model of the log: what it must have, and what it may have.

use crate::disk::{Disk, Fault};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use throughline_disk_queue::{Limits, Log, PutError, ReadError};

#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Messages of these lengths.
    Put(Vec<usize>),
    /// The message at this part of those that are live.
    Acknowledge(u16),
    /// All but one in so many.
    AcknowledgeMost(usize),
    WriteAcknowledgements,
    Sync,
    Read(u16),
    /// The process is killed, and started again.
    Kill,
    /// So is the machine.
    LosePower,
    Fail(Fault),
}

/// The log and its disk, and what is known of them.
pub(crate) struct Model {
    disk: Disk,
    log: Log<Disk>,
    limits: Limits,
    next_id: u64,
    seed: u64,
    /// Stored, and not acknowledged: the id of each by its sequence.
    live: BTreeMap<u64, u64>,
    /// Ids that no crash may lose: their `put` ended well, or a loss of power left them.
    stored: BTreeSet<u64>,
    /// Every message that was ever put.
    messages: BTreeMap<u64, Bytes>,
    /// May come again after a kill.
    unwritten: BTreeSet<u64>,
    /// May come again after a loss of power.
    unsynced: BTreeSet<u64>,
    /// Ids of which a `put` or an acknowledgement failed: may come after either.
    failed: BTreeSet<u64>,
    /// Whether the power was ever lost.
    was_torn: bool,
}

impl Model {
    pub(crate) fn new(limits: Limits, seed: u64) -> Self {
        let disk = Disk::seeded(seed);
        let (log, recovered) = Log::open(disk.clone(), limits, seed).expect("an empty disk");
        assert_eq!(recovered, throughline_disk_queue::Recovered::default());
        Self {
            disk,
            log,
            limits,
            next_id: 0,
            seed,
            live: BTreeMap::new(),
            stored: BTreeSet::new(),
            messages: BTreeMap::new(),
            unwritten: BTreeSet::new(),
            unsynced: BTreeSet::new(),
            failed: BTreeSet::new(),
            was_torn: false,
        }
    }

    pub(crate) fn take(&mut self, step: Step) {
        let faults = self.disk.faults();
        match step {
            Step::Put(lengths) => self.put(&lengths),
            Step::Acknowledge(at) => {
                if let Some(sequence) = self.sequence_at(at) {
                    self.acknowledge(sequence);
                }
            }
            Step::AcknowledgeMost(one_in) => {
                let sequences: Vec<u64> = self.live.keys().copied().collect();
                let most = sequences.iter().enumerate();
                for (_, sequence) in most.filter(|(at, _)| at % one_in != 0) {
                    self.acknowledge(*sequence);
                }
            }
            Step::WriteAcknowledgements => {
                if self.log.write_acknowledgements().is_ok() {
                    self.unwritten.clear();
                }
            }
            Step::Sync => {
                let written = self.log.write_acknowledgements();
                if written.and_then(|()| self.log.sync()).is_ok() {
                    assert!(self.log.is_synced());
                    self.unwritten.clear();
                    self.unsynced.clear();
                }
            }
            Step::Read(at) => {
                if let Some(sequence) = self.sequence_at(at) {
                    match self.log.reader().read(sequence) {
                        Ok(message) => {
                            assert_eq!(message, self.messages[&self.live[&sequence]]);
                        }
                        Err(ReadError::System(_)) => assert!(self.disk.faults() > 0),
                        Err(error) => panic!("{error}"),
                    }
                }
            }
            Step::Kill => {
                self.disk.heal();
                self.reopen();
            }
            Step::LosePower => {
                self.disk.lose_power();
                self.was_torn = true;
                self.unwritten.append(&mut self.unsynced);
                self.reopen();
                self.stored = self.live.values().copied().collect();
            }
            Step::Fail(fault) => self.disk.fail(fault),
        }
        if self.disk.faults() > faults {
            // What a failed sync dropped is seen until the power is lost, also by a process that
            // is started meanwhile.
            self.failed.extend(&self.unsynced);
        }
        if self.disk.faults() == 0 && !self.was_torn {
            let (bytes, most) = (self.disk.bytes(), self.limits.max_bytes);
            assert!(bytes <= most, "{bytes} bytes of at most {most}");
        }
    }

    /// The ids of the messages that are live.
    pub(crate) fn live(&self) -> Vec<u64> {
        self.live.values().copied().collect()
    }

    /// Acknowledges everything: then the space is free.
    pub(crate) fn end(mut self) {
        self.disk.heal();
        self.take(Step::Sync);
        for sequence in self.live.keys().copied().collect::<Vec<_>>() {
            self.acknowledge(sequence);
        }
        self.take(Step::Sync);
        let long = self.limits.max_message_bytes();
        for _ in 0..40 {
            self.put(&[long]);
            let (_, id) = self.live.first_key_value().expect("it was stored");
            assert_eq!(self.messages[id].len(), long);
            self.take(Step::AcknowledgeMost(usize::MAX));
            let sequence = *self.live.first_key_value().expect("the first").0;
            self.acknowledge(sequence);
        }
        self.take(Step::Sync);
        assert!(self.disk.files() <= 3, "{} files", self.disk.files());
        self.take(Step::LosePower);
        assert_eq!(self.live.len(), 0);
    }

    fn put(&mut self, lengths: &[usize]) {
        let first = self.next_id;
        let messages: Vec<Bytes> = (lengths.iter())
            .map(|length| {
                let id = self.next_id;
                self.next_id += 1;
                let mut message = id.to_le_bytes().to_vec();
                message.resize((*length).max(8), b'.');
                let message = Bytes::from(message);
                self.messages.insert(id, message.clone());
                message
            })
            .collect();
        let faults = self.disk.faults();
        let bytes = self.log.reader().bytes();
        let put = self.log.put(&messages);
        assert_eq!(put.len(), messages.len());
        for ((id, message), result) in (first..).zip(&messages).zip(put) {
            match result {
                Ok(sequence) => {
                    assert_eq!(self.live.insert(sequence, id), None);
                    self.stored.insert(id);
                }
                Err(PutError::TooLong) => {
                    assert!(message.len() > self.limits.max_message_bytes());
                }
                Err(PutError::Full) => self.assert_full(bytes, &messages),
                Err(PutError::System(_)) => {
                    assert!(self.disk.faults() > faults);
                    self.failed.insert(id);
                }
                Err(error) => panic!("{error}"),
            }
        }
        // A put writes the acknowledgements before it.
        if self.log.is_synced() {
            self.unwritten.clear();
            self.unsynced.clear();
        }
    }

    /// A message is refused only where hardly anything is free.
    fn assert_full(&self, taken: u64, messages: &[Bytes]) {
        if self.disk.faults() > 0 {
            return;
        }
        let bytes: u64 = messages.iter().map(|m| m.len() as u64 + 58).sum();
        let acknowledgements = (self.messages.len() * 33) as u64;
        let wanted = taken + bytes + acknowledgements + self.limits.segment_bytes;
        assert!(wanted > self.limits.max_bytes, "{wanted}");
    }

    fn acknowledge(&mut self, sequence: u64) {
        assert!(self.log.acknowledge(sequence));
        assert!(!self.log.acknowledge(sequence));
        let id = self.live.remove(&sequence).expect("it is live");
        self.stored.remove(&id);
        self.unwritten.insert(id);
        self.unsynced.insert(id);
    }

    fn sequence_at(&self, at: u16) -> Option<u64> {
        let at = usize::from(at) * self.live.len() / (usize::from(u16::MAX) + 1);
        self.live.keys().nth(at).copied()
    }

    fn reopen(&mut self) {
        self.seed += 1;
        let opened = Log::open(self.disk.clone(), self.limits, self.seed);
        let (log, recovered) = opened.expect("the disk works");
        if self.disk.faults() == 0 && !self.was_torn {
            assert_eq!((recovered.torn_bytes, recovered.corrupt), (0, 0));
        }
        self.log = log;
        let reader = self.log.reader();
        let mut found = BTreeMap::new();
        for sequence in reader.sequences() {
            let message = reader.read(sequence).expect("it was found");
            let id = u64::from_le_bytes(*message.first_chunk().expect("an id"));
            assert_eq!(self.messages[&id], message);
            assert_eq!(found.insert(id, sequence), None, "{id} is there twice");
        }
        assert_eq!(recovered.messages, found.len());
        for (sequence, id) in &self.live {
            let is_there = found.get(id) == Some(sequence);
            assert!(is_there || !self.stored.contains(id), "{id} is lost");
        }
        let live: BTreeSet<u64> = self.live.values().copied().collect();
        for id in found.keys().filter(|id| !live.contains(id)) {
            let may_come = self.unwritten.contains(id) || self.failed.contains(id);
            assert!(may_come, "{id} came again");
        }
        self.unwritten.clear();
        self.live = found
            .into_iter()
            .map(|(id, sequence)| (sequence, id))
            .collect();
    }
}

pub(crate) const KINDS: [io::ErrorKind; 2] = [io::ErrorKind::StorageFull, io::ErrorKind::Other];
