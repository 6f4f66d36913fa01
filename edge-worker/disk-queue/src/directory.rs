//! The directory of a log on the disk of this machine.

use crate::{FileSystem, SegmentFile};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A directory that this process owns, until the value is dropped or the process ends.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    /// Open, so that it can be synced.
    directory: File,
    /// Locked. The system removes the lock when the process ends.
    _owner: File,
}

/// Why a directory cannot be used. The operator, or the machine, is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// Another process has it open.
    #[error("another process has it open: one process has one directory")]
    Owned,
    /// The system cannot make or open it.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl Directory {
    /// Opens a directory, which is made when there is none, for its owner alone; so are its
    /// files. The mode of one that is there is the operator's.
    ///
    /// # Errors
    /// [`DirectoryError`]: another process owns it, or the system cannot open it.
    pub fn open(path: &Path) -> Result<Self, DirectoryError> {
        create(path, 0o700)?;
        let owner = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path.join(OWNER))?;
        owner.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => DirectoryError::Owned,
            TryLockError::Error(error) => DirectoryError::System(error),
        })?;
        Ok(Self {
            directory: File::open(path)?,
            path: path.into(),
            _owner: owner,
        })
    }
}

/// Makes a directory, with those in which it is. Each is durable in the one above it.
fn create(path: &Path, mode: u32) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let above = match path.parent() {
        Some(above) if above != Path::new("") => above,
        _ => Path::new("."),
    };
    create(above, 0o777)?;
    match DirBuilder::new().mode(mode).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => File::open(above)?.sync_all(),
    }
}

impl FileSystem for Directory {
    type File = File;

    fn names(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.path)?.map(|entry| Ok(entry?.file_name()));
        // A name that is not UTF-8 is none of ours.
        let names = names.filter_map(|name: io::Result<_>| match name {
            Ok(name) => name.into_string().ok().map(Ok),
            Err(error) => Some(Err(error)),
        });
        names.collect()
    }

    fn create(&self, name: &str) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(0o600);
        options.open(self.path.join(name))
    }

    fn open(&self, name: &str) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).open(self.path.join(name))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn sync(&self) -> io::Result<()> {
        self.directory.sync_all()
    }
}

impl SegmentFile for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.read_exact_at(bytes, offset)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        // With the length of the file, without its times.
        self.sync_data()
    }
}

const OWNER: &str = "owner";

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_is_made_is_for_its_owner_alone() {
        let name = format!("throughline-mode-{}", std::process::id());
        let above = std::env::temp_dir().join(name);
        let path = above.join("queue");
        let directory = Directory::open(&path).expect("a new directory");
        directory.create("a.segment").expect("a new file");
        let modes = ["", OWNER, "a.segment"].map(|name| {
            let metadata = fs::metadata(path.join(name)).expect("it is there");
            metadata.permissions().mode() & 0o777
        });
        assert_eq!(modes, [0o700, 0o600, 0o600]);
        fs::remove_dir_all(&above).expect("it is there");
    }
}
