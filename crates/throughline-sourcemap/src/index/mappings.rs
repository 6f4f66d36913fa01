//! The content of a mapping block.

use super::bytes::{Reader, signed};
use super::error::IndexError;
use super::frame::Frame;
use crate::position::Position;
use alloc::borrow::ToOwned;
use alloc::vec::Vec;

/// A mapping block, read.
pub(super) struct Mappings<'a> {
    sources: Vec<Source<'a>>,
    strings: Vec<&'a str>,
    entries: Vec<Entry>,
}

struct Source<'a> {
    number: u32,
    flags: u32,
    url: &'a str,
}

#[derive(Clone, Copy, Default)]
struct Entry {
    line: u32,
    column: u32,
    source: u32,
    original_line: u32,
    original_column: u32,
    name: u32,
    function: u32,
}

impl<'a> Mappings<'a> {
    /// Reads the content of a block whose first entry is at line `line`.
    pub(super) fn parse(content: &'a [u8], line: u32) -> Result<Self, IndexError> {
        let mut reader = Reader(content);
        let entries = reader.count()?;
        let sources = reader.count()?;
        let strings = reader.count()?;
        let sources = (0..sources).map(|_| {
            Ok(Source {
                number: reader.varint()?,
                flags: reader.varint()?,
                url: reader.text()?,
            })
        });
        let sources = sources.collect::<Result<Vec<_>, _>>()?;
        let strings = (0..strings).map(|_| reader.text());
        let strings = strings.collect::<Result<Vec<_>, _>>()?;
        let entries = read_entries(&mut reader, entries, line)?;
        Ok(Self {
            sources,
            strings,
            entries,
        })
    }

    /// The frame of a generated position, without context, and the number of its source if that
    /// has lines.
    pub(super) fn frame(&self, at: Position) -> Result<Option<(Frame, Option<u32>)>, IndexError> {
        let after = self
            .entries
            .partition_point(|entry| (entry.line, entry.column) <= (at.line, at.column));
        let entry = after.checked_sub(1).and_then(|last| self.entries.get(last));
        let Some(entry) = entry.filter(|entry| entry.line == at.line && entry.source != 0) else {
            return Ok(None);
        };
        let source = self.sources.get(entry.source as usize - 1).ok_or(UNKNOWN)?;
        let frame = Frame {
            source: (source.flags & HAS_URL != 0).then(|| source.url.to_owned()),
            line: entry.original_line.saturating_add(1),
            column: entry.original_column.saturating_add(1),
            function: self.string(entry.function)?,
            name: self.string(entry.name)?,
            ignored: source.flags & IGNORED != 0,
            context: None,
        };
        let number = (source.flags & HAS_LINES != 0).then_some(source.number);
        Ok(Some((frame, number)))
    }

    fn string(&self, reference: u32) -> Result<Option<alloc::string::String>, IndexError> {
        let Some(place) = reference.checked_sub(1) else {
            return Ok(None);
        };
        let string = self.strings.get(place as usize).ok_or(UNKNOWN)?;
        Ok(Some((*string).to_owned()))
    }
}

fn read_entries(
    reader: &mut Reader<'_>,
    count: usize,
    first_line: u32,
) -> Result<Vec<Entry>, IndexError> {
    // Each list has a byte for each entry at least, so that what is allocated is bounded.
    if count > reader.0.len() / LISTS {
        return Err(IndexError::Malformed("a block ends too early"));
    }
    let mut entries = alloc::vec![Entry::default(); count];
    let mut line = first_line;
    for entry in &mut entries {
        line = line.checked_add(reader.varint()?).ok_or(RANGE)?;
        entry.line = line;
    }
    let mut before = None;
    for entry in &mut entries {
        let by = reader.varint()?;
        entry.column = match before {
            Some((line, column)) if line == entry.line => by.checked_add(column).ok_or(RANGE)?,
            _ => by,
        };
        before = Some((entry.line, entry.column));
    }
    for entry in &mut entries {
        entry.source = reader.varint()?;
    }
    let mut last = 0;
    for entry in &mut entries {
        last = moved(last, reader.varint()?)?;
        entry.original_line = last;
    }
    let mut last = 0;
    for entry in &mut entries {
        last = moved(last, reader.varint()?)?;
        entry.original_column = last;
    }
    for entry in &mut entries {
        entry.name = reader.varint()?;
    }
    for entry in &mut entries {
        entry.function = reader.varint()?;
    }
    Ok(entries)
}

/// Differences wrap around: original positions have all 32 bits, and so has a difference.
fn moved(last: u32, varint: u32) -> Result<u32, IndexError> {
    Ok(last.wrapping_add_signed(signed(varint)))
}

/// Flags of a source.
pub(crate) const IGNORED: u32 = 1;
pub(crate) const HAS_URL: u32 = 2;
pub(crate) const HAS_LINES: u32 = 4;

/// Lists of an entry's numbers.
const LISTS: usize = 7;
const UNKNOWN: IndexError = IndexError::Malformed("an entry names what its block does not have");
const RANGE: IndexError = IndexError::Malformed("a position has more than 32 bits");
