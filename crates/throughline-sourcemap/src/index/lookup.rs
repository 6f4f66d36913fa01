//! Looks positions up in an index that is read by ranges.

use super::block::inflate;
use super::directory::{Directory, MAX_DIRECTORY};
use super::error::IndexError;
use super::frame::Frame;
use super::header::{HEADER_LENGTH, Header};
use super::lines::Lines;
use super::mappings::{self, Found};
use crate::position::Position;
use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

/// Looks positions of one script up in its index: a step function, which asks for ranges of the
/// index until it knows the frames.
///
/// It asks at most four times: for the front, for the rest of a long directory, for blocks of
/// mappings, for blocks of lines. The ranges of one time do not depend on each other and may be
/// read at once. Each is the same for every look-up in an index that asks for it, so that a cache
/// may keep them by where they begin.
///
/// ```
/// use throughline_sourcemap::{Lookup, Position, Step};
///
/// fn look_up(index: &[u8]) -> Result<(), throughline_sourcemap::IndexError> {
///     let mut lookup = Lookup::new([Position { line: 0, column: 1042 }]);
///     let mut read = Vec::new();
///     loop {
///         match lookup.step(&read)? {
///             Step::Read(ranges) => {
///                 let bytes = ranges.into_iter().map(|range| {
///                     // Where the index is shorter than the range, what there is of it.
///                     &index[range.start as usize..index.len().min(range.end as usize)]
///                 });
///                 read = bytes.collect();
///             }
///             Step::Done(frames) => {
///                 assert_eq!(frames.len(), 1);
///                 return Ok(());
///             }
///         }
///     }
/// }
/// # assert!(look_up(b"").is_err());
/// ```
pub struct Lookup {
    positions: Vec<Position>,
    state: State,
    /// The front of the index, as it was read; blocks that are in it are not read again.
    front: Vec<u8>,
    /// For each position its frame and those of its callers, each with the source's number where it has lines.
    frames: Vec<Option<Found>>,
}

/// The next step of a look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Read these ranges of the index, in bytes, and give them to the next step in this order. A
    /// range that goes beyond the end of the index is to be given as far as there is any.
    Read(Vec<Range<u64>>),
    /// The frames, one for each position, in their order; None where the map has no place for it.
    Done(Vec<Option<Frame>>),
}

enum State {
    Begin,
    Front,
    /// Waits for the rest of the directory.
    Directory(Header),
    Mappings(Header, Blocks),
    Lines(Blocks),
    Done,
}

/// Blocks that some positions need. Those that were read come in this order.
type Blocks = Vec<Block>;

struct Block {
    number: usize,
    /// Its place in the index.
    range: Range<u64>,
    /// The positions, by their place in the look-up.
    places: Vec<usize>,
}

/// The positions that need a block, by the block's number.
type Needed = BTreeMap<usize, Vec<usize>>;

impl Lookup {
    /// The most bytes of a range that it asks for: those of the longest directory. What a broken
    /// index makes it ask for beyond this need not be read.
    pub const LONGEST_RANGE: u64 = MAX_DIRECTORY as u64;

    /// A look-up of some positions. How many there may be at once is up to the caller: it may
    /// need two blocks for each.
    pub fn new(positions: impl IntoIterator<Item = Position>) -> Self {
        let positions: Vec<Position> = positions.into_iter().collect();
        Self {
            frames: vec![None; positions.len()],
            positions,
            state: State::Begin,
            front: Vec::new(),
        }
    }

    /// Goes on with the ranges that were read; first with none. After [`Step::Done`] there are no
    /// more frames.
    ///
    /// # Errors
    /// [`IndexError`]: the index, or what was read of it, is broken. The look-up has ended.
    pub fn step(&mut self, read: &[&[u8]]) -> Result<Step, IndexError> {
        match core::mem::replace(&mut self.state, State::Done) {
            State::Begin => {
                self.state = State::Front;
                Ok(Step::Read(Vec::from([FRONT_RANGE])))
            }
            State::Front => self.front(read),
            State::Directory(header) => {
                self.front.extend_from_slice(only(read)?);
                self.directory(header)
            }
            State::Mappings(header, blocks) => self.mappings(header, &blocks, read),
            State::Lines(blocks) => self.lines(&blocks, read),
            State::Done => Ok(Step::Done(Vec::new())),
        }
    }

    fn front(&mut self, read: &[&[u8]]) -> Result<Step, IndexError> {
        self.front.extend_from_slice(only(read)?);
        let header = Header::parse(&self.front)?;
        let end = (HEADER_LENGTH + header.directory_length()?) as u64;
        let have = self.front.len() as u64;
        if have < FRONT.min(header.length) {
            return Err(IndexError::ShortRead);
        }
        if have >= end {
            return self.directory(header);
        }
        self.state = State::Directory(header);
        let rest = have..end;
        Ok(Step::Read(Vec::from([rest])))
    }

    fn directory(&mut self, header: Header) -> Result<Step, IndexError> {
        let directory = Directory::parse(&header, &self.front)?;
        let mut needed = Needed::new();
        for (place, at) in self.positions.iter().enumerate() {
            if let Some(block) = directory.mapping_block(at.line, at.column) {
                needed.entry(block).or_default().push(place);
            }
        }
        let blocks = places(&directory, needed)?;
        match self.missing(&blocks) {
            Some(step) => {
                self.state = State::Mappings(header, blocks);
                Ok(step)
            }
            None => self.mappings(header, &blocks, &[]),
        }
    }

