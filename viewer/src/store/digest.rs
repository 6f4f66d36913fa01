//! Digests of records, which distinguish a record that is sent again from another one.

use std::hash::{DefaultHasher, Hash, Hasher};

/// The digest of a record's parts. Equal digests are not proof: the bytes are compared too.
///
/// A newer program may compute other digests. In a file that an older one wrote it stores a
/// record that is sent again a second time.
pub(super) fn digest(parts: impl Hash) -> i64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish().cast_signed()
}
