//! The encodings that a script is stored in.

use super::read;
use crate::failure::Failure;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use brotli::enc::backward_references::BrotliEncoderMode::BROTLI_MODE_TEXT;
use brotli::enc::{BrotliEncoderParams, StandardAlloc};
use brotli::{BrotliCompressCustomIoCustomDict, IoReaderWrapper, IoWriterWrapper};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};
use std::path::Path;

/// Compresses with what a reader has already.
pub(super) fn brotli(text: &[u8], dictionary: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::new();
    let parameters = BrotliEncoderParams {
        quality: 11,
        // A window of 64 KB holds a script and its dictionary.
        lgwin: 16,
        size_hint: text.len(),
        mode: BROTLI_MODE_TEXT,
        ..BrotliEncoderParams::default()
    };
    let written = BrotliCompressCustomIoCustomDict(
        &mut IoReaderWrapper(&mut &*text),
        &mut IoWriterWrapper(&mut compressed),
        &mut [0; BUFFER],
        &mut [0; BUFFER],
        &parameters,
        StandardAlloc::default(),
        &mut |_, _, _, _| (),
        dictionary,
        io::ErrorKind::UnexpectedEof.into(),
    );
    expect_memory(written);
    compressed
}

/// The script as `Content-Encoding: dcb`, for a browser that has another one.
///
/// <https://www.rfc-editor.org/rfc/rfc9842#section-4>
pub(super) fn difference(from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = DCB.to_vec();
    bytes.extend_from_slice(&Sha256::digest(from));
    bytes.extend(brotli(to, from));
    bytes
}

pub(super) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    expect_memory(encoder.write_all(text));
    expect_memory(encoder.finish())
}

/// The content of a file in gzip.
pub(super) fn read_gzip(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    let compressed = read(path)?;
    let decoded = GzDecoder::new(&*compressed).read_to_end(&mut text);
    decoded.map_err(Failure::path(path))?;
    Ok(text)
}

pub(super) fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// The result of writing into memory, which does not fail.
#[expect(clippy::expect_used, reason = "a vector takes all bytes")]
fn expect_memory<T>(written: io::Result<T>) -> T {
    written.expect("a vector takes all bytes")
}

/// The first bytes of a difference in brotli.
const DCB: [u8; 4] = [0xff, b'D', b'C', b'B'];
const BUFFER: usize = 1 << 16;
