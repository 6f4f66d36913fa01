//! The decoder of brotli that a host uses.

use std::io::Write;

/// The decoder of bodies in brotli. Its dictionary takes 92 KB of a build, so a platform that has
/// a decoder of its own lends that one: <https://www.rfc-editor.org/rfc/rfc7932>.
#[derive(Debug, Clone, Copy)]
pub enum Brotli {
    /// That of this crate, which decodes a body while it arrives.
    #[cfg(feature = "brotli")]
    Own,
    /// That of the platform, for a body that has arrived as a whole.
    Platform(BrotliDecoder),
}

/// Decompresses a whole body, which may have so many bytes afterwards. What is written may be refused,
/// because it is too much: then the decoder ends, and the error that it returns does not matter.
pub type BrotliDecoder = fn(&[u8], usize, &mut dyn Write) -> Result<(), BrotliError>;

/// Why a body in brotli was not decompressed by the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BrotliError {
    /// The body is not brotli, not whole, or something follows it. The sender is at fault.
    #[error("the body is not complete, valid brotli")]
    Broken,
    /// The body has more bytes than it may have. The sender is at fault.
    #[error("the body is too large")]
    TooLarge,
    /// The platform has no decoder, by the way it is set up. The operator is at fault.
    #[error("the platform has no brotli")]
    Unavailable,
}
