//! Decompresses a body that has arrived as a whole, by a decoder of the platform.

use super::super::Compression;
use super::bounded::Bounded;
use crate::host::{BrotliDecoder, BrotliError};
use crate::http::Refusal;
use bytes::Bytes;

/// brotli, decompressed at the end of the body. The limit holds for the compressed bytes as
/// well. No other body is decompressed meanwhile, so that the memory of the platform's decoder,
/// a window of up to 16 MiB, is taken once.
pub(in crate::receiver::body) struct WholeBrotli {
    pub(super) compressed: Bounded,
    pub(super) decoder: BrotliDecoder,
}

impl WholeBrotli {
    pub(super) fn decode(self) -> Result<Bytes, Refusal> {
        let Self {
            compressed,
            decoder,
        } = self;
        let limit = compressed.limit;
        let mut decoded = Bounded::new(limit, compressed.lease());
        let name = Compression::Brotli.name();
        match decoder(&compressed.bytes, limit, &mut decoded) {
            Ok(()) => Ok(decoded.bytes.into()),
            Err(BrotliError::Broken) => Err(decoded.refusal(name)),
            Err(BrotliError::TooLarge) => Err(Refusal::TooLarge { limit }),
            Err(BrotliError::Unavailable) => Err(Refusal::ContentEncoding(name.into())),
        }
    }
}
