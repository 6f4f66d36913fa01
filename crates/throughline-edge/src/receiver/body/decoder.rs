//! Decompresses a body while it arrives, up to a limit.

use super::Compression;
use crate::http::Refusal;
use crate::lease::Lease;
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::{self, Write};
use std::rc::Rc;

/// A decoder of one body.
pub(super) enum Decoder {
    /// Nothing has arrived yet.
    Waiting(Compression, Bounded),
    Plain(Bounded),
    Gzip(Box<MultiGzDecoder<Bounded>>),
    Zlib(Box<Zlib>),
    Zstd(Zstd),
}

impl Decoder {
    /// A decoder whose output is at most `limit` bytes, and fits the memory that `lease`
    /// can have.
    pub(super) fn new(compression: Compression, limit: usize, lease: Lease) -> Self {
        Decoder::Waiting(compression, Bounded::new(limit, Rc::new(lease)))
    }

    /// Decodes a chunk, which is not empty.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<(), Refusal> {
        if let Decoder::Waiting(compression, bounded) = self {
            let bounded = Bounded::new(bounded.limit, Rc::clone(&bounded.lease));
            *self = Self::begin(*compression, chunk.first().copied(), bounded);
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
            Decoder::Waiting(Compression::None | Compression::Sniffed, _) => Ok(Bytes::new()),
            Decoder::Waiting(compression, _) => Err(Refusal::Compression(compression.name())),
            Decoder::Plain(bytes) => Ok(bytes.bytes.into()),
            Decoder::Gzip(mut gzip) => match gzip.try_finish() {
                Ok(()) => Ok(core::mem::take(&mut gzip.get_mut().bytes).into()),
                Err(_) => Err(gzip.get_ref().refusal(Compression::Gzip.name())),
            },
            Decoder::Zlib(zlib) if zlib.ended => Ok(zlib.decoded.bytes.into()),
            Decoder::Zlib(_) => Err(Refusal::Compression(Compression::Zlib.name())),
            Decoder::Zstd(zstd) => zstd.decode(),
        }
    }

    fn begin(compression: Compression, first_byte: Option<u8>, bounded: Bounded) -> Self {
        match (compression, first_byte) {
            (Compression::Gzip, _) | (Compression::Sniffed, Some(GZIP)) => {
                Decoder::Gzip(Box::new(MultiGzDecoder::new(bounded)))
            }
            (Compression::Zlib, _) | (Compression::Sniffed, Some(ZLIB)) => {
                Decoder::Zlib(Box::new(Zlib {
                    state: Decompress::new(true),
                    ended: false,
                    decoded: bounded,
                }))
            }
            (Compression::Zstd, _) => Decoder::Zstd(Zstd {
                compressed: bounded,
            }),
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
        }
    }
}

/// A buffer with a limit.
pub(super) struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
    /// The memory that the buffer takes.
    lease: Rc<Lease>,
    /// Why no more may be written.
    full: Option<Refusal>,
}

impl Bounded {
    const fn new(limit: usize, lease: Rc<Lease>) -> Self {
        Self {
            bytes: Vec::new(),
            limit,
            lease,
            full: None,
        }
    }

    /// Why writing to the buffer, or decompressing into it, failed.
    fn refusal(&self, compression: &'static str) -> Refusal {
        let broken = Refusal::Compression(compression);
        self.full.clone().unwrap_or(broken)
    }

