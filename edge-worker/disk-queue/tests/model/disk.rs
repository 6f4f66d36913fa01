//! A simulated disk: it loses what is not synced, tears it at any byte, reorders changes of the
//! directory, and fails when it is told to.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;
use throughline_disk_queue::{FileSystem, SegmentFile};

/// A disk. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    inodes: Vec<Inode>,
    names: Names,
    durable_names: Names,
    /// Since the directory was synced.
    changes: Vec<NameChange>,
    fault: Option<Fault>,
    faults: u32,
    random: Random,
}

type Names = BTreeMap<String, usize>;

#[derive(Debug, Default, Clone)]
struct Inode {
    seen: Vec<u8>,
    durable: Vec<u8>,
    /// Since the file was synced.
    changes: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

#[derive(Debug, Clone)]
enum NameChange {
    Create(String, usize),
    Remove(String),
}

/// A failure to come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    /// Calls until it comes.
    pub(crate) after: u32,
    /// How many calls fail.
    pub(crate) calls: u32,
    pub(crate) kind: io::ErrorKind,
}

/// An open file of a disk.
#[derive(Debug)]
pub(crate) struct OpenFile {
    disk: Disk,
    inode: usize,
}

impl Disk {
    pub(crate) fn seeded(seed: u64) -> Self {
        let disk = Self::default();
        disk.0.borrow_mut().random = Random(seed);
        disk
    }

    pub(crate) fn fail(&self, fault: Fault) {
        self.0.borrow_mut().fault = Some(fault);
    }

    pub(crate) fn heal(&self) {
        self.0.borrow_mut().fault = None;
    }

    /// How many calls have failed.
    pub(crate) fn faults(&self) -> u32 {
        self.0.borrow().faults
    }

    /// Bytes of all files.
    pub(crate) fn bytes(&self) -> u64 {
        let state = self.0.borrow();
        let files = state.names.values();
        files
            .map(|inode| state.inodes[*inode].seen.len() as u64)
            .sum()
    }

    pub(crate) fn files(&self) -> usize {
        self.0.borrow().names.len()
    }

    /// Changes a bit of a file, wherever it is stored.
    pub(crate) fn flip(&self, file: usize, at: usize, by: u8) -> Option<()> {
        let mut state = self.0.borrow_mut();
        let inode = *state.names.values().nth(file)?;
        let inode = &mut state.inodes[inode];
        *inode.seen.get_mut(at)? ^= by;
        inode.durable = inode.seen.clone();
        inode.changes.clear();
        Some(())
    }

    /// A loss of power: of what is not synced, any part is lost.
    pub(crate) fn lose_power(&self) {
        let state = &mut *self.0.borrow_mut();
        for change in std::mem::take(&mut state.changes) {
            if state.random.below(2) == 0 {
                rename(&mut state.durable_names, change);
            }
        }
        state.names = state.durable_names.clone();
        for inode in &mut state.inodes {
            for change in std::mem::take(&mut inode.changes) {
                if let Some(change) = torn(change, &mut state.random) {
                    apply(&mut inode.durable, change);
                }
            }
            inode.seen = inode.durable.clone();
        }
        state.fault = None;
    }
}

impl State {
    /// Fails when it is time to.
    fn call(&mut self) -> io::Result<()> {
        let Some(fault) = &mut self.fault else {
            return Ok(());
        };
        if fault.after > 0 {
            fault.after -= 1;
            return Ok(());
        }
        if fault.calls == 0 {
            self.fault = None;
            return Ok(());
        }
        fault.calls -= 1;
        self.faults += 1;
        Err(fault.kind.into())
    }
}

impl FileSystem for Disk {
    type File = OpenFile;

    fn names(&self) -> io::Result<Vec<String>> {
        let mut state = self.0.borrow_mut();
        state.call()?;
        let others = ["owner".to_owned(), "dead-letters".to_owned()];
        Ok(state.names.keys().cloned().chain(others).collect())
    }

