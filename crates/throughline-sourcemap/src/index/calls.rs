//! The calls that a compiler has inlined, in the content of a mapping block.

use super::bytes::Reader;
use super::error::IndexError;
use alloc::vec::Vec;

/// The calls of a block; a block without any has no table.
#[derive(Default)]
pub(super) struct Calls(Vec<Call>);

/// A call that was inlined, with references to the tables of its block.
#[derive(Clone, Copy)]
pub(super) struct Call {
    pub(super) source: u32,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) function: u32,
    /// The call by which the calling function was inlined itself: one more than its place, 0 for none.
    around: u32,
}

impl Calls {
    /// Reads the table.
    pub(super) fn parse(reader: &mut Reader<'_>) -> Result<Self, IndexError> {
        let count = reader.count()?;
        let calls = (0..count).map(|_| {
            Ok(Call {
                source: reader.varint()?,
                line: reader.varint()?,
                column: reader.varint()?,
                function: reader.varint()?,
                around: reader.varint()?,
            })
        });
        Ok(Self(calls.collect::<Result<_, _>>()?))
    }

    /// The calls from the one that an entry names to the outermost.
    pub(super) fn chain(&self, reference: u32) -> Result<Vec<Call>, IndexError> {
        let mut chain = Vec::new();
        let mut next = reference;
        let mut before = u32::MAX;
        // Each is in front of those within it, so that no chain is a loop.
        while next != 0 && next < before && chain.len() < MAX_CALLS {
            let call = self.0.get(next as usize - 1).ok_or(UNKNOWN)?;
            chain.push(*call);
            before = next;
            next = call.around;
        }
        Ok(chain)
    }
}

/// The most calls around an entry.
pub(crate) const MAX_CALLS: usize = 15;
const UNKNOWN: IndexError = IndexError::Malformed("an entry names a call that its block lacks");
