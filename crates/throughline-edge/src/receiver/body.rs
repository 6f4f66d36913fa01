//! What is the body, and is it small enough?
//!
//! The limit holds for the decompressed bytes and is checked while they come: a
//! bomb ends at the limit, and memory never holds more.

use crate::exporter::within;
use crate::host::{Body, Host};
use crate::refusal::Refusal;
use bytes::Bytes;
use core::time::Duration;
use flate2::write::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use http::header::{self, HeaderMap, HeaderValue};
use std::io::{self, Write};

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    /// zlib, which HTTP calls deflate: <https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.2>.
    Zlib,
    /// Not said in a header, as a page must not; the first byte tells.
    Sniffed,
}

impl Compression {
    /// What `Content-Encoding` says.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let mut named = Compression::None;
        for value in headers.get_all(header::CONTENT_ENCODING) {
            for name in String::from_utf8_lossy(value.as_bytes()).split(',') {
                let name = name.trim().to_ascii_lowercase();
                let this = match name.as_str() {
                    "" | "identity" => continue,
                    "gzip" | "x-gzip" => Compression::Gzip,
                    "deflate" => Compression::Zlib,
                    _ => return Err(Refusal::ContentEncoding(name.into())),
                };
                if named != Compression::None {
                    return Err(Refusal::ContentEncoding("several at once".into()));
                }
                named = this;
            }
        }
        Ok(named)
    }
}

/// Reads a body to its end, decompressed.
pub(crate) async fn read(
    body: &mut impl Body,
    compression: Compression,
    headers: &HeaderMap,
    limit: usize,
) -> Result<Bytes, Refusal> {
    if compression == Compression::None && announced(headers).is_some_and(|length| length > limit) {
        return Err(Refusal::TooLarge { limit });
    }
    let mut decoder = Decoder::Waiting(compression);
    while let Some(chunk) = body.chunk().await {
        let chunk = chunk?;
        if !chunk.is_empty() {
            decoder.push(&chunk, limit)?;
        }
    }
    decoder.finish()
}

/// Lets the rest of a body arrive and forgets it, so that a sender in the middle of
/// it gets to read why it was refused. What is long is cut off.
pub(crate) async fn drain<H: Host>(host: &H, body: &mut H::Body) {
    let forget = async {
        let mut left = DRAINED_BYTES;
        while let Some(Ok(chunk)) = body.chunk().await {
            match left.checked_sub(chunk.len()) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    };
    within(host, DRAINED_FOR, forget).await;
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .map(HeaderValue::to_str)?;
    length.ok()?.parse().ok()
}

enum Decoder {
    /// Nothing has come yet.
    Waiting(Compression),
    Plain(Bounded),
    Gzip(Box<MultiGzDecoder<Bounded>>),
    Zlib(Box<Zlib>),
}

impl Decoder {
    fn push(&mut self, chunk: &[u8], limit: usize) -> Result<(), Refusal> {
        if let Decoder::Waiting(compression) = self {
            *self = Decoder::new(*compression, chunk.first().copied(), limit);
        }
        match self {
            Decoder::Waiting(_) => Ok(()),
            Decoder::Plain(bytes) => bytes
                .write_all(chunk)
                .map_err(|_| Refusal::TooLarge { limit }),
            Decoder::Gzip(gzip) => {
                (gzip.write_all(chunk)).map_err(|_| gzip.get_ref().refusal("gzip"))
            }
            Decoder::Zlib(zlib) => zlib
                .write_all(chunk)
                .map_err(|_| zlib.decoded.refusal("deflate (zlib)")),
        }
    }

    fn new(compression: Compression, first_byte: Option<u8>, limit: usize) -> Self {
        let bounded = Bounded {
            bytes: Vec::new(),
            limit,
            exceeded: false,
        };
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
            (Compression::None | Compression::Sniffed, _) => Decoder::Plain(bounded),
        }
    }

    fn finish(self) -> Result<Bytes, Refusal> {
        match self {
            Decoder::Waiting(Compression::None | Compression::Sniffed) => Ok(Bytes::new()),
            Decoder::Waiting(Compression::Gzip) => Err(Refusal::Compression("gzip")),
            Decoder::Waiting(Compression::Zlib) => Err(Refusal::Compression("deflate (zlib)")),
            Decoder::Plain(bytes) => Ok(bytes.bytes.into()),
            Decoder::Gzip(mut gzip) => match gzip.try_finish() {
                Ok(()) => Ok(core::mem::take(&mut gzip.get_mut().bytes).into()),
                Err(_) => Err(gzip.get_ref().refusal("gzip")),
            },
            Decoder::Zlib(zlib) if zlib.ended => Ok(zlib.decoded.bytes.into()),
            Decoder::Zlib(_) => Err(Refusal::Compression("deflate (zlib)")),
        }
    }
}

