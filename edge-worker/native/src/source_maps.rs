//! The indexes of source maps in a directory: a folder for each project, a file for each debug id.

use bytes::Bytes;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use throughline_edge::host::{IndexBytes, SourceMapKey, SourceMaps, SourceMapsError};
use tokio::task::spawn_blocking;

/// A directory for the indexes of source maps, which only this user may read. Cloning gives the
/// same directory.
#[derive(Debug, Clone)]
pub struct SourceMapDirectory(Arc<Path>);

/// Why a directory cannot have the indexes of source maps. The operator is at fault.
#[derive(Debug, thiserror::Error)]
#[error("sourcemaps.directory {} cannot be used: {error}", .path.display())]
pub(crate) struct DirectoryError {
    path: PathBuf,
    error: io::Error,
}

impl SourceMapDirectory {
    /// Opens a directory, which is made when there is none, and checks that files can be made in
    /// it.
    ///
    /// # Errors
    /// [`DirectoryError`] with the system's reason.
    pub(crate) fn open(path: &str) -> Result<Self, DirectoryError> {
        let path = Path::new(path);
        let opened = make_directory(path).and_then(|()| {
            let probe = temporary(path)?;
            new_file(&probe)?;
            fs::remove_file(&probe)
        });
        match opened {
            Ok(()) => Ok(Self(path.into())),
            Err(error) => Err(DirectoryError {
                path: path.into(),
                error,
            }),
        }
    }

    /// Does what may wait for a disk on a thread of its own.
    async fn blocking<T: Send + 'static>(
        &self,
        key: &SourceMapKey,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, SourceMapsError> {
        let path = self.0.join(key.as_str());
        let failed = |why: String| SourceMapsError(why.into());
        match spawn_blocking(move || work(&path)).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(failed(format!("its directory: {error}"))),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

impl SourceMaps for SourceMapDirectory {
    const NO_DIRECTORY: Option<&'static str> = None;
    const WANTED: &'static str = "sourcemaps.directory or sourcemaps.s3";

    async fn read(
        &self,
        key: &SourceMapKey,
        range: Range<u64>,
    ) -> Result<Option<IndexBytes>, SourceMapsError> {
        self.blocking(key, move |path| read(path, range)).await
    }

    async fn put(&self, key: &SourceMapKey, index: Bytes) -> Result<(), SourceMapsError> {
        self.blocking(key, move |path| put(path, &index)).await
    }

    async fn contains(&self, key: &SourceMapKey) -> Result<bool, SourceMapsError> {
        self.blocking(key, |path| fs::exists(path)).await
    }
}

fn read(path: &Path, range: Range<u64>) -> io::Result<Option<IndexBytes>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    let end = range.end.min(metadata.len());
    let length = usize::try_from(end.saturating_sub(range.start)).unwrap_or_default();
    let mut bytes = vec![0; length];
    // A file is replaced as a whole, and never changed: what was opened has its length.
    file.read_exact_at(&mut bytes, range.start)?;
    // A file that takes its place is another one, and made later.
    let (inode, seconds, nanos) = (metadata.ino(), metadata.mtime(), metadata.mtime_nsec());
    Ok(Some(IndexBytes {
        bytes: bytes.into(),
        version: format!("{inode} {seconds} {nanos} {}", metadata.len()).into(),
    }))
}

/// Writes a file beside it, and gives it the name once it is on the disk: whoever reads finds an
/// index whole, also after the power has failed.
fn put(path: &Path, index: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    make_directory(folder)?;
    put_by(&temporary(folder)?, path, index)
}

/// Writes a file under a name of its own, and renames it.
fn put_by(unfinished: &Path, path: &Path, index: &[u8]) -> io::Result<()> {
    // Whose name it is that is taken already, nobody here knows: that file stays.
    let mut file = new_file(unfinished)?;
    let written = file.write_all(index).and_then(|()| {
        file.sync_all()?;
        fs::rename(unfinished, path)
    });
    if written.is_err() {
        // The reason of the failure matters more.
        let _ = fs::remove_file(unfinished);
    }
    written?;
    File::open(path.parent().unwrap_or(path))?.sync_all()
}

/// Sources of the operator's may be in it: nobody else reads it.
fn make_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

/// A name that no other file has: keys have no dot, and other machines may write into the same
/// folder, where the ids of their processes are no different from ours.
fn temporary(folder: &Path) -> io::Result<PathBuf> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(io::Error::from)?;
    let random = u128::from_le_bytes(random);
    Ok(folder.join(format!(".{random:032x}.unfinished")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn bytes(read: Option<IndexBytes>) -> Option<Vec<u8>> {
        read.map(|read| read.bytes.to_vec())
    }

    #[test]
    fn ranges_end_with_the_file_and_a_new_file_is_another_version() {
        let folder = temporary(&std::env::temp_dir()).expect("random");
        let path = folder.join("shop/85314830-023f-4cf1-a267-535f4e37bb17");
        assert_eq!(read(&path, 0..4).expect("no file is no failure"), None);
        put(&path, b"0123456789").expect("written");
        let read = |range| read(&path, range).expect("read");
        assert_eq!(bytes(read(0..4)).as_deref(), Some(&b"0123"[..]));
        assert_eq!(bytes(read(8..20)).as_deref(), Some(&b"89"[..]));
        assert_eq!(bytes(read(20..30)).as_deref(), Some(&b""[..]));
        let version = |read: Option<IndexBytes>| read.map(|read| read.version);
        let earlier = version(read(0..4));
        assert_eq!(version(read(4..8)), earlier);
        put(&path, b"9876543210").expect("replaced");
        assert_eq!(bytes(read(0..4)).as_deref(), Some(&b"9876"[..]));
        assert_ne!(version(read(0..4)), earlier);
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().expect("a folder")), 0o700);
        let left = fs::read_dir(path.parent().expect("a folder")).expect("read");
        assert_eq!(left.count(), 1, "nothing unfinished stays");
        fs::remove_dir_all(&folder).expect("removed");
    }

    #[test]
    fn the_unfinished_file_of_another_machine_stays() {
        let folder = temporary(&std::env::temp_dir()).expect("random");
        make_directory(&folder).expect("made");
        let unfinished = temporary(&folder).expect("random");
        assert_ne!(unfinished, temporary(&folder).expect("random"));
        fs::write(&unfinished, "half of its index").expect("written");
        let path = folder.join("85314830-023f-4cf1-a267-535f4e37bb17");
        let refused = put_by(&unfinished, &path, b"0123456789").expect_err("the name is taken");
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        let left = fs::read(&unfinished).expect("it is still there");
        assert_eq!(left, b"half of its index");
        assert!(!path.exists());
        // A failure of its own leaves nothing behind.
        fs::remove_file(&unfinished).expect("removed");
        put_by(&unfinished, &folder.join("no folder/x"), b"0123").expect_err("no such folder");
        assert_eq!(fs::read_dir(&folder).expect("read").count(), 0);
        fs::remove_dir_all(&folder).expect("removed");
    }

    #[test]
    fn a_directory_that_cannot_be_written_is_refused_with_the_reason() {
        let file = temporary(&std::env::temp_dir()).expect("random");
        fs::write(&file, "").expect("written");
        let below = file.join("below").display().to_string();
        let refused = SourceMapDirectory::open(&below).expect_err("a file is no directory");
        assert!(
            refused.to_string().starts_with("sourcemaps.directory "),
            "{refused}"
        );
        fs::remove_file(&file).expect("removed");
    }
}