    /// Grows the buffer to at least `needed` bytes: to twice its size, but not past the limit.
    fn reserve(&mut self, needed: usize) -> Result<(), Refusal> {
        if needed > self.limit {
            return Err(Refusal::TooLarge { limit: self.limit });
        }
        let before = self.bytes.capacity();
        if needed > before {
            let capacity = (before * 2).clamp(needed, self.limit);
            if !self.lease.grow(capacity - before) {
                return Err(Refusal::Overloaded);
            }
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
        Ok(())
    }
}

impl Write for Bounded {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if let Err(full) = self.reserve(self.bytes.len() + chunk.len()) {
            self.full = Some(full);
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// zlib, chunk by chunk. flate2's own writer accepts a stream that is cut off as whole.
pub(super) struct Zlib {
    state: Decompress,
    ended: bool,
    decoded: Bounded,
}

impl Zlib {
    fn write_all(&mut self, mut chunk: &[u8]) -> io::Result<()> {
        let mut buffer = [0; 16 << 10];
        loop {
            let (read, written) = (self.state.total_in(), self.state.total_out());
            let status = self
                .state
                .decompress(chunk, &mut buffer, FlushDecompress::None)?;
            // Both differences are bounded by the buffers, which fit usize.
            let read = (self.state.total_in() - read) as usize;
            let written = (self.state.total_out() - written) as usize;
            self.decoded
                .write_all(buffer.get(..written).unwrap_or_default())?;
            chunk = chunk.get(read..).unwrap_or_default();
            self.ended |= status == Status::StreamEnd;
            // A full buffer may have left something inside the decoder.
            if chunk.is_empty() && (self.ended || written < buffer.len()) {
                return Ok(());
            }
            if self.ended || (read == 0 && written == 0) {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
    }
}

/// zstd. Its frames are decoded block by block once all of them have arrived; the limit
/// holds for the compressed bytes as well. Skippable frames are skipped, and the checksum
/// of a frame's content is compared where there is one:
/// <https://www.rfc-editor.org/rfc/rfc8878#section-3.1>.
pub(super) struct Zstd {
    compressed: Bounded,
}

impl Zstd {
    fn decode(self) -> Result<Bytes, Refusal> {
        let lease = Rc::clone(&self.compressed.lease);
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

/// The first byte of gzip: <https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1>. No
/// protobuf message begins with it.
const GZIP: u8 = 0x1f;
/// The first byte of zlib with its usual window. No Bundle begins with it.
const ZLIB: u8 = 0x78;
/// Bytes of a window that every decoder must accept: <https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1.2>.
const ZSTD_WINDOW: u64 = 8 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lease::Leases;
    use flate2::write::{GzEncoder, ZlibEncoder};

    fn compressed(bytes: &[u8], compression: Compression) -> Vec<u8> {
        let level = flate2::Compression::best();
        let compressed = match compression {
            Compression::Zstd => {
                let level = ruzstd::encoding::CompressionLevel::Fastest;
                Ok(ruzstd::encoding::compress_to_vec(bytes, level))
            }
            Compression::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), level);
                encoder.write_all(bytes).and_then(|()| encoder.finish())
            }
            _ => {
                let mut encoder = ZlibEncoder::new(Vec::new(), level);
                encoder.write_all(bytes).and_then(|()| encoder.finish())
            }
        };
        compressed.expect("memory")
    }

    fn lease() -> Lease {
        Leases::new(usize::MAX).take(0, 0, 1).expect("memory")
    }

    #[test]
    fn all_bodies_share_one_limit() {
        let leases = Leases::new(1_500);
        let mut one = Decoder::new(
            Compression::None,
            1_000,
            leases.take(0, 0, 1).expect("memory"),
        );
        let mut other = Decoder::new(
            Compression::None,
            1_000,
            leases.take(0, 0, 1).expect("memory"),
        );
        assert_eq!(one.push(&[1; 900]), Ok(()));
        assert_eq!(other.push(&[1; 900]), Err(Refusal::Overloaded));
        assert_eq!(one.finish().map(|bytes| bytes.len()), Ok(900));
        let mut third = Decoder::new(
            Compression::None,
            1_000,
            leases.take(0, 0, 1).expect("memory"),
        );
        assert_eq!(third.push(&[1; 900]), Ok(()));
    }

    /// Decodes in chunks; also returns how many bytes it looked at.
    fn decode(
        compression: Compression,
        bytes: &[u8],
        chunk: usize,
        limit: usize,
    ) -> (Result<Bytes, Refusal>, usize) {
        let mut decoder = Decoder::new(compression, limit, lease());
        let mut read = 0;
        for chunk in bytes.chunks(chunk) {
            read += chunk.len();
            if let Err(refusal) = decoder.push(chunk) {
                return (Err(refusal), read);
            }
            if let Decoder::Gzip(gzip) = &decoder {
                assert!(gzip.get_ref().bytes.capacity() <= limit);
            }
            if let Decoder::Zlib(zlib) = &decoder {
                assert!(zlib.decoded.bytes.capacity() <= limit);
            }
        }
        (decoder.finish(), read)
    }

    #[test]
    fn a_decompression_bomb_ends_at_the_limit() {
        let bomb = vec![0; 10_000_000];
        let limit = 1_000_000;
        for compression in [Compression::Gzip, Compression::Zlib] {
            let bomb = compressed(&bomb, compression);
            assert!(bomb.len() < 12_000, "it is a bomb");
            let (decoded, read) = decode(compression, &bomb, 100, limit);
            assert_eq!(decoded, Err(Refusal::TooLarge { limit }));
            assert!(read < bomb.len() / 5, "the rest was not read");
        }
    }

    #[test]
    fn a_zstd_bomb_ends_at_the_limit() {
        let limit = 1_000_000;
        let bomb = compressed(&[0; 10_000_000], Compression::Zstd);
        let (decoded, _) = decode(Compression::Zstd, &bomb, 100, limit);
        assert_eq!(decoded, Err(Refusal::TooLarge { limit }));
    }

