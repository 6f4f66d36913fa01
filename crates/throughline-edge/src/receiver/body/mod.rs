//! Reads the body of a request, decompressed and within its limits.
//!
//! The limit holds for the decompressed bytes and is checked while they arrive: a
//! decompression bomb ends at the limit, and memory never holds more.

mod decoder;

use crate::host::{Body, Clock, Host, timeout};
use crate::http::Refusal;
use crate::lease::{Lease, Leases};
use crate::receiver::otlp_grpc::{Frame, FrameError, Prefix};
use bytes::Bytes;
use core::time::Duration;
use decoder::Decoder;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use std::sync::Arc;

/// How a body is to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyFormat {
    pub(crate) compression: Compression,
    /// Bytes there may be after decompression.
    pub(crate) max_bytes: usize,
    /// Whether the body is the one message of a call of gRPC, in its frame.
    pub(crate) is_framed: bool,
}

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    /// zlib, which HTTP calls deflate: <https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.2>.
    Zlib,
    Zstd,
    /// HTTP calls it br.
    Brotli,
    /// Read from the first byte: a header would cost a page a preflight.
    Sniffed,
}

impl Compression {
    /// The compression that `Content-Encoding` names.
    ///
    /// # Errors
    /// [`Refusal`] when it is one that is not read here.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        Self::named_by(headers, header::CONTENT_ENCODING)
    }

    /// The compression that a header names.
    ///
    /// # Errors
    /// [`Refusal`] when it is one that is not read here.
    pub(crate) fn named_by(headers: &HeaderMap, header: HeaderName) -> Result<Self, Refusal> {
        let mut named = Compression::None;
        for value in headers.get_all(header) {
            for name in String::from_utf8_lossy(value.as_bytes()).split(',') {
                let name = name.trim().to_ascii_lowercase();
                let this = match name.as_str() {
                    "" | "identity" => continue,
                    "gzip" | "x-gzip" => Compression::Gzip,
                    "deflate" => Compression::Zlib,
                    "zstd" => Compression::Zstd,
                    "br" => Compression::Brotli,
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

impl BodyFormat {
    /// Refuses a length that is announced and certainly too large.
    fn check_length(self, length: usize) -> Result<(), Refusal> {
        let limit = self.max_bytes;
        let most = match self.compression {
            Compression::None => limit,
            _ => limit.saturating_add(limit / 1024 + INCOMPRESSIBLE_BYTES),
        };
        match length > most {
            true => Err(Refusal::TooLarge { limit }),
            false => Ok(()),
        }
    }

    /// Does as the prefix of a message says: each says for itself whether it is compressed.
    fn check_message(self, prefix: Prefix, decoder: &mut Decoder) -> Result<(), Refusal> {
        match (prefix.is_compressed, self.compression) {
            (true, Compression::None) => return Err(FrameError::Uncompressed.into()),
            (true, _) => {}
            (false, _) => decoder.read_plain(),
        }
        self.check_length(prefix.length)
    }
}

/// A body that may be read.
#[derive(Debug)]
pub(crate) struct Admitted {
    format: BodyFormat,
    /// The memory for it.
    lease: Lease,
}

impl Admitted {
    /// Decides by the head alone. `reading_bytes` is the memory that all bodies which are
    /// being read share.
    ///
    /// # Errors
    /// [`Refusal`] when the body is announced as too large, or there is no memory for any.
    pub(crate) fn by_head(
        clock: &impl Clock,
        headers: &HeaderMap,
        format: BodyFormat,
        reading_bytes: &Arc<Leases>,
    ) -> Result<Self, Refusal> {
        let announced = announced(headers).filter(|_| !format.is_framed);
        format.check_length(announced.unwrap_or(0))?;
        let now = clock.now_unix_nano();
        let until = now.saturating_add(READ_TIMEOUT.as_nanos() as u64);
        let lease = reading_bytes.take(0, now, until);
        let lease = lease.ok_or(Refusal::Overloaded)?;
        Ok(Self { format, lease })
    }

    /// Reads the body to its end, decompressed.
    ///
    /// # Errors
    /// [`Refusal`] when it is too large, too slow, damaged, or there is no memory for it.
    pub(crate) async fn read<H: Host>(
        self,
        host: &H,
        body: &mut H::Body,
    ) -> Result<Bytes, Refusal> {
        let BodyFormat {
            compression,
            max_bytes,
            is_framed,
        } = self.format;
        let whole = async {
            let mut decoder = Decoder::new(compression, max_bytes, self.lease, H::BROTLI);
            let mut frame = is_framed.then(Frame::default);
            while let Some(chunk) = body.chunk().await {
                let mut chunk = chunk?;
                if let Some(frame) = &mut frame {
                    chunk = frame.push(chunk)?;
                    if let Some(prefix) = frame.prefix() {
                        self.format.check_message(prefix?, &mut decoder)?;
                    }
                }
                if !chunk.is_empty() {
                    decoder.push(&chunk)?;
                }
            }
            if let Some(frame) = frame {
                frame.finish()?;
            }
            decoder.finish()
        };
        let read = timeout(host, READ_TIMEOUT, whole).await;
        read.unwrap_or(Err(Refusal::TooSlow(READ_TIMEOUT)))
    }
}

/// Decompresses bytes that are in memory, to at most `max_bytes`; `None` when they cannot be.
/// `content_encoding` is empty, `gzip` or `zstd`.
pub(crate) fn decompress<H: Host>(
    content_encoding: &str,
    bytes: &[u8],
    max_bytes: usize,
) -> Option<Bytes> {
    let compression = match content_encoding {
        "" => Compression::None,
        "gzip" => Compression::Gzip,
        "zstd" => Compression::Zstd,
        _ => return None,
    };
    let lease = Leases::new(usize::MAX).take(0, 0, u64::MAX)?;
    // Bytes that do not compress are longer while they are compressed.
    let limit = max_bytes.saturating_add(max_bytes / 1024 + INCOMPRESSIBLE_BYTES);
    let mut decoder = Decoder::new(compression, limit, lease, H::BROTLI);
    decoder.push(bytes).ok()?;
    decoder.finish().ok()
}

/// Reads the rest of a body and discards it, so that a sender in the middle of it can
/// read why it was refused. A long rest is cut off.
pub(crate) async fn drain<H: Host>(host: &H, body: &mut H::Body) {
    let discard = async {
        let mut left = DRAINED_BYTES;
        while let Some(Ok(chunk)) = body.chunk().await {
            match left.checked_sub(chunk.len()) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    };
    timeout(host, DRAIN_TIMEOUT, discard).await;
}

/// Whether the sender sends no body before it has a `100 Continue`, which a host sends
/// when the body is first read: <https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1>.
pub(crate) fn awaits_continue(headers: &HeaderMap) -> bool {
    let expected = headers.get(header::EXPECT).map(HeaderValue::as_bytes);
    expected.is_some_and(|expected| expected.eq_ignore_ascii_case(b"100-continue"))
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .map(HeaderValue::to_str)?;
    length.ok()?.parse().ok()
}

/// How much longer a body may be before decompression than after it: bytes that do not
/// compress gain a few per block, and the ends of the format.
const INCOMPRESSIBLE_BYTES: usize = 128;
/// A sender that takes longer than this for one body only holds a connection.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// How much of a refused body is read before the connection is cut: a sender that is just
/// over the default limit can still read the response.
const DRAINED_BYTES: usize = 128 << 20;
/// How long that may take.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// The compressions that are read here, as a value of `Accept-Encoding`.
pub(crate) const ENCODINGS: &str = "gzip, deflate, zstd, br, identity";
