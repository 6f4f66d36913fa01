//! Maps for the tests, and look-ups in an index that lies in memory.

use std::fmt::Write as _;
use throughline_sourcemap::{Frame, IndexError, Lookup, Position, Step};

/// A segment of `mappings`, its numbers absolute.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) column: u32,
    pub(crate) place: Option<Place>,
}

/// The place that a segment names.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) source: u32,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) name: Option<u32>,
}

/// Writes the field `mappings` of lines of segments.
pub(crate) fn encode(lines: &[Vec<Segment>]) -> String {
    let mut text = String::new();
    let mut last = [0; 4];
    for (number, segments) in lines.iter().enumerate() {
        if number > 0 {
            text.push(';');
        }
        let mut column = 0;
        for (number, segment) in segments.iter().enumerate() {
            if number > 0 {
                text.push(',');
            }
            let mut field = |value: u32, before: &mut i64| {
                vlq(&mut text, i64::from(value) - *before);
                *before = i64::from(value);
            };
            field(segment.column, &mut column);
            if let Some(place) = &segment.place {
                field(place.source, &mut last[0]);
                field(place.line, &mut last[1]);
                field(place.column, &mut last[2]);
                if let Some(name) = place.name {
                    field(name, &mut last[3]);
                }
            }
        }
    }
    text
}

fn vlq(text: &mut String, number: i64) {
    let mut rest = number.unsigned_abs() << 1 | u64::from(number < 0);
    loop {
        let digit = (rest & 31) as usize;
        rest >>= 5;
        let digit = if rest > 0 { digit | 32 } else { digit };
        let _ = write!(text, "{}", char::from(BASE64[digit]));
        if rest == 0 {
            return;
        }
    }
}

/// Looks positions up in an index in memory; counts the bytes that are read.
pub(crate) fn look_up(
    index: &[u8],
    positions: impl IntoIterator<Item = Position>,
) -> Result<(Vec<Option<Frame>>, u64), IndexError> {
    let mut lookup = Lookup::new(positions);
    let mut read = Vec::new();
    let mut count = 0;
    loop {
        match lookup.step(&read)? {
            Step::Done(frames) => return Ok((frames, count)),
            Step::Read(ranges) => {
                let bytes = ranges.into_iter().map(|range| {
                    let end = index.len().min(range.end as usize);
                    &index[end.min(range.start as usize)..end]
                });
                read = bytes.collect();
                count += read.iter().map(|bytes| bytes.len() as u64).sum::<u64>();
            }
        }
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
