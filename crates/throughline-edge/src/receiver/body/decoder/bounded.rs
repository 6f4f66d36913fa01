//! A buffer with a limit, in memory that all bodies share.

use crate::http::Refusal;
use crate::lease::Lease;
use std::io::{self, Write};
use std::rc::Rc;

/// A buffer with a limit.
pub(in crate::receiver::body) struct Bounded {
    pub(super) bytes: Vec<u8>,
    pub(super) limit: usize,
    /// The memory that the buffer takes.
    lease: Rc<Lease>,
    /// Why no more may be written.
    full: Option<Refusal>,
}

impl Bounded {
    pub(super) const fn new(limit: usize, lease: Rc<Lease>) -> Self {
        Self {
            bytes: Vec::new(),
            limit,
            lease,
            full: None,
        }
    }

    /// Why writing to the buffer, or decompressing into it, failed.
    pub(super) fn refusal(&self, compression: &'static str) -> Refusal {
        let broken = Refusal::Compression(compression);
        self.full.clone().unwrap_or(broken)
    }

    /// Says that there is no memory for the decoder of the buffer.
    #[cfg(feature = "brotli")]
    pub(super) fn starve(&mut self) {
        self.full = Some(Refusal::Overloaded);
    }

    /// The memory that the buffer takes, for others that are part of the same body.
    pub(super) fn lease(&self) -> Rc<Lease> {
        Rc::clone(&self.lease)
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