/// Bytes that may not become more than the limit.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
    exceeded: bool,
}

impl Bounded {
    /// Why writing to it, or decompressing into it, failed.
    fn refusal(&self, compression: &'static str) -> Refusal {
        if self.exceeded {
            Refusal::TooLarge { limit: self.limit }
        } else {
            Refusal::Compression(compression)
        }
    }
}

impl Write for Bounded {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if chunk.len() > self.limit - self.bytes.len() {
            self.exceeded = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let needed = self.bytes.len() + chunk.len();
        if needed > self.bytes.capacity() {
            // Doubling, but never past the limit.
            let capacity = (self.bytes.capacity() * 2).clamp(needed, self.limit);
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// zlib, chunk by chunk. flate2's own writer takes a stream that is cut off for a whole one.
struct Zlib {
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

/// The first byte of gzip: <https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1>. No
/// protobuf message begins with it.
const GZIP: u8 = 0x1f;
/// The first byte of zlib with its usual window. No Bundle begins with it.
const ZLIB: u8 = 0x78;
/// What is read of a refused body before the connection is cut.
const DRAINED_BYTES: usize = 8 << 20;
/// How long that may take.
const DRAINED_FOR: Duration = Duration::from_secs(5);
/// The value of `Accept-Encoding` that says what is read here.
pub(crate) const ENCODINGS: &str = "gzip, deflate, identity";

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::write::{GzEncoder, ZlibEncoder};

    fn compressed(bytes: &[u8], compression: Compression) -> Vec<u8> {
        let level = flate2::Compression::best();
        let compressed = match compression {
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

    /// Decodes in chunks; also answers how many bytes it looked at.
    fn decode(
        compression: Compression,
        bytes: &[u8],
        chunk: usize,
        limit: usize,
    ) -> (Result<Bytes, Refusal>, usize) {
        let mut decoder = Decoder::Waiting(compression);
        let mut read = 0;
        for chunk in bytes.chunks(chunk) {
            read += chunk.len();
            if let Err(refusal) = decoder.push(chunk, limit) {
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
    fn a_bomb_ends_at_the_limit() {
        let bomb = vec![0; 10_000_000];
        let limit = 1_000_000;
        for compression in [Compression::Gzip, Compression::Zlib] {
            let bomb = compressed(&bomb, compression);
            assert!(bomb.len() < 12_000, "it is a bomb");
            let (decoded, read) = decode(compression, &bomb, 100, limit);
            assert_eq!(decoded, Err(Refusal::TooLarge { limit }));
            assert!(read < bomb.len() / 5, "the rest of it was not looked at");
        }
    }

    #[test]
    fn exactly_the_limit_is_not_over_it() {
        for compression in [Compression::Gzip, Compression::Zlib] {
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
    fn what_is_cut_off_or_goes_on_is_refused() {
        for compression in [Compression::Gzip, Compression::Zlib] {
            let bytes = compressed(&[7; 40_000], compression);
            for length in 0..bytes.len() {
                let (decoded, _) = decode(compression, &bytes[..length], 16, 1 << 20);
                assert!(matches!(decoded, Err(Refusal::Compression(_))), "{length}");
            }
        }
        // What follows a gzip member is ignored by every reader; zlib has one end.
        let mut longer = compressed(&[7; 40_000], Compression::Zlib);
        longer.extend_from_slice(b"more");
        let (decoded, _) = decode(Compression::Zlib, &longer, 16, 1 << 20);
        assert!(matches!(decoded, Err(Refusal::Compression(_))));
    }

    proptest::proptest! {
        #[test]
        fn what_was_compressed_is_read(bytes: Vec<u8>, chunk in 1..300usize) {
            for compression in [Compression::Gzip, Compression::Zlib] {
                let (decoded, _) = decode(compression, &compressed(&bytes, compression), chunk, 1 << 20);
                proptest::prop_assert_eq!(decoded, Ok(bytes.clone().into()));
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>, chunk in 1..300usize) {
            for compression in [Compression::Gzip, Compression::Zlib, Compression::Sniffed] {
                let _ = decode(compression, &bytes, chunk, 1 << 10);
            }
        }
    }
}
