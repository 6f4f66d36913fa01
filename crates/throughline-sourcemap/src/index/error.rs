//! The errors of a broken index.

/// Error for bytes that are no index, or a broken one. Whoever made or stored them is at fault:
/// the index is to be made and uploaded again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// The bytes do not begin as an index does.
    #[error(
        "this is no index of a source map: `throughline sourcemaps upload` and the bundler plugin \
         make one"
    )]
    NotAnIndex,
    /// A version that this reader does not know.
    #[error(
        "the index has version {0}, and this reader knows version 1: make it again with tools of this release"
    )]
    Version(u32),
    /// The index is shorter or longer than its header says.
    #[error(
        "the index has {actual} bytes, and its header says {expected}: it was cut or damaged on the way"
    )]
    Length {
        /// The length by the header.
        expected: u64,
        /// The length that there is.
        actual: u64,
    },
    /// A range that was read has fewer bytes than were asked for, within the index.
    #[error("the store returned fewer bytes of the index than it has")]
    ShortRead,
    /// A checksum is not that of the bytes.
    #[error("a checksum of the index is wrong: it was damaged on the way or in the store")]
    Checksum,
    /// The bytes are what was written, but break the format.
    #[error("the index is malformed: {0}")]
    Malformed(&'static str),
}
