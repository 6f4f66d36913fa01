//! Archives whose bytes depend on their files alone: no owners, one time, entries as they are added.

use crate::failure::Failure;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::path::{Path, PathBuf};
use tar::{Builder, EntryType, Header};

/// A file or folder of an archive.
#[derive(Debug)]
pub(super) struct Entry {
    path: String,
    mode: u32,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Folder,
    Text(Vec<u8>),
    File(PathBuf),
}

impl Entry {
    pub(super) fn file(path: String, from: &Path) -> Self {
        Self {
            path,
            mode: 0o644,
            content: Content::File(from.to_owned()),
        }
    }

    pub(super) fn program(path: String, from: &Path) -> Self {
        Self {
            mode: 0o755,
            ..Self::file(path, from)
        }
    }

    pub(super) fn text(path: &str, text: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.to_owned(),
            mode: 0o644,
            content: Content::Text(text.into()),
        }
    }

    pub(super) fn folder(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            mode: 0o755,
            content: Content::Folder,
        }
    }
}

/// A tar in memory.
pub(super) struct Archive {
    builder: Builder<Vec<u8>>,
    epoch: u64,
}

impl Archive {
    /// `epoch` is the time of every entry, in s since the Unix epoch.
    pub(super) fn new(epoch: u64) -> Self {
        Self {
            builder: Builder::new(Vec::new()),
            epoch,
        }
    }

    /// Adds an entry behind the earlier ones.
    pub(super) fn add(&mut self, entry: Entry) -> Result<(), Failure> {
        let (kind, content) = match entry.content {
            Content::Folder => (EntryType::Directory, Vec::new()),
            Content::Text(text) => (EntryType::Regular, text),
            Content::File(from) => (
                EntryType::Regular,
                std::fs::read(&from).map_err(Failure::path(&from))?,
            ),
        };
        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(entry.mode);
        header.set_mtime(self.epoch);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(content.len() as u64);
        self.builder
            .append_data(&mut header, &entry.path, content.as_slice())
            .map_err(Failure::path(entry.path))
    }

    /// The bytes of the tar.
    pub(super) fn into_tar(self) -> Result<Vec<u8>, Failure> {
        self.builder.into_inner().map_err(Failure::path("a tar"))
    }

    /// Writes the tar as it is.
    pub(super) fn write(self, file: &Path) -> Result<(), Failure> {
        std::fs::write(file, self.into_tar()?).map_err(Failure::path(file))
    }

    /// Writes the tar in gzip.
    pub(super) fn write_gzip(self, file: &Path) -> Result<(), Failure> {
        std::fs::write(file, gzip(&self.into_tar()?)?).map_err(Failure::path(file))
    }
}

/// The bytes in gzip, whose header has neither a time nor a name.
pub(super) fn gzip(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map_err(Failure::path("gzip"))
}
