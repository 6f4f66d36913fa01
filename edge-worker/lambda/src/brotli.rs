//! Decompresses brotli by the decoder of Node.

use crate::platform;
use std::io::Write;
use throughline_edge::host::BrotliError;

/// Decompresses a whole body of at most `limit` bytes: Node ends at the first byte beyond it.
pub(crate) fn decompress(
    compressed: &[u8],
    limit: usize,
    out: &mut dyn Write,
) -> Result<(), BrotliError> {
    let decompressed = platform::decompress_brotli(compressed, limit as f64).map_err(|thrown| {
        match platform::code(&thrown).as_str() {
            TOO_LARGE => BrotliError::TooLarge,
            _ => BrotliError::Broken,
        }
    })?;
    out.write_all(&decompressed)
        .map_err(|_| BrotliError::Broken)
}

/// <https://nodejs.org/api/errors.html#err_buffer_too_large>
const TOO_LARGE: &str = "ERR_BUFFER_TOO_LARGE";
