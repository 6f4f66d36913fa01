//! Keeps messages that no delivery can help as files.

use super::lock;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The dead letters of a queue: files in a directory of its directory.
#[derive(Debug)]
pub(super) struct DeadLetters {
    path: PathBuf,
    max_bytes: u64,
    /// Bytes of all files.
    bytes: Mutex<u64>,
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
        let path = queue.join("dead-letters");
        let mut bytes = 0;
        match fs::read_dir(&path) {
            Ok(files) => {
                for file in files {
                    bytes += file?.metadata()?.len();
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(Self {
            path,
            max_bytes,
            bytes: Mutex::new(bytes),
        })
    }

    /// Keeps a message. It is durable when this returns its file. One that is kept again after
    /// a restart has the same file.
    pub(super) fn keep(&self, sequence: u64, message: &[u8]) -> Result<PathBuf, KeepError> {
        let mut bytes = lock(&self.bytes);
        let path = self.path.join(format!("{sequence:016x}.message"));
        let before = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        let after = *bytes - before.min(*bytes) + message.len() as u64;
        if after > self.max_bytes {
            return Err(KeepError::Full);
        }
        fs::create_dir_all(&self.path)?;
        let mut file = File::create(&path)?;
        file.write_all(message)?;
        file.sync_data()?;
        File::open(&self.path)?.sync_all()?;
        *bytes = after;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_not_kept_also_after_a_restart() {
        let queue = std::env::temp_dir().join(format!("throughline-dead-{}", std::process::id()));
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
        fs::remove_dir_all(&queue).expect("it is there");
    }
}
