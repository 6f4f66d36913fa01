//! Index maps: maps of parts of one script, each at an offset.
//!
//! Source: <https://tc39.es/ecma426/#sec-index-source-map>.

use super::decode::{check_version, optional_string, regular, wrong};
use super::error::SourceMapError;
use super::json::{Object, Value};
use super::mappings::Mapping;
use super::{Source, SourceMap};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::num::NonZeroU32;

/// Decodes an index map, whose sections are `list`.
pub(super) fn decode(json: &Object<'_>, list: Value<'_>) -> Result<SourceMap, SourceMapError> {
    let list = list.array().ok_or(wrong("sections", "a list"))?;
    check_version(json)?;
    optional_string(json, "file")?;
    if json.get("mappings").is_some() {
        return Err(SourceMapError::MappingsBesideSections);
    }
    let mut joined = Joined::default();
    let mut previous: Option<Ends> = None;
    for (section, value) in list.into_iter().enumerate() {
        let within = |error| SourceMapError::Section {
            section,
            error: Box::new(error),
        };
        let (offset, map) = read(value).map_err(within)?;
        if previous.is_some_and(|previous| !previous.before(offset)) {
            return Err(SourceMapError::SectionOrder { section });
        }
        let last = joined.append(offset, map)?;
        previous = Some(Ends { offset, last });
    }
    Ok(SourceMap {
        sources: joined.sources,
        names: joined.names,
        mappings: joined.mappings,
        debug_id: None,
    })
}

/// A generated position: line and column.
type Place = (u32, u32);

/// Where a section begins, and its last mapping.
#[derive(Clone, Copy)]
struct Ends {
    offset: Place,
    last: Option<Place>,
}

impl Ends {
    /// Whether this section ends where the next begins, or before it.
    fn before(self, next: Place) -> bool {
        self.offset < next && self.last.is_none_or(|last| last <= next)
    }
}

/// The offset and the map of a section.
fn read(section: Value<'_>) -> Result<(Place, SourceMap), SourceMapError> {
    let section = section.object().ok_or(SourceMapError::NotAnObject)?;
    let offset = section
        .get("offset")
        .ok_or(SourceMapError::Missing { field: "offset" })?
        .object()
        .ok_or(wrong("offset", "an object"))?;
    let number = |key: &str, field: &'static str| {
        let value = offset.get(key).ok_or(SourceMapError::Missing { field })?;
        let value = value.integer().filter(|number| *number >= 0);
        let value = value.ok_or(wrong(field, "an integer from 0"))?;
        u32::try_from(value).map_err(|_| SourceMapError::TooLarge)
    };
    let offset = (
        number("line", "offset.line")?,
        number("column", "offset.column")?,
    );
    let map = section
        .get("map")
        .ok_or(SourceMapError::Missing { field: "map" })?
        .object()
        .ok_or(wrong("map", "an object"))?;
    Ok((offset, regular(&map)?))
}

/// The sections so far.
#[derive(Default)]
struct Joined {
    sources: Vec<Source>,
    names: Vec<String>,
    mappings: Vec<Mapping>,
    /// The places in `sources`, by address: a source that several sections have is there once.
    known: BTreeMap<Option<String>, Vec<u32>>,
}

impl Joined {
    /// Appends a section; returns the position of its last mapping.
    fn append(
        &mut self,
        (by_line, by_column): Place,
        map: SourceMap,
    ) -> Result<Option<Place>, SourceMapError> {
        let places = map.sources.into_iter().map(|source| self.place(source));
        let places = places.collect::<Result<Vec<u32>, _>>()?;
        let names = u32::try_from(self.names.len()).map_err(|_| SourceMapError::TooLarge)?;
        self.names.extend(map.names);
        let mut last = None;
        for mapping in map.mappings {
            let moved = moved(mapping, (by_line, by_column), &places, names);
            let moved = moved.ok_or(SourceMapError::TooLarge)?;
            last = last.max(Some((moved.line, moved.column)));
            self.mappings.push(moved);
        }
        Ok(last)
    }

    fn place(&mut self, source: Source) -> Result<u32, SourceMapError> {
        let known = self.known.entry(source.url.clone()).or_default();
        let equal = |place: &&u32| {
            let place = usize::try_from(**place).unwrap_or(usize::MAX);
            self.sources.get(place) == Some(&source)
        };
        if let Some(place) = known.iter().find(equal) {
            return Ok(*place);
        }
        let place = u32::try_from(self.sources.len()).map_err(|_| SourceMapError::TooLarge)?;
        known.push(place);
        self.sources.push(source);
        Ok(place)
    }
}

/// The mapping of a section as one of the whole; none when a number does not fit into 32 bits.
fn moved(mapping: Mapping, by: Place, sources: &[u32], names: u32) -> Option<Mapping> {
    let column = match mapping.line {
        0 => mapping.column.checked_add(by.1)?,
        _ => mapping.column,
    };
    let source = match mapping.source {
        Some(source) => {
            let source = sources.get(usize::try_from(source.get() - 1).ok()?)?;
            Some(NonZeroU32::MIN.checked_add(*source)?)
        }
        None => None,
    };
    let name = match mapping.name {
        Some(name) => Some(name.checked_add(names)?),
        None => None,
    };
    Some(Mapping {
        line: mapping.line.checked_add(by.0)?,
        column,
        source,
        name,
        ..mapping
    })
}