    #[test]
    fn two_frames_of_the_zstd_program_are_read() {
        let twice = [CHECKED, CHECKED].concat();
        let (decoded, _) = decode(Compression::Zstd, &twice, 9, 1 << 10);
        let text = "telemetry telemetry telemetry telemetry telemetry telemetry telemetry";
        assert_eq!(decoded, Ok(text.repeat(2).into()));
    }

    /// `telemetry` seven times, by `zstd -19`: a frame with a checksum of its content.
    const CHECKED: [u8; 29] = [
        0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x68, 0x85, 0x00, 0x00, 0x50, 0x74, 0x65, 0x6c, 0x65, 0x6d,
        0x65, 0x74, 0x72, 0x79, 0x20, 0x01, 0x00, 0xa8, 0x54, 0x90, 0x56, 0x07, 0x97, 0x6b,
    ];

    #[test]
    fn skippable_frames_are_skipped() {
        let text = "telemetry telemetry telemetry telemetry telemetry telemetry telemetry";
        let note = b"\x50\x2a\x4d\x18\x04\0\0\0note";
        let empty = b"\x5f\x2a\x4d\x18\0\0\0\0";
        for (bytes, wanted) in [
            ([&note[..], &CHECKED].concat(), text.to_owned()),
            ([&CHECKED[..], note].concat(), text.to_owned()),
            (
                [&CHECKED[..], empty, note, &CHECKED].concat(),
                text.repeat(2),
            ),
            (note.to_vec(), String::new()),
        ] {
            let (decoded, _) = decode(Compression::Zstd, &bytes, 9, 1 << 10);
            assert_eq!(decoded, Ok(wanted.into()));
        }
        let cut_off = [&CHECKED[..], &note[..10]].concat();
        let (decoded, _) = decode(Compression::Zstd, &cut_off, 9, 1 << 10);
        assert!(matches!(decoded, Err(Refusal::Compression(_))));
    }

    #[test]
    fn a_zstd_body_of_another_content_than_its_checksum_is_refused() {
        for changed in [10, 15, 25, 28] {
            let mut bytes = CHECKED;
            bytes[changed] ^= 1;
            let (decoded, _) = decode(Compression::Zstd, &bytes, 9, 1 << 10);
            assert!(matches!(decoded, Err(Refusal::Compression(_))), "{changed}");
        }
    }

    #[test]
    fn a_body_of_exactly_the_limit_is_accepted() {
        for compression in [Compression::Gzip, Compression::Zlib, Compression::Zstd] {
            let bytes = compressed(&[7; 1000], compression);
            assert_eq!(
                decode(compression, &bytes, 7, 1000).0,
                Ok(vec![7; 1000].into())
            );
            let refused = Err(Refusal::TooLarge { limit: 999 });
            assert_eq!(decode(compression, &bytes, 7, 999).0, refused);
        }
    }

    #[test]
    fn a_truncated_or_continued_body_is_refused() {
        for compression in [Compression::Gzip, Compression::Zlib, Compression::Zstd] {
            let bytes = compressed(&[7; 40_000], compression);
            // zstd of nothing is nothing.
            for length in 1..bytes.len() {
                let (decoded, _) = decode(compression, &bytes[..length], 16, 1 << 20);
                assert!(matches!(decoded, Err(Refusal::Compression(_))), "{length}");
            }
        }
        // Bytes after a gzip member are ignored by every reader; zlib has one end.
        let mut longer = compressed(&[7; 40_000], Compression::Zlib);
        longer.extend_from_slice(b"more");
        let (decoded, _) = decode(Compression::Zlib, &longer, 16, 1 << 20);
        assert!(matches!(decoded, Err(Refusal::Compression(_))));
    }

    proptest::proptest! {
        #[test]
        fn compressed_bytes_are_decoded(bytes: Vec<u8>, chunk in 1..300usize) {
            for compression in [Compression::Gzip, Compression::Zlib, Compression::Zstd] {
                let (decoded, _) = decode(compression, &compressed(&bytes, compression), chunk, 1 << 20);
                proptest::prop_assert_eq!(decoded, Ok(bytes.clone().into()));
            }
        }

        #[test]
        fn any_bytes_are_decoded_or_refused(bytes: Vec<u8>, chunk in 1..300usize) {
            for compression in [Compression::Gzip, Compression::Zlib, Compression::Zstd, Compression::Sniffed] {
                let _ = decode(compression, &bytes, chunk, 1 << 10);
            }
        }
    }
}
