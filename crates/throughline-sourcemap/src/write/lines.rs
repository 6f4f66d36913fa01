//! Writes the line blocks of an index: the lines of sources that a frame can show.

use super::block::Blocks;
use super::bytes::varint;
use super::scopes::Call;
use crate::index::{CONTEXT_LINES, LINE};
use crate::map::SourceMap;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::ops::Range;

/// Writes the lines around those that the mappings name; returns the number of blocks.
pub(super) fn write(map: &SourceMap, calls: &[Call], blocks: &mut Blocks) -> usize {
    let mut named = BTreeSet::new();
    for mapping in &map.mappings {
        if let Some(source) = mapping.source {
            named.insert((source.get() - 1, mapping.original_line));
        }
    }
    for Call { at, .. } in calls {
        let (source, line, _) = *at;
        named.insert((source.get() - 1, line));
    }
    let before = blocks.entries.len();
    let mut block = Block::default();
    for (number, source) in (0_u32..).zip(&map.sources) {
        let Some(content) = &source.content else {
            continue;
        };
        let named = named.range((number, 0)..=(number, u32::MAX));
        let lines: Vec<&str> = lines(content).collect();
        for run in runs(named.map(|(_, line)| *line), lines.len() as u32) {
            block.add(number, run, &lines, blocks);
        }
    }
    block.end(blocks);
    blocks.entries.len() - before
}

/// The lines of a text, each cut to what is shown of it.
fn lines(content: &str) -> impl Iterator<Item = &str> {
    whole_lines(content).map(shown)
}

/// The lines of a text, which end with CR LF, LF or CR.
pub(super) fn whole_lines(content: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(content);
    core::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.find(['\n', '\r']) else {
            rest = None;
            return Some(text);
        };
        let (line, behind) = text.split_at(end);
        let behind = behind.strip_prefix("\r\n").or(behind.get(1..));
        rest = behind;
        Some(line)
    })
}

fn shown(line: &str) -> &str {
    let mut units = 0;
    let end = line.char_indices().find(|(_, character)| {
        units += character.len_utf16();
        units > LINE
    });
    end.map_or(line, |(end, _)| line.get(..end).unwrap_or(line))
}

/// The lines around those that are named, which ascend, as ranges that do not touch.
fn runs(named: impl Iterator<Item = u32>, count: u32) -> Vec<Range<u32>> {
    let mut runs = Vec::<Range<u32>>::new();
    for line in named.take_while(|line| *line < count) {
        let start = line.saturating_sub(CONTEXT_LINES);
        let end = line.saturating_add(CONTEXT_LINES + 1).min(count);
        match runs.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => runs.push(start..end),
        }
    }
    runs
}

/// A line block that is being filled.
#[derive(Default)]
struct Block {
    key: Option<(u32, u32)>,
    runs: u32,
    heads: Vec<u8>,
    text: Vec<u8>,
}

impl Block {
    /// Adds a run of lines, in as many blocks as it needs.
    fn add(&mut self, source: u32, run: Range<u32>, lines: &[&str], blocks: &mut Blocks) {
        let mut start = run.start;
        while start < run.end {
            if self.size() >= SIZE {
                self.end(blocks);
            }
            let mut end = start;
            let mut bytes = self.size();
            while end < run.end && bytes < SIZE {
                bytes += lines.get(end as usize).map_or(0, |line| line.len()) + 1;
                end += 1;
            }
            // Frames of the lines start..end are answered from this block.
            let from = start.saturating_sub(CONTEXT_LINES).max(run.start);
            let to = end.saturating_add(CONTEXT_LINES).min(run.end);
            self.push(
                source,
                start,
                from,
                lines.get(from as usize..to as usize).unwrap_or_default(),
            );
            if bytes >= SIZE {
                self.end(blocks);
            }
            start = end;
        }
    }

    /// Adds lines, of which the first that is looked for here is `key`.
    fn push(&mut self, source: u32, key: u32, first: u32, lines: &[&str]) {
        self.key.get_or_insert((source, key));
        self.runs += 1;
        varint(&mut self.heads, source);
        varint(&mut self.heads, first);
        varint(&mut self.heads, lines.len() as u32);
        for line in lines {
            varint(&mut self.heads, line.len() as u32);
            self.text.extend_from_slice(line.as_bytes());
        }
    }

    fn size(&self) -> usize {
        self.heads.len() + self.text.len()
    }

    /// Ends the block, if there is anything in it.
    fn end(&mut self, blocks: &mut Blocks) {
        let Self {
            key,
            runs,
            heads,
            text,
        } = core::mem::take(self);
        if let Some(key) = key {
            let mut content = Vec::new();
            varint(&mut content, runs);
            content.extend_from_slice(&heads);
            content.extend_from_slice(&text);
            blocks.push(key, &content);
        }
    }
}

/// The bytes of content with which a block ends.
const SIZE: usize = 4 << 10;