    fn mappings(
        &mut self,
        header: Header,
        blocks: &Blocks,
        read: &[&[u8]],
    ) -> Result<Step, IndexError> {
        let directory = Directory::trusted(&header, &self.front)?;
        let mut needed = Needed::new();
        let mut read = read.iter();
        for block in blocks {
            let content = inflate(bytes_of(&self.front, &block.range, &mut read)?)?;
            let line = directory.key(block.number).unwrap_or_default().0;
            let positions = block.places.iter().map(|place| self.positions.get(*place));
            let positions: Vec<Position> = positions.flatten().copied().collect();
            let frames = mappings::find(&content, line, &positions)?;
            for (place, frame) in block.places.iter().zip(frames) {
                for (frame, source) in frame.iter().flatten() {
                    let line = frame.line.saturating_sub(1);
                    let block = source.and_then(|source| directory.line_block(source, line));
                    let places = block.map(|block| needed.entry(block).or_default());
                    if let Some(places) = places.filter(|places| places.last() != Some(place)) {
                        places.push(*place);
                    }
                }
                if let Some(slot) = self.frames.get_mut(*place) {
                    *slot = frame;
                }
            }
        }
        let blocks = places(&directory, needed)?;
        match self.missing(&blocks) {
            Some(step) => {
                self.state = State::Lines(blocks);
                Ok(step)
            }
            None => self.lines(&blocks, &[]),
        }
    }

    fn lines(&mut self, blocks: &Blocks, read: &[&[u8]]) -> Result<Step, IndexError> {
        let mut read = read.iter();
        for block in blocks {
            let content = inflate(bytes_of(&self.front, &block.range, &mut read)?)?;
            let lines = Lines::parse(&content)?;
            for place in &block.places {
                for (frame, source) in self.frames.get_mut(*place).into_iter().flatten().flatten() {
                    if let (Some(source), None) = (source, &frame.context) {
                        frame.context = lines.context(*source, frame.line.saturating_sub(1))?;
                    }
                }
            }
        }
        let frames = core::mem::take(&mut self.frames).into_iter();
        Ok(Step::Done(frames.map(|found| joined(found?)).collect()))
    }

    /// Asks for the blocks that are not at the front.
    fn missing(&self, blocks: &Blocks) -> Option<Step> {
        let ranges: Vec<Range<u64>> = blocks
            .iter()
            .map(|block| &block.range)
            .filter(|range| at_front(&self.front, range).is_none())
            .cloned()
            .collect();
        (!ranges.is_empty()).then_some(Step::Read(ranges))
    }
}

/// The frame with its callers.
fn joined(found: Found) -> Option<Frame> {
    let mut frames = found.into_iter().map(|(frame, _)| frame);
    let mut frame = frames.next()?;
    frame.callers = frames.collect();
    Some(frame)
}

fn at_front<'a>(front: &'a [u8], range: &Range<u64>) -> Option<&'a [u8]> {
    let start = usize::try_from(range.start).ok()?;
    let end = usize::try_from(range.end).ok()?;
    front.get(start..end)
}

/// The bytes of the block at `range`: from the front, or the next that were read.
fn bytes_of<'a>(
    front: &'a [u8],
    range: &Range<u64>,
    read: &mut core::slice::Iter<'_, &'a [u8]>,
) -> Result<&'a [u8], IndexError> {
    if let Some(block) = at_front(front, range) {
        return Ok(block);
    }
    let block = read.next().copied().ok_or(IndexError::ShortRead)?;
    if block.len() as u64 != range.end - range.start {
        return Err(IndexError::ShortRead);
    }
    Ok(block)
}

fn places(directory: &Directory<'_>, needed: Needed) -> Result<Blocks, IndexError> {
    let blocks = needed.into_iter().map(|(number, places)| {
        Ok(Block {
            number,
            range: directory.range(number)?,
            places,
        })
    });
    blocks.collect()
}

/// The bytes of the one range that was asked for.
fn only<'a>(read: &[&'a [u8]]) -> Result<&'a [u8], IndexError> {
    match read {
        [bytes] => Ok(bytes),
        _ => Err(IndexError::ShortRead),
    }
}

/// How many bytes of an index are read first: all of a small one, and the directory of one whose
/// map has ten megabytes.
const FRONT: u64 = 32 << 10;
const FRONT_RANGE: Range<u64> = 0..FRONT;

#[cfg(all(test, feature = "write"))]
mod tests {
    use super::*;
    use crate::DebugId;
    use crate::index::directory::ENTRY_LENGTH;
    use crate::index::header::HeaderFields;

    #[test]
    fn the_longest_directory_is_no_longer_than_the_longest_range() {
        let blocks = MAX_DIRECTORY / ENTRY_LENGTH;
        let directory = vec![0; blocks * ENTRY_LENGTH];
        let header = HeaderFields {
            debug_id: DebugId::from_bytes([7; 16]),
            mapping_blocks: blocks as u32,
            line_blocks: 0,
            sources: 1,
            functions: 0,
            directory: &directory,
            blocks: b"a block",
        };
        let header = header.encode();
        let mut lookup = Lookup::new([Position { line: 0, column: 0 }]);
        let front = lookup.step(&[]).expect("the front");
        assert_eq!(front, Step::Read(vec![FRONT_RANGE]));
        let front = [&header[..], &directory].concat();
        let read = &front[..FRONT as usize];
        let rest = lookup.step(&[read]).expect("the rest of the directory");
        let end = (HEADER_LENGTH + directory.len()) as u64;
        let Step::Read(ranges) = rest else {
            panic!("the directory is longer than the front");
        };
        assert_eq!(ranges, core::slice::from_ref(&(FRONT..end)));
        assert!(end - FRONT <= Lookup::LONGEST_RANGE);
    }
}
