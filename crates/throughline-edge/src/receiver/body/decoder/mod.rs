//! Decompresses a body while it arrives, up to a limit.

mod bounded;
#[cfg(feature = "brotli")]
mod brotli;
mod whole;
mod zlib;
mod zstd;

use super::Compression;
use crate::host;
use crate::http::Refusal;
use crate::lease::Lease;
use bounded::Bounded;
#[cfg(feature = "brotli")]
use brotli::Brotli;
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use std::io::Write;
use std::rc::Rc;
use whole::WholeBrotli;
use zlib::Zlib;
use zstd::Zstd;

/// A decoder of one body.
pub(super) enum Decoder {
    /// Nothing has arrived yet.
    Waiting(Compression, host::Brotli, Bounded),
    Plain(Bounded),
    Gzip(Box<MultiGzDecoder<Bounded>>),
    Zlib(Box<Zlib>),
    Zstd(Zstd),
    #[cfg(feature = "brotli")]
    Brotli(Box<Brotli>),
    WholeBrotli(WholeBrotli),
}

impl Decoder {
    /// A decoder whose output is at most `limit` bytes, and fits the memory that `lease`
    /// can have.
    pub(super) fn new(
        compression: Compression,
        limit: usize,
        lease: Lease,
        brotli: host::Brotli,
    ) -> Self {
        Decoder::Waiting(compression, brotli, Bounded::new(limit, Rc::new(lease)))
    }

    /// Reads a body without compression, whatever was announced; nothing of it has arrived.
    pub(super) fn read_plain(&mut self) {
        if let Decoder::Waiting(compression, ..) = self {
            *compression = Compression::None;
        }
    }

    /// Decodes a chunk, which is not empty.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<(), Refusal> {
        if let Decoder::Waiting(compression, brotli, bounded) = self {
            let bounded = Bounded::new(bounded.limit, bounded.lease());
            *self = Self::begin(*compression, *brotli, chunk.first().copied(), bounded);
        }
        match self {
            Decoder::Waiting(..) => Ok(()),
            Decoder::Plain(bytes) => {
                let written = bytes.write_all(chunk);
                written.map_err(|_| bytes.refusal(""))
            }
            Decoder::Gzip(gzip) => {
                let written = gzip.write_all(chunk);
                written.map_err(|_| gzip.get_ref().refusal(Compression::Gzip.name()))
            }
            Decoder::Zlib(zlib) => {
                let written = zlib.write_all(chunk);
                written.map_err(|_| zlib.decoded.refusal(Compression::Zlib.name()))
            }
            #[cfg(feature = "brotli")]
            Decoder::Brotli(brotli) => {
                let written = brotli.write_all(chunk);
                written.map_err(|_| brotli.decoded.refusal(Compression::Brotli.name()))
            }
            Decoder::WholeBrotli(whole) => {
                let written = whole.compressed.write_all(chunk);
                written.map_err(|_| whole.compressed.refusal(Compression::Brotli.name()))
            }
            Decoder::Zstd(zstd) => {
                let written = zstd.compressed.write_all(chunk);
                written.map_err(|_| zstd.compressed.refusal(Compression::Zstd.name()))
            }
        }
    }

    /// The whole body.
    ///
    /// # Errors
    /// [`Refusal::Compression`] when something is missing.
    pub(super) fn finish(self) -> Result<Bytes, Refusal> {
        match self {
            Decoder::Waiting(Compression::None | Compression::Sniffed, ..) => Ok(Bytes::new()),
            Decoder::Waiting(compression, ..) => Err(Refusal::Compression(compression.name())),
            Decoder::Plain(bytes) => Ok(bytes.bytes.into()),
            Decoder::Gzip(mut gzip) => match gzip.try_finish() {
                Ok(()) => Ok(core::mem::take(&mut gzip.get_mut().bytes).into()),
                Err(_) => Err(gzip.get_ref().refusal(Compression::Gzip.name())),
            },
            Decoder::Zlib(zlib) if zlib.ended => Ok(zlib.decoded.bytes.into()),
            Decoder::Zlib(_) => Err(Refusal::Compression(Compression::Zlib.name())),
            #[cfg(feature = "brotli")]
            Decoder::Brotli(brotli) if brotli.ended => Ok(brotli.decoded.bytes.into()),
            #[cfg(feature = "brotli")]
            Decoder::Brotli(_) => Err(Refusal::Compression(Compression::Brotli.name())),
            Decoder::WholeBrotli(whole) => whole.decode(),
            Decoder::Zstd(zstd) => zstd.decode(),
        }
    }

    fn begin(
        compression: Compression,
        brotli: host::Brotli,
        first_byte: Option<u8>,
        bounded: Bounded,
    ) -> Self {
        match (compression, first_byte) {
            (Compression::Gzip, _) | (Compression::Sniffed, Some(GZIP)) => {
                Decoder::Gzip(Box::new(MultiGzDecoder::new(bounded)))
            }
            (Compression::Zlib, _) | (Compression::Sniffed, Some(ZLIB)) => {
                Decoder::Zlib(Box::new(Zlib::new(bounded)))
            }
            (Compression::Zstd, _) => Decoder::Zstd(Zstd {
                compressed: bounded,
            }),
            (Compression::Brotli, _) => match brotli {
                #[cfg(feature = "brotli")]
                host::Brotli::Own => Decoder::Brotli(Box::new(Brotli::new(bounded))),
                host::Brotli::Platform(decoder) => Decoder::WholeBrotli(WholeBrotli {
                    compressed: bounded,
                    decoder,
                }),
            },
            (Compression::None | Compression::Sniffed, _) => Decoder::Plain(bounded),
        }
    }
}

impl Compression {
    /// The name of the compression, for messages.
    const fn name(self) -> &'static str {
        match self {
            Compression::None | Compression::Sniffed => "identity",
            Compression::Gzip => "gzip",
            Compression::Zlib => "deflate (zlib)",
            Compression::Zstd => "zstd",
            Compression::Brotli => "br",
        }
    }
}

/// The first byte of gzip: <https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1>. No
/// protobuf message begins with it.
const GZIP: u8 = 0x1f;
/// The first byte of zlib with its usual window. No Bundle begins with it.
const ZLIB: u8 = 0x78;
#[cfg(test)]
mod tests;
