//! The content of a mapping block.
//!
//! A look-up wants a few of hundreds of entries: positions are read, and of the other lists no
//! more than the numbers up to the last entry that is wanted.

use super::bytes::{Reader, signed, text};
use super::calls::{Call, Calls};
use super::error::IndexError;
use super::frame::Frame;
use crate::position::Position;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// A frame without its lines and, behind it, its callers, each with the number of its source if that has lines.
pub(super) type Found = Vec<(Frame, Option<u32>)>;

/// Finds the frames of generated positions in a block whose first entry is at line `line`; None for
/// a position that has no place.
pub(super) fn find(
    content: &[u8],
    line: u32,
    positions: &[Position],
) -> Result<Vec<Option<Found>>, IndexError> {
    let mut reader = Reader(content);
    let count = reader.count()?;
    let tables = Tables::parse(&mut reader)?;
    let places = places(&mut reader, count, line)?;
    let entries = positions.iter().map(|at| entry_of(&places, *at));
    let entries: Vec<Option<usize>> = entries.collect();
    let mut wanted: Vec<usize> = entries.iter().flatten().copied().collect();
    wanted.sort_unstable();
    wanted.dedup();
    let sources = numbers(&mut reader, count, &wanted)?;
    let lines = sums(&mut reader, count, &wanted)?;
    let columns = sums(&mut reader, count, &wanted)?;
    let names = numbers(&mut reader, count, &wanted)?;
    let functions = numbers(&mut reader, count, &wanted)?;
    // A block without inlined calls ends here.
    let (callers, calls) = match reader.0.is_empty() {
        true => (Vec::new(), Calls::default()),
        false => (
            numbers(&mut reader, count, &wanted)?,
            Calls::parse(&mut reader)?,
        ),
    };
    let frames = entries.into_iter().map(|entry| {
        let Some(at) = entry.and_then(|entry| wanted.binary_search(&entry).ok()) else {
            return Ok(None);
        };
        let number = |list: &[u32]| list.get(at).copied().unwrap_or_default();
        let place = Place {
            source: number(&sources),
            line: number(&lines),
            column: number(&columns),
            function: number(&functions),
            name: number(&names),
        };
        let Some(frame) = tables.frame(place)? else {
            return Ok(None);
        };
        let mut found = Vec::from([frame]);
        for call in calls.chain(number(&callers))? {
            found.extend(tables.frame(call.into())?);
        }
        Ok(Some(found))
    });
    frames.collect()
}

/// The sources and strings of a block.
struct Tables<'a> {
    sources: Vec<Source<'a>>,
    strings: Vec<&'a [u8]>,
}

/// A place by its references to the tables.
struct Place {
    source: u32,
    line: u32,
    column: u32,
    function: u32,
    name: u32,
}

impl From<Call> for Place {
    fn from(call: Call) -> Self {
        Self {
            source: call.source,
            line: call.line,
            column: call.column,
            function: call.function,
            name: 0,
        }
    }
}

struct Source<'a> {
    number: u32,
    flags: u32,
    url: &'a [u8],
}

impl<'a> Tables<'a> {
    fn parse(reader: &mut Reader<'a>) -> Result<Self, IndexError> {
        let sources = reader.count()?;
        let strings = reader.count()?;
        let sources = (0..sources).map(|_| {
            Ok(Source {
                number: reader.varint()?,
                flags: reader.varint()?,
                url: within(URL, reader.text()?)?,
            })
        });
        let sources = sources.collect::<Result<_, _>>()?;
        let strings = (0..strings).map(|_| within(STRING, reader.text()?));
        let strings = strings.collect::<Result<_, _>>()?;
        Ok(Self { sources, strings })
    }

    /// The source of an entry: one more than its place, 0 for none.
    fn source(&self, reference: u32) -> Result<Option<&Source<'a>>, IndexError> {
        let Some(place) = reference.checked_sub(1) else {
            return Ok(None);
        };
        self.sources.get(place as usize).ok_or(UNKNOWN).map(Some)
    }

    /// The frame of a place, with the number of its source if that has lines; none where it has no source.
    fn frame(&self, place: Place) -> Result<Option<(Frame, Option<u32>)>, IndexError> {
        let Some(source) = self.source(place.source)? else {
            return Ok(None);
        };
        let frame = Frame {
            source: source.url()?,
            line: place.line.saturating_add(1),
            column: place.column.saturating_add(1),
            function: self.string(place.function)?,
            name: self.string(place.name)?,
            ignored: source.flags & IGNORED != 0,
            ..Frame::default()
        };
        let has_lines = source.flags & HAS_LINES != 0;
        Ok(Some((frame, has_lines.then_some(source.number))))
    }

    fn string(&self, reference: u32) -> Result<Option<String>, IndexError> {
        let Some(place) = reference.checked_sub(1) else {
            return Ok(None);
        };
        let bytes = self.strings.get(place as usize).ok_or(UNKNOWN)?;
        Ok(Some(text(bytes)?.to_owned()))
    }
}

