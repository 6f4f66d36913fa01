//! The field `mappings`.
//!
//! Source: <https://tc39.es/ecma426/#sec-mappings>.

use super::error::{MappingFault, SourceMapError};
use super::vlq;
use alloc::vec::Vec;
use core::num::NonZeroU32;

/// One segment of `mappings`, its numbers absolute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mapping {
    pub(crate) line: u32,
    pub(crate) column: u32,
    /// One more than the index of the source; none where the script's text has no source. The
    /// place and the name then mean nothing.
    pub(crate) source: Option<NonZeroU32>,
    pub(crate) original_line: u32,
    pub(crate) original_column: u32,
    /// One more than the index of the name.
    pub(crate) name: Option<NonZeroU32>,
}

/// Decodes `text`, whose segments may name `sources` sources and `names` names. The mappings are
/// in the order of the text.
pub(super) fn decode(
    text: &str,
    sources: usize,
    names: usize,
) -> Result<Vec<Mapping>, SourceMapError> {
    let mut mappings = Vec::new();
    let mut state = State::default();
    let mut rest = text.as_bytes();
    let wrong = |rest: &[u8], fault| SourceMapError::Mappings {
        at: text.len() - rest.len(),
        fault,
    };
    // True where a segment must follow: behind a comma.
    let mut due = false;
    loop {
        match rest.first() {
            Some(b';') | None if due => return Err(wrong(rest, MappingFault::Fields(0))),
            None => return Ok(mappings),
            Some(b';') => {
                state.line = state.line.checked_add(1).ok_or(SourceMapError::TooLarge)?;
                state.column = 0;
                rest = &rest[1..];
            }
            Some(b',') => return Err(wrong(rest, MappingFault::Fields(0))),
            Some(_) => {
                let (fields, count, behind) =
                    segment(rest).map_err(|(at, fault)| wrong(at, fault))?;
                let mapping = state
                    .advance(&fields[..count], sources, names)
                    .map_err(|fault| wrong(behind, fault))?;
                mappings.push(mapping.ok_or(SourceMapError::TooLarge)?);
                due = behind.first() == Some(&b',');
                rest = if due { &behind[1..] } else { behind };
            }
        }
    }
}

/// The numbers of the segment at the front, how many there are, and what is behind it.
type Segment<'a> = ([i64; MAX_FIELDS], usize, &'a [u8]);

fn segment(text: &[u8]) -> Result<Segment<'_>, (&[u8], MappingFault)> {
    let mut fields = [0; MAX_FIELDS];
    let mut count = 0;
    let mut rest = text;
    while !matches!(rest.first(), None | Some(b',' | b';')) {
        let (number, behind) = vlq::read(rest).map_err(|fault| (rest, fault))?;
        if let Some(field) = fields.get_mut(count) {
            *field = number;
        }
        count += 1;
        rest = behind;
    }
    match count {
        1 | 4 | 5 => Ok((fields, count, rest)),
        _ => Err((rest, MappingFault::Fields(count))),
    }
}

/// The last value of each field.
#[derive(Default)]
struct State {
    line: u32,
    column: i64,
    source: i64,
    original_line: i64,
    original_column: i64,
    name: i64,
}

impl State {
    /// The mapping of the next segment; none when a number does not fit into 32 bits.
    fn advance(
        &mut self,
        fields: &[i64],
        sources: usize,
        names: usize,
    ) -> Result<Option<Mapping>, MappingFault> {
        self.column += fields[0];
        if self.column < 0 {
            return Err(MappingFault::Negative);
        }
        let mut source = None;
        let mut name = None;
        if let [_, by_source, by_line, by_column, ..] = fields {
            self.source += by_source;
            self.original_line += by_line;
            self.original_column += by_column;
            if self.source < 0 || self.original_line < 0 || self.original_column < 0 {
                return Err(MappingFault::Negative);
            }
            source = Some(index(self.source, sources).ok_or(MappingFault::Source)?);
        }
        if let [.., by_name] = fields
            && fields.len() == MAX_FIELDS
        {
            self.name += by_name;
            if self.name < 0 {
                return Err(MappingFault::Negative);
            }
            name = Some(index(self.name, names).ok_or(MappingFault::Name)?);
        }
        let (Ok(column), Ok(original_line), Ok(original_column)) = (
            u32::try_from(self.column),
            u32::try_from(self.original_line),
            u32::try_from(self.original_column),
        ) else {
            return Ok(None);
        };
        Ok(Some(Mapping {
            line: self.line,
            column,
            source,
            original_line,
            original_column,
            name,
        }))
    }
}

/// One more than `index`, which is below `count`.
fn index(index: i64, count: usize) -> Option<NonZeroU32> {
    let index = u32::try_from(index).ok()?;
    if usize::try_from(index).ok()? >= count {
        return None;
    }
    NonZeroU32::MIN.checked_add(index)
}

/// Column, source, line, column of the source, name.
const MAX_FIELDS: usize = 5;
