//! What is the body, and is it small enough?
//!
//! The limit holds for the decompressed bytes and is checked while they come: a
//! bomb ends at the limit, and memory never holds more.

use super::Form;
use super::decoder::Decoder;
use crate::host::{Body, Host};
use crate::lease::Leases;
use crate::refusal::Refusal;
use crate::within::within;
use bytes::Bytes;
use core::time::Duration;
use http::header::{self, HeaderMap, HeaderValue};
use std::sync::Arc;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    /// zlib, which HTTP calls deflate: <https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.2>.
    Zlib,
    Zstd,
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
                    "zstd" => Compression::Zstd,
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

/// Reads a body to its end, decompressed: all of it, within the limit, in time, and in
/// the `room` that all bodies share.
pub(crate) async fn read<H: Host>(
    host: &H,
    headers: &HeaderMap,
    body: &mut H::Body,
    form: Form,
    room: &Arc<Leases>,
) -> Result<Bytes, Refusal> {
    let Form {
        compression, limit, ..
    } = form;
    if compression == Compression::None && announced(headers).is_some_and(|length| length > limit) {
        return Err(Refusal::TooLarge { limit });
    }
    let now = host.now_unix_nano();
    let until = now.saturating_add(ARRIVED_WITHIN.as_nanos() as u64);
    let own = room.take(0, now, until).ok_or(Refusal::OVERLOADED)?;
    let whole = async {
        let mut decoder = Decoder::new(compression, limit, own);
        while let Some(chunk) = body.chunk().await {
            let chunk = chunk?;
            if !chunk.is_empty() {
                decoder.push(&chunk)?;
            }
        }
        decoder.finish()
    };
    let in_time = within(host, ARRIVED_WITHIN, whole).await;
    in_time.unwrap_or(Err(Refusal::TooSlow(ARRIVED_WITHIN)))
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

/// Whether the sender sends no body before it is told to go on, which happens when the
/// body is first asked for: <https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1>.
pub(crate) fn is_held_back(headers: &HeaderMap) -> bool {
    let expected = headers.get(header::EXPECT).map(HeaderValue::as_bytes);
    expected.is_some_and(|expected| expected.eq_ignore_ascii_case(b"100-continue"))
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .map(HeaderValue::to_str)?;
    length.ok()?.parse().ok()
}

/// A sender that takes longer than this for one body only holds a connection.
const ARRIVED_WITHIN: Duration = Duration::from_secs(30);
/// What is read of a refused body before the connection is cut: a sender that is just
/// over the default limit still gets to read the answer.
const DRAINED_BYTES: usize = 128 << 20;
/// How long that may take.
const DRAINED_FOR: Duration = Duration::from_secs(5);
/// The value of `Accept-Encoding` that says what is read here.
pub(crate) const ENCODINGS: &str = "gzip, deflate, zstd, identity";
