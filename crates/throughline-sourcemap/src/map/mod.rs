//! A source map, read as ECMA-426 says: where the standard lets a reader report an error, this
//! one does.
//!
//! Source: <https://tc39.es/ecma426/>. The published readers of Rust are not exact: `sourcemap`
//! takes maps without a version, with an empty segment or an index below zero, and
//! `oxc_sourcemap` knows neither index maps nor sources without a name.

mod decode;
mod error;
mod json;
mod mappings;
mod sections;
mod vlq;

pub use decode::json_of;
pub use error::{MappingFault, SourceMapError};
pub(crate) use mappings::Mapping;

use crate::debug_id::DebugId;
use alloc::string::String;
use alloc::vec::Vec;

/// A source map. An index map has the sources, names and mappings of all its sections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceMap {
    pub(crate) sources: Vec<Source>,
    pub(crate) names: Vec<String>,
    /// Ordered by generated position; of those at one position the last counts.
    pub(crate) mappings: Vec<Mapping>,
    pub(crate) debug_id: Option<DebugId>,
}

/// One original source of a map.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// Its address behind the map's `sourceRoot`, not resolved against the map's own address;
    /// None where the map does not name it.
    pub url: Option<String>,
    /// Its text, where the map has it.
    pub content: Option<String>,
    /// The map lists it as somebody else's code: `ignoreList`, or `x_google_ignoreList` before it.
    pub ignored: bool,
}

/// A place in an original source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Original<'a> {
    /// The source: its place in [`SourceMap::sources`].
    pub source: usize,
    /// The source's address, if the map names it.
    pub url: Option<&'a str>,
    /// The line, from 0.
    pub line: u32,
    /// The column in UTF-16 code units, from 0.
    pub column: u32,
    /// The name that the script's text at this place has in the source.
    pub name: Option<&'a str>,
}

impl SourceMap {
    /// Reads a source map: JSON in UTF-8, behind a line `)]}'` if there is one.
    ///
    /// # Errors
    /// [`SourceMapError`]: whoever made the map is at fault.
    pub fn parse(map: impl AsRef<[u8]>) -> Result<Self, SourceMapError> {
        decode::decode(map.as_ref())
    }

    /// The place of a generated position, both numbers from 0: that of the last mapping at or
    /// before it in its line. None where there is no such mapping, and where it says that the
    /// position has no source.
    pub fn lookup(&self, line: u32, column: u32) -> Option<Original<'_>> {
        let after = self
            .mappings
            .partition_point(|mapping| (mapping.line, mapping.column) <= (line, column));
        let mapping = self.mappings.get(after.checked_sub(1)?)?;
        if mapping.line != line {
            return None;
        }
        let source = usize::try_from(mapping.source?.get() - 1).ok()?;
        Some(Original {
            source,
            url: self.sources.get(source)?.url.as_deref(),
            line: mapping.original_line,
            column: mapping.original_column,
            name: self.name(mapping),
        })
    }

    /// The sources, in the order of the map.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// How many mappings the map has.
    pub fn mapping_count(&self) -> usize {
        self.mappings.len()
    }

    /// The debug id that the map has: `debugId`, or `debug_id` of older tools.
    pub fn debug_id(&self) -> Option<DebugId> {
        self.debug_id
    }

    /// The name that the map has for the text that begins at a position. A mapping may be one
    /// column before: at the parenthesis, or the dot, in front of it.
    #[cfg(feature = "write")]
    pub(crate) fn name_at(&self, line: u32, column: u32) -> Option<&str> {
        let after = self
            .mappings
            .partition_point(|mapping| (mapping.line, mapping.column) <= (line, column));
        let mapping = self.mappings.get(after.checked_sub(1)?)?;
        let begins = mapping.line == line && mapping.column.saturating_add(1) >= column;
        begins.then(|| self.name(mapping)).flatten()
    }

    /// The position of what begins at a position, and nothing where no mapping does.
    #[cfg(feature = "write")]
    pub(crate) fn original_at(&self, line: u32, column: u32) -> Option<Original<'_>> {
        let found = (self.mappings)
            .binary_search_by_key(&(line, column), |mapping| (mapping.line, mapping.column));
        found.ok().and_then(|_| self.lookup(line, column))
    }

    pub(crate) fn name(&self, mapping: &Mapping) -> Option<&str> {
        let name = usize::try_from(mapping.name?.get() - 1).ok()?;
        self.names.get(name).map(String::as_str)
    }
}