    fn create(&self, name: &str) -> io::Result<OpenFile> {
        let mut state = self.0.borrow_mut();
        state.call()?;
        if state.names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let inode = state.inodes.len();
        state.inodes.push(Inode::default());
        state.names.insert(name.to_owned(), inode);
        let change = NameChange::Create(name.to_owned(), inode);
        state.changes.push(change);
        Ok(OpenFile {
            disk: self.clone(),
            inode,
        })
    }

    fn open(&self, name: &str) -> io::Result<OpenFile> {
        let mut state = self.0.borrow_mut();
        state.call()?;
        let inode = *state.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(OpenFile {
            disk: self.clone(),
            inode,
        })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        state.call()?;
        state.names.remove(name).ok_or(io::ErrorKind::NotFound)?;
        state.changes.push(NameChange::Remove(name.to_owned()));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let state = &mut *self.0.borrow_mut();
        state.call()?;
        for change in std::mem::take(&mut state.changes) {
            rename(&mut state.durable_names, change);
        }
        Ok(())
    }
}

impl OpenFile {
    fn change(&self, change: Change) {
        let state = &mut *self.disk.0.borrow_mut();
        let inode = &mut state.inodes[self.inode];
        apply(&mut inode.seen, change.clone());
        inode.changes.push(change);
    }

    fn call(&self) -> io::Result<()> {
        self.disk.0.borrow_mut().call()
    }
}

impl SegmentFile for OpenFile {
    fn length(&self) -> io::Result<u64> {
        self.call()?;
        Ok(self.disk.0.borrow().inodes[self.inode].seen.len() as u64)
    }

    fn read(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.call()?;
        let state = self.disk.0.borrow();
        let seen = state.inodes[self.inode].seen.get(offset as usize..);
        let part = seen.and_then(|seen| seen.get(..bytes.len()));
        bytes.copy_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let called = self.call();
        let written = match called {
            Ok(()) => bytes.len(),
            Err(_) => self.disk.0.borrow_mut().random.below(bytes.len() + 1),
        };
        self.change(Change::Write(offset as usize, bytes[..written].to_vec()));
        called
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.call()?;
        self.change(Change::Truncate(length as usize));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let called = self.call();
        let state = &mut *self.disk.0.borrow_mut();
        let inode = &mut state.inodes[self.inode];
        for change in std::mem::take(&mut inode.changes) {
            // Linux takes pages that it could not write for clean:
            // https://wiki.postgresql.org/wiki/Fsync_Errors
            let change = match called {
                Ok(()) => Some(change),
                Err(_) => torn(change, &mut state.random),
            };
            if let Some(change) = change {
                apply(&mut inode.durable, change);
            }
        }
        called
    }
}

fn rename(names: &mut Names, change: NameChange) {
    match change {
        NameChange::Create(name, inode) => names.insert(name, inode),
        NameChange::Remove(name) => names.remove(&name),
    };
}

fn apply(content: &mut Vec<u8>, change: Change) {
    match change {
        Change::Write(offset, bytes) => {
            let end = offset + bytes.len();
            content.resize(content.len().max(end), 0);
            content[offset..end].copy_from_slice(&bytes);
        }
        Change::Truncate(length) => content.resize(length, 0),
    }
}

/// The rest of a change that was not synced.
fn torn(change: Change, random: &mut Random) -> Option<Change> {
    match (random.below(5), change) {
        (0 | 1, change) => Some(change),
        (2, Change::Write(offset, mut bytes)) => {
            bytes.truncate(random.below(bytes.len() + 1));
            Some(Change::Write(offset, bytes))
        }
        (3, Change::Write(offset, mut bytes)) => {
            let lost = random.below(bytes.len() + 1);
            bytes[..lost].fill(0);
            Some(Change::Write(offset, bytes))
        }
        _ => None,
    }
}

/// SplitMix64.
#[derive(Debug, Default)]
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as usize % end
    }
}