impl Source<'_> {
    fn url(&self) -> Result<Option<String>, IndexError> {
        if self.flags & HAS_URL == 0 {
            return Ok(None);
        }
        Ok(Some(text(self.url)?.to_owned()))
    }
}

/// A text that is no longer than the format permits: one of a megabyte would be given out for each
/// position that names it.
fn within(most: usize, text: &[u8]) -> Result<&[u8], IndexError> {
    match text.len() <= most {
        true => Ok(text),
        false => Err(IndexError::Malformed(
            "a name or an address is longer than it may be",
        )),
    }
}

/// The generated lines and columns of all entries.
fn places(
    reader: &mut Reader<'_>,
    count: usize,
    first_line: u32,
) -> Result<Vec<(u32, u32)>, IndexError> {
    // Each list has a byte for each entry at least, so that what is allocated is bounded.
    if count > reader.0.len() / LISTS {
        return Err(IndexError::Malformed("a block ends too early"));
    }
    let mut places = alloc::vec![(0, 0); count];
    let mut line = first_line;
    for place in &mut places {
        line = line.checked_add(reader.varint()?).ok_or(RANGE)?;
        place.0 = line;
    }
    let mut before = (first_line, 0);
    for place in &mut places {
        let by = reader.varint()?;
        let start = if place.0 == before.0 { before.1 } else { 0 };
        place.1 = by.checked_add(start).ok_or(RANGE)?;
        before = *place;
    }
    Ok(places)
}

/// The last entry at or before a position, if it is in the same line.
fn entry_of(places: &[(u32, u32)], at: Position) -> Option<usize> {
    let after = places.partition_point(|place| *place <= (at.line, at.column));
    let entry = after.checked_sub(1)?;
    (places.get(entry)?.0 == at.line).then_some(entry)
}

/// Reads a list; returns the numbers of the entries that are wanted, which ascend.
fn numbers(
    reader: &mut Reader<'_>,
    count: usize,
    wanted: &[usize],
) -> Result<Vec<u32>, IndexError> {
    let mut read = 0;
    let mut numbers = Vec::with_capacity(wanted.len());
    for entry in wanted {
        reader.skip(entry - read)?;
        numbers.push(reader.varint()?);
        read = entry + 1;
    }
    reader.skip(count.saturating_sub(read))?;
    Ok(numbers)
}

/// Reads a list of differences; returns what they come to at the entries that are wanted. They wrap
/// around: original positions have all 32 bits, and so has a difference.
fn sums(reader: &mut Reader<'_>, count: usize, wanted: &[usize]) -> Result<Vec<u32>, IndexError> {
    let mut read = 0;
    let mut sum = 0_u32;
    let mut sums = Vec::with_capacity(wanted.len());
    for entry in wanted {
        while read <= *entry {
            sum = sum.wrapping_add_signed(signed(reader.varint()?));
            read += 1;
        }
        sums.push(sum);
    }
    reader.skip(count.saturating_sub(read))?;
    Ok(sums)
}

/// Flags of a source.
pub(crate) const IGNORED: u32 = 1;
pub(crate) const HAS_URL: u32 = 2;
pub(crate) const HAS_LINES: u32 = 4;

/// The most bytes of a name.
pub(crate) const STRING: usize = 1 << 10;
/// The most bytes of an address; a `data:` URL may have megabytes, which are cut.
pub(crate) const URL: usize = 4 << 10;

/// Lists of an entry's numbers.
const LISTS: usize = 7;
const UNKNOWN: IndexError = IndexError::Malformed("an entry names what its block does not have");
const RANGE: IndexError = IndexError::Malformed("a position has more than 32 bits");

#[cfg(test)]
mod tests {
    use super::*;

    /// The content of a block of one entry, whose source and name have so many bytes.
    fn content(url: usize, name: usize) -> Vec<u8> {
        let mut content = Vec::from([1, 1, 1, 0, HAS_URL as u8]);
        for bytes in [url, name] {
            content.extend([(bytes & 0x7f) as u8 | 0x80, (bytes >> 7) as u8]);
            content.resize(content.len() + bytes, b'x');
        }
        content.extend([0, 0, 1, 0, 0, 1, 0]);
        content
    }

    #[test]
    fn a_text_longer_than_the_format_permits_is_refused() {
        let at = Position { line: 0, column: 0 };
        let found = |url, name| find(&content(url, name), 0, &[at]);
        let frames = found(URL, STRING).expect("a block");
        let (frame, _) = &frames[0].as_ref().expect("a frame")[0];
        assert_eq!(frame.source.as_ref().map(String::len), Some(4096));
        assert_eq!(frame.name.as_ref().map(String::len), Some(1024));
        for (url, name) in [(URL + 1, STRING), (URL, STRING + 1)] {
            let refused = found(url, name).expect_err("a text that is too long");
            let why = "a name or an address is longer than it may be";
            assert_eq!(refused, IndexError::Malformed(why));
        }
    }
}
