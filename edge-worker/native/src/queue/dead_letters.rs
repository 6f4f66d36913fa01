//! Keeps messages that no delivery can help as files.

use super::lock;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The dead letters of a queue: files in a directory of its directory.
#[derive(Debug)]
pub(super) struct DeadLetters {
    queue: PathBuf,
    path: PathBuf,
    max_bytes: u64,
    /// One is kept at a time.
    keeps: Mutex<()>,
}

/// Why a dead letter is not kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeepError {
    #[error("queue.max_dead_letter_bytes is reached")]
    Full,
    #[error(transparent)]
    System(#[from] io::Error),
}

impl DeadLetters {
    /// The dead letters of a queue's directory, with those that are there.
    pub(super) fn open(queue: &Path, max_bytes: u64) -> io::Result<Self> {
        let letters = Self {
            queue: queue.into(),
            path: queue.join("dead-letters"),
            max_bytes,
            keeps: Mutex::default(),
        };
        // What cannot be read is told at the start, not at the first dead letter.
        letters.bytes()?;
        Ok(letters)
    }

    /// Keeps a message. It is durable when this returns its file. One that is kept again after
    /// a restart has the same file.
    pub(super) fn keep(&self, sequence: u64, message: &[u8]) -> Result<PathBuf, KeepError> {
        let _keeps = lock(&self.keeps);
        let path = self.path.join(format!("{sequence:016x}.message"));
        let before = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        // Counted each time: the operator takes files away.
        let others = self.bytes()?.saturating_sub(before);
        if others + message.len() as u64 > self.max_bytes {
            return Err(KeepError::Full);
        }
        self.create_directory()?;
        let partial = path.with_extension(PARTIAL);
        let written = write(&partial, message).and_then(|()| fs::rename(&partial, &path));
        if let Err(error) = written {
            // There may be none; one that stays is overwritten or counted.
            let _ = fs::remove_file(&partial);
            return Err(error.into());
        }
        File::open(&self.path)?.sync_all()?;
        Ok(path)
    }

    fn create_directory(&self) -> io::Result<()> {
        match DirBuilder::new().mode(0o700).create(&self.path) {
            Ok(()) => File::open(&self.queue)?.sync_all(),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Bytes of all files.
    fn bytes(&self) -> io::Result<u64> {
        let files = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            files => files?,
        };
        let mut bytes = 0;
        for file in files {
            match file?.metadata() {
                Ok(metadata) => bytes += metadata.len(),
                // Taken away meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(bytes)
    }
}

/// Writes a file for its owner alone, until it is durable.
fn write(path: &Path, message: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(0o600);
    let mut file = options.open(path)?;
    file.write_all(message)?;
    file.sync_data()
}

/// The extension of a file that is not written as a whole.
const PARTIAL: &str = "partial";

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_does_not_fit_is_not_kept_also_after_a_restart() {
        let queue = std::env::temp_dir().join(format!("throughline-dead-{}", std::process::id()));
        fs::create_dir_all(&queue).expect("a directory");
        let letters = DeadLetters::open(&queue, 10).expect("a directory");
        let path = letters.keep(1, b"spans").expect("it fits");
        assert_eq!(fs::read(&path).expect("a file"), b"spans");
        let again = letters
            .keep(1, b"spans")
            .expect("it has the place of itself");
        assert_eq!(again, path);
        let letters = DeadLetters::open(&queue, 10).expect("a directory");
        let refused = letters.keep(2, b"longer").expect_err("11 bytes");
        assert!(matches!(refused, KeepError::Full));
        letters.keep(2, b"spans").expect("10 bytes");
        letters.keep(3, b"spans").expect_err("15 bytes");
        fs::remove_file(&path).expect("it is there");
        let third = letters.keep(3, b"spans").expect("there is room again");
        let mode = |path: &Path| {
            let metadata = fs::metadata(path).expect("it is there");
            metadata.permissions().mode() & 0o777
        };
        assert_eq!((mode(&letters.path), mode(&third)), (0o700, 0o600));
        // A directory is in the place of the file.
        let letters = DeadLetters::open(&queue, 1 << 20).expect("a directory");
        let taken = letters.path.join("0000000000000004.message");
        fs::create_dir(&taken).expect("a directory");
        let failed = letters.keep(4, b"spans").expect_err("it cannot be renamed");
        assert!(matches!(failed, KeepError::System(_)), "{failed}");
        let partial = letters.path.join("0000000000000004.partial");
        assert!(!partial.exists());
        fs::remove_dir_all(&queue).expect("it is there");
    }
}
