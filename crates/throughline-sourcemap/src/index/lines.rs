//! The content of a line block.

use super::bytes::{Reader, text};
use super::error::IndexError;
use super::frame::{CONTEXT_LINES, Context};
use alloc::borrow::ToOwned;
use alloc::vec::Vec;

/// A line block, read.
pub(super) struct Lines<'a> {
    runs: Vec<Run<'a>>,
}

/// Lines of one source that follow one another.
struct Run<'a> {
    source: u32,
    first: u32,
    lines: Vec<&'a str>,
}

impl<'a> Lines<'a> {
    pub(super) fn parse(content: &'a [u8]) -> Result<Self, IndexError> {
        let mut reader = Reader(content);
        let count = reader.count()?;
        let mut heads = Vec::with_capacity(count);
        for _ in 0..count {
            let source = reader.varint()?;
            let first = reader.varint()?;
            let lines = reader.count()?;
            let lengths = (0..lines).map(|_| reader.varint());
            heads.push((source, first, lengths.collect::<Result<Vec<_>, _>>()?));
        }
        let runs = heads.into_iter().map(|(source, first, lengths)| {
            let lines = lengths.into_iter();
            let lines = lines.map(|length| text(reader.take(length as usize)?));
            Ok(Run {
                source,
                first,
                lines: lines.collect::<Result<_, _>>()?,
            })
        });
        Ok(Self {
            runs: runs.collect::<Result<_, _>>()?,
        })
    }

    /// The lines around line `line` of a source, from 0, if they are here.
    pub(super) fn context(&self, source: u32, line: u32) -> Option<Context> {
        self.runs
            .iter()
            .filter(|run| run.source == source)
            .find_map(|run| run.context(line))
    }
}

impl Run<'_> {
    fn context(&self, line: u32) -> Option<Context> {
        let at = line.checked_sub(self.first)? as usize;
        let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        let (before, rest) = self.lines.split_at_checked(at)?;
        let (line, after) = rest.split_first()?;
        let most = CONTEXT_LINES as usize;
        Some(Context {
            before: owned(&before[before.len().saturating_sub(most)..]),
            line: (*line).to_owned(),
            after: owned(&after[..after.len().min(most)]),
        })
    }
}
