//! Decompresses zstd.

use super::super::Compression;
use super::bounded::Bounded;
use crate::http::Refusal;
use bytes::Bytes;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// zstd. Its frames are decoded block by block once all of them have arrived; the limit
/// holds for the compressed bytes as well. Skippable frames are skipped, and the checksum
/// of a frame's content is compared where there is one:
/// <https://www.rfc-editor.org/rfc/rfc8878#section-3.1>.
pub(in crate::receiver::body) struct Zstd {
    pub(super) compressed: Bounded,
}

impl Zstd {
    pub(super) fn decode(self) -> Result<Bytes, Refusal> {
        let lease = self.compressed.lease();
        let mut decoded = Bounded::new(self.compressed.limit, lease);
        match self.decode_into(&mut decoded) {
            Some(()) => Ok(decoded.bytes.into()),
            None => Err(decoded.refusal(Compression::Zstd.name())),
        }
    }

    fn decode_into(&self, decoded: &mut Bounded) -> Option<()> {
        let mut rest = self.compressed.bytes.as_slice();
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(ZSTD_WINDOW);
        while !rest.is_empty() {
            match decoder.init(&mut rest) {
                Ok(()) => {}
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    rest = rest.get(usize::try_from(length).ok()?..)?;
                    continue;
                }
                Err(_) => return None,
            }
            while !decoder.is_finished() {
                let one_block = BlockDecodingStrategy::UptoBlocks(1);
                decoder.decode_blocks(&mut rest, one_block).ok()?;
                decoder.collect_to_writer(&mut *decoded).ok()?;
            }
            decoder.collect_to_writer(&mut *decoded).ok()?;
            let announced = decoder.get_checksum_from_data();
            if announced.is_some() && announced != decoder.get_calculated_checksum() {
                return None;
            }
        }
        Some(())
    }
}

/// Bytes of a window that every decoder must accept: <https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1.2>.
const ZSTD_WINDOW: u64 = 8 << 20;
