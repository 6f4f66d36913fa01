//! Decompresses zlib, which HTTP calls deflate.

use super::bounded::Bounded;
use flate2::{Decompress, DecompressError, FlushDecompress, Status};
use std::io::{self, Write};
use throughline_wire::dictionary;

/// zlib, chunk by chunk. flate2's own writer accepts a stream that is cut off as whole.
pub(in crate::receiver::body) struct Zlib {
    state: Decompress,
    pub(super) ended: bool,
    pub(super) decoded: Bounded,
}

impl Zlib {
    pub(super) fn new(decoded: Bounded) -> Self {
        Self {
            state: Decompress::new(true),
            ended: false,
            decoded,
        }
    }

    pub(super) fn write_all(&mut self, mut chunk: &[u8]) -> io::Result<()> {
        let mut buffer = [0; 16 << 10];
        loop {
            let (read, written) = (self.state.total_in(), self.state.total_out());
            let status = self
                .state
                .decompress(chunk, &mut buffer, FlushDecompress::None)
                .or_else(|error| self.use_dictionary(error))?;
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

    /// Continues with the preset dictionary that the stream names, if it is one of a page's.
    fn use_dictionary(&mut self, error: DecompressError) -> Result<Status, DecompressError> {
        let Some(dictionary) = error.needs_dictionary().and_then(dictionary::of) else {
            return Err(error);
        };
        self.state.set_dictionary(dictionary)?;
        Ok(Status::Ok)
    }
}
