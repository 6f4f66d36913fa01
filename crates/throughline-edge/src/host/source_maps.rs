//! The store of a platform for the indexes of source maps.

use super::Absent;
use bytes::Bytes;
use core::fmt;
use core::future::Future;
use core::ops::Range;

/// A store for the indexes of source maps: a directory, or a bucket. What is in it is given to the
/// edge alone, and never in a response.
pub trait SourceMaps {
    /// Why the platform has no directory for them (`sourcemaps.directory`).
    const NO_DIRECTORY: Option<&'static str>;

    /// The setting that gives the edge a store, for a message.
    const WANTED: &'static str;

    /// Reads bytes of an index; fewer where it ends before, and `None` where there is no index of
    /// this key.
    ///
    /// # Errors
    /// [`SourceMapsError`]; the platform is at fault, or its operator.
    fn read(
        &self,
        key: &SourceMapKey,
        range: Range<u64>,
    ) -> impl Future<Output = Result<Option<IndexBytes>, SourceMapsError>>;

    /// Stores an index whole, in place of an earlier one: no reader finds a part of it.
    ///
    /// # Errors
    /// [`SourceMapsError`]; the platform is at fault, or its operator.
    fn put(
        &self,
        key: &SourceMapKey,
        index: Bytes,
    ) -> impl Future<Output = Result<(), SourceMapsError>>;

    /// Whether there is an index of this key.
    ///
    /// # Errors
    /// [`SourceMapsError`]; the platform is at fault, or its operator.
    fn contains(&self, key: &SourceMapKey) -> impl Future<Output = Result<bool, SourceMapsError>>;
}

/// Bytes of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexBytes {
    /// The bytes.
    pub bytes: Bytes,
    /// Which version of the index they are of: another one once it is stored anew. Bytes of two
    /// versions are never put together.
    pub version: Box<str>,
}

/// The key of an index in a store: `{project}/{debug id}`.
///
/// It is made of lower case letters, digits, `-`, `_` and the one `/`, whatever the name of the
/// project is: no key leads out of the folder of its project, on any file system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceMapKey(Box<str>);

impl SourceMapKey {
    /// The key of a debug id, in its canonical form, of a project.
    pub(crate) fn new(project: &str, debug_id: &impl fmt::Display) -> Self {
        let mut key = String::with_capacity(project.len() + 40);
        for byte in project.bytes() {
            match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'-' => key.push(char::from(byte)),
                // A file system may take two cases of a letter for the same.
                _ => key.push_str(&format!("_{byte:02x}")),
            }
        }
        Self(format!("{key}/{debug_id}").into())
    }

    /// The text of the key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceMapKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Why a store of source maps did not do what it was asked. The platform is at fault, or its
/// operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SourceMapsError(pub Box<str>);

impl SourceMaps for Absent {
    const NO_DIRECTORY: Option<&'static str> =
        Some("it has no disk that lasts: name a bucket in sourcemaps.s3");
    const WANTED: &'static str = "sourcemaps.s3";

    async fn read(
        &self,
        _: &SourceMapKey,
        _: Range<u64>,
    ) -> Result<Option<IndexBytes>, SourceMapsError> {
        match *self {}
    }

    async fn put(&self, _: &SourceMapKey, _: Bytes) -> Result<(), SourceMapsError> {
        match *self {}
    }

    async fn contains(&self, _: &SourceMapKey) -> Result<bool, SourceMapsError> {
        match *self {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stays_in_the_folder_of_its_project() {
        let id = "85314830-023f-4cf1-a267-535f4e37bb17";
        for (project, folder) in [
            ("shop", "shop"),
            ("Shop", "_53hop"),
            ("..", "_2e_2e"),
            ("../other", "_2e_2e_2fother"),
            ("a_b", "a_5fb"),
            ("a/b", "a_2fb"),
            ("C:\\x", "_43_3a_5cx"),
            ("käse", "k_c3_a4se"),
            ("a\0b", "a_00b"),
        ] {
            let key = SourceMapKey::new(project, &id);
            assert_eq!(key.as_str(), format!("{folder}/{id}"), "{project}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_two_projects_share_a_folder(one in ".{0,20}", other in ".{0,20}") {
            let [a, b] = [&one, &other].map(|name| SourceMapKey::new(name, &"id"));
            proptest::prop_assert_eq!(a == b, one == other);
            proptest::prop_assert_eq!(a.as_str().matches('/').count(), 1);
            proptest::prop_assert!(!a.as_str().contains(['.', '\\', '%', ':']));
        }
    }
}
