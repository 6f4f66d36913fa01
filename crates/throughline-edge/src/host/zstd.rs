//! zstd, which a platform compresses exports with by a library of its own.

use super::Absent;

/// The compression of exports in zstd, where `backend.compression` asks for it.
pub trait Zstd {
    /// The encoder, or why the platform has none.
    const ENCODER: Result<ZstdEncoder, &'static str>;
}

/// Makes one zstd frame of the bytes; `None` when it cannot, and they are sent uncompressed.
///
/// <https://www.rfc-editor.org/rfc/rfc8878#section-3.1>
pub type ZstdEncoder = fn(&[u8]) -> Option<Vec<u8>>;

impl Zstd for Absent {
    const ENCODER: Result<ZstdEncoder, &'static str> = Err(
        "of the encoders for WebAssembly the fast one adds 130 kB to it, and the small one takes six times as long as gzip for as many bytes; use gzip, or send to an edge on the native host",
    );
}
