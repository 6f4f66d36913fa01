//! The file system of one directory, narrow enough for a simulated one.

use std::io;

/// One directory. Changes of it are durable once [`FileSystem::sync`] has returned.
pub trait FileSystem {
    /// An open file.
    type File: SegmentFile;

    /// The names in the directory, in any order.
    ///
    /// # Errors
    /// The system's.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Creates a file.
    ///
    /// # Errors
    /// The system's, also when there is one of this name.
    fn create(&self, name: &str) -> io::Result<Self::File>;

    /// Opens a file.
    ///
    /// # Errors
    /// The system's.
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// Removes a file. What has it open can still read it.
    ///
    /// # Errors
    /// The system's.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Waits until all that was created and removed is durable.
    ///
    /// # Errors
    /// The system's; some of it may be durable.
    fn sync(&self) -> io::Result<()>;
}

/// A file. What is written is durable once [`SegmentFile::sync`] has returned.
pub trait SegmentFile {
    /// Its length in bytes.
    ///
    /// # Errors
    /// The system's.
    fn length(&self) -> io::Result<u64>;

    /// Reads `bytes.len()` bytes from `offset`.
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::UnexpectedEof`] when there are fewer.
    fn read(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()>;

    /// Writes `bytes` at `offset`.
    ///
    /// # Errors
    /// The system's; a part may be written.
    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file off.
    ///
    /// # Errors
    /// The system's.
    fn truncate(&self, length: u64) -> io::Result<()>;

    /// Waits until what was written is durable.
    ///
    /// # Errors
    /// The system's; then some of what was written is lost, and no later sync brings it back.
    fn sync(&self) -> io::Result<()>;
}
