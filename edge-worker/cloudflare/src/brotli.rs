//! Decompresses brotli by the decoder of the Workers runtime.

use crate::body::message;
use crate::platform::BrotliReader;
use std::io::Write;
use throughline_edge::host::BrotliError;

/// Decompresses a whole body, piece by piece into `out`, until that refuses one.
pub(crate) fn decompress(
    compressed: &[u8],
    _: usize,
    out: &mut dyn Write,
) -> Result<(), BrotliError> {
    let reader = BrotliReader::new().map_err(|thrown| {
        worker::console_error!("throughline: no brotli: {}", message(&thrown));
        BrotliError::Unavailable
    })?;
    let read = read_all(&reader, compressed, out);
    reader.close();
    read
}

fn read_all(
    reader: &BrotliReader,
    compressed: &[u8],
    out: &mut dyn Write,
) -> Result<(), BrotliError> {
    let mut buffer = [0; 16 << 10];
    let mut rest = compressed;
    loop {
        let written = reader.read(rest, &mut buffer) as usize;
        let piece = buffer.get(..written).ok_or(BrotliError::Broken)?;
        out.write_all(piece).map_err(|_| BrotliError::Broken)?;
        let left = reader.unread() as usize;
        rest = rest
            .get(rest.len().saturating_sub(left)..)
            .unwrap_or_default();
        // A full buffer may have left something inside the decoder.
        if written < buffer.len() {
            break;
        }
    }
    // What is behind the end of the stream stays unread.
    match rest {
        [] if !reader.is_broken() => Ok(()),
        _ => Err(BrotliError::Broken),
    }
}
