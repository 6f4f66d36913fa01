//! The content of a line block.

use super::bytes::{Reader, text};
use super::error::IndexError;
use super::frame::{CONTEXT_LINES, Context};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// A line block, of which the lengths of lines are read.
pub(super) struct Lines<'a> {
    runs: Vec<Run>,
    /// Where each line ends in the text, one run after the other.
    ends: Vec<usize>,
    text: &'a [u8],
}

/// Lines of one source that follow one another.
struct Run {
    source: u32,
    first: u32,
    /// The lines, by their places in the block.
    lines: Range<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn parse(content: &'a [u8]) -> Result<Self, IndexError> {
        let mut reader = Reader(content);
        let count = reader.count()?;
        let mut runs = Vec::with_capacity(count);
        let mut ends = Vec::new();
        let mut end = 0_usize;
        for _ in 0..count {
            let source = reader.varint()?;
            let first = reader.varint()?;
            let lines = reader.count()?;
            let start = ends.len();
            for _ in 0..lines {
                end = end.saturating_add(reader.varint()? as usize);
                ends.push(end);
            }
            let lines = start..ends.len();
            runs.push(Run {
                source,
                first,
                lines,
            });
        }
        Ok(Self {
            runs,
            ends,
            text: reader.0,
        })
    }

    /// The lines around line `line` of a source, from 0, if they are here.
    pub(super) fn context(&self, source: u32, line: u32) -> Result<Option<Context>, IndexError> {
        let place = |run: &Run| {
            let after = line.checked_sub(run.first)? as usize;
            let place = run.lines.start.checked_add(after)?;
            run.lines.contains(&place).then_some(place)
        };
        let mut runs = self.runs.iter().filter(|run| run.source == source);
        let Some((place, run)) = runs.find_map(|run| Some((place(run)?, run))) else {
            return Ok(None);
        };
        let most = CONTEXT_LINES as usize;
        let before = place.saturating_sub(most).max(run.lines.start)..place;
        let after = place + 1..(place + 1 + most).min(run.lines.end);
        Ok(Some(Context {
            before: before
                .map(|place| self.line(place))
                .collect::<Result<_, _>>()?,
            line: self.line(place)?,
            after: after
                .map(|place| self.line(place))
                .collect::<Result<_, _>>()?,
        }))
    }

    fn line(&self, place: usize) -> Result<String, IndexError> {
        let start = match place.checked_sub(1) {
            Some(before) => self.ends.get(before).copied(),
            None => Some(0),
        };
        let end = self.ends.get(place).copied();
        let range = start.unwrap_or(usize::MAX)..end.unwrap_or_default();
        let bytes = self.text.get(range);
        let bytes = bytes.ok_or(IndexError::Malformed("a line is not in its block"))?;
        let line = text(bytes)?;
        // A block of a megabyte that is one line would be given out for each position in it.
        if line.len() > LINE_BYTES {
            return Err(IndexError::Malformed("a line is longer than it may be"));
        }
        Ok(line.to_owned())
    }
}

/// The most UTF-16 code units of a line.
pub(crate) const LINE: usize = 512;
/// The most bytes that they may be.
const LINE_BYTES: usize = 3 * LINE;

#[cfg(test)]
mod tests {
    use super::*;

    /// The content of a block of one line, of so many bytes.
    fn content(bytes: usize) -> Vec<u8> {
        let mut content = Vec::from([1, 0, 0, 1]);
        content.extend([(bytes & 0x7f) as u8 | 0x80, (bytes >> 7) as u8]);
        content.resize(content.len() + bytes, b'x');
        content
    }

    #[test]
    fn a_line_longer_than_the_format_permits_is_refused() {
        let context = |bytes| Lines::parse(&content(bytes)).and_then(|lines| lines.context(0, 0));
        let found = context(LINE_BYTES).expect("a line").expect("it is there");
        assert_eq!(found.line.len(), 1536);
        let refused = context(LINE_BYTES + 1);
        let why = IndexError::Malformed("a line is longer than it may be");
        assert_eq!(refused, Err(why));
    }
}
