//! Decompresses brotli: <https://www.rfc-editor.org/rfc/rfc7932>.

use super::bounded::Bounded;
use crate::lease::Lease;
use brotli_decompressor::{
    Allocator, BrotliDecompressStream, BrotliResult, BrotliState, SliceWrapper, SliceWrapperMut,
};
use std::cell::Cell;
use std::io::{self, Write};
use std::rc::Rc;

/// brotli, chunk by chunk.
pub(in crate::receiver::body) struct Brotli {
    state: BrotliState<Memory, Memory, Memory>,
    /// Whether there was no memory for the decoder.
    is_starved: Rc<Cell<bool>>,
    pub(super) ended: bool,
    pub(super) decoded: Bounded,
}

impl Brotli {
    /// A decoder that takes its memory, a window of up to 16 MiB among it, from the lease of
    /// what it decodes. Larger windows are not standard, and refused.
    pub(super) fn new(decoded: Bounded) -> Self {
        let memory = Memory {
            lease: decoded.lease(),
            is_starved: Rc::default(),
        };
        Self {
            is_starved: Rc::clone(&memory.is_starved),
            state: BrotliState::new_strict(memory.clone(), memory.clone(), memory),
            ended: false,
            decoded,
        }
    }

    pub(super) fn write_all(&mut self, chunk: &[u8]) -> io::Result<()> {
        let mut buffer = [0; 16 << 10];
        let (mut left, mut read) = (chunk.len(), 0);
        loop {
            if self.ended {
                // Nothing may follow.
                return match left {
                    0 => Ok(()),
                    _ => Err(io::ErrorKind::InvalidData.into()),
                };
            }
            let (mut room, mut written, mut total) = (buffer.len(), 0, 0);
            let result = BrotliDecompressStream(
                &mut left,
                &mut read,
                chunk,
                &mut room,
                &mut written,
                &mut buffer,
                &mut total,
                &mut self.state,
            );
            if self.is_starved.get() {
                self.decoded.starve();
                return Err(io::ErrorKind::OutOfMemory.into());
            }
            self.decoded
                .write_all(buffer.get(..written).unwrap_or_default())?;
            match result {
                BrotliResult::ResultSuccess => self.ended = true,
                BrotliResult::NeedsMoreOutput => {}
                BrotliResult::NeedsMoreInput => return Ok(()),
                BrotliResult::ResultFailure => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
    }
}

/// Memory of a decoder, which counts for the limit of all bodies.
#[derive(Clone)]
struct Memory {
    lease: Rc<Lease>,
    is_starved: Rc<Cell<bool>>,
}

/// A piece of it; empty where there was none.
#[derive(Default)]
struct Piece<T>(Vec<T>);

impl<T: Clone + Default> Allocator<T> for Memory {
    type AllocatedMemory = Piece<T>;

    fn alloc_cell(&mut self, length: usize) -> Piece<T> {
        if !self.lease.grow(length * size_of::<T>()) {
            self.is_starved.set(true);
            return Piece::default();
        }
        Piece(vec![T::default(); length])
    }

    fn free_cell(&mut self, _: Piece<T>) {}
}

impl<T> SliceWrapper<T> for Piece<T> {
    fn slice(&self) -> &[T] {
        &self.0
    }
}

impl<T> SliceWrapperMut<T> for Piece<T> {
    fn slice_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}
