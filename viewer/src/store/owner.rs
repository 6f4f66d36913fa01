//! Ownership of a store's file: one store at a time.

use super::StoreError;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The ownership of a store's file, until it is dropped or the process ends.
///
/// The lock is on a file beside the store, because on some systems a lock on the store
/// itself would be in the way of SQLite's own.
#[derive(Debug)]
pub(super) struct Owner {
    _locked: File,
}

impl Owner {
    /// Acquires the ownership of the file `store`.
    pub(super) fn acquire(store: &Path) -> Result<Self, StoreError> {
        let path = lock_path(store);
        lock(&path).unwrap_or_else(|error| Err(StoreError::Owner { path, error }))
    }
}

fn lock(path: &Path) -> io::Result<Result<Owner, StoreError>> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)?;
            write!(file, "process {}", std::process::id())?;
            Ok(Ok(Owner { _locked: file }))
        }
        Err(TryLockError::WouldBlock) => {
            let mut name = String::new();
            // Where a lock forbids reading, the owner has no name.
            let _ = file.read_to_string(&mut name);
            Ok(Err(StoreError::Owned(if name.is_empty() {
                "another process".to_owned()
            } else {
                name
            })))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The path of the locked file beside the store, the same for every name of the store.
fn lock_path(store: &Path) -> PathBuf {
    let mut name: OsString = canonical(store).into();
    name.push("-owner");
    name.into()
}

/// The path without symbolic links. A store that does not exist yet is in a folder that does.
fn canonical(store: &Path) -> PathBuf {
    fs::canonicalize(store)
        .or_else(|_| {
            let parent = store
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty());
            let folder = fs::canonicalize(parent.unwrap_or(Path::new(".")))?;
            Ok::<_, io::Error>(folder.join(store.file_name().unwrap_or_default()))
        })
        .unwrap_or_else(|_| store.to_path_buf())
}
