//! The entries of an index: the mappings of a map, split where functions begin and end.

use super::scopes::Scopes;
use crate::map::{Mapping, SourceMap};
use alloc::vec::Vec;

/// An entry: what holds from its position on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) mapping: Mapping,
    /// The function around, by its place in [`Scopes::names`].
    pub(crate) function: Option<u32>,
    /// The call by which the function was inlined, by its place in [`Scopes::calls`].
    pub(crate) call: Option<u32>,
}

/// The entries of a map, in order, no two at one position, none that says what the one before
/// says.
pub(crate) fn merge(map: &SourceMap, scopes: &Scopes) -> Vec<Entry> {
    let mut entries = Vec::<Entry>::with_capacity(map.mappings.len());
    let mut boundaries = scopes.boundaries.iter().peekable();
    let mut function = None;
    let mut mappings = map.mappings.iter().peekable();
    while let Some(mapping) = mappings.next() {
        let at = (mapping.line, mapping.column);
        // Of those at one position the last counts.
        if mappings
            .peek()
            .is_some_and(|next| (next.line, next.column) == at)
        {
            continue;
        }
        while let Some(boundary) = boundaries.next_if(|boundary| boundary.at <= at) {
            function = boundary.function;
        }
        push(
            &mut entries,
            Entry {
                mapping: *mapping,
                function,
                call: None,
            },
        );
        // Up to the next mapping, or the end of the line.
        let end = mappings
            .peek()
            .filter(|next| next.line == at.0)
            .map_or((at.0, u32::MAX), |next| (next.line, next.column));
        while let Some(boundary) = boundaries.next_if(|boundary| boundary.at < end) {
            function = boundary.function;
            let (line, column) = boundary.at;
            let mapping = Mapping {
                line,
                column,
                ..*mapping
            };
            let entry = Entry {
                mapping,
                function,
                call: None,
            };
            push(&mut entries, entry);
        }
    }
    entries
}

/// Adds an entry, unless it says what the one before says.
pub(crate) fn push(entries: &mut Vec<Entry>, mut entry: Entry) {
    if entry.mapping.source.is_none() {
        // Where there is no place there is nothing to name.
        entry.function = None;
        entry.mapping.name = None;
        entry.mapping.original_line = 0;
        entry.mapping.original_column = 0;
    }
    let repeats = entries.last().is_some_and(|last| {
        let moved = Mapping {
            column: entry.mapping.column,
            ..last.mapping
        };
        moved == entry.mapping && (last.function, last.call) == (entry.function, entry.call)
    });
    if !repeats {
        entries.push(entry);
    }
}
