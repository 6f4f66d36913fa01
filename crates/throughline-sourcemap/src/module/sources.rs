//! The sources, functions and calls of a module, each once.

use super::path::source_of;
use crate::index::MAX_CALLS;
use crate::map::{Mapping, Source, SourceMap};
use crate::write::{Call, Entry, Names, Scopes, push};
use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::num::NonZeroU32;

/// A place in a source, in a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) function: Option<String>,
    /// One more than the number of the source.
    pub(super) source: NonZeroU32,
    /// Line and column, from 0.
    pub(super) at: (u32, u32),
}

/// The parts of an index that is being made.
#[derive(Default)]
pub(super) struct Sources {
    sources: Vec<Source>,
    /// Their numbers by their paths.
    numbers: BTreeMap<String, NonZeroU32>,
    names: Names,
    calls: Vec<Call>,
    call_places: BTreeMap<Call, u32>,
    pub(super) entries: Vec<Entry>,
}

impl Sources {
    /// One more than the number of the source at a path, where compilers ran in these folders.
    pub(super) fn number(&mut self, path: &str, folders: &BTreeSet<String>) -> Option<NonZeroU32> {
        if let Some(number) = self.numbers.get(path) {
            return Some(*number);
        }
        let (url, ignored) = source_of(path, folders);
        self.add(path, url, ignored)
    }

    /// One more than the number of a source that stands for the module.
    pub(super) fn module(&mut self, name: &str, ignored: bool) -> Option<NonZeroU32> {
        match self.numbers.get(name) {
            Some(number) => Some(*number),
            None => self.add(name, name.to_owned(), ignored),
        }
    }

    fn add(&mut self, path: &str, url: String, ignored: bool) -> Option<NonZeroU32> {
        let content = None;
        self.sources.push(Source {
            url: Some(url),
            content,
            ignored,
        });
        let number = NonZeroU32::new(u32::try_from(self.sources.len()).ok()?)?;
        self.numbers.insert(path.to_owned(), number);
        Some(number)
    }

    /// Adds what holds from an offset on: a place with those that it was inlined into, the nearest first; or none.
    pub(super) fn push(&mut self, offset: u32, places: &[Place]) {
        let mut mapping = Mapping {
            line: 0,
            column: offset,
            source: None,
            original_line: 0,
            original_column: 0,
            name: None,
        };
        let Some((place, callers)) = places.split_first() else {
            let (function, call) = (None, None);
            return push(
                &mut self.entries,
                Entry {
                    mapping,
                    function,
                    call,
                },
            );
        };
        mapping.source = Some(place.source);
        (mapping.original_line, mapping.original_column) = place.at;
        let function = self.function(place);
        let call = self.call(callers);
        push(
            &mut self.entries,
            Entry {
                mapping,
                function,
                call,
            },
        );
    }

    /// The innermost of these calls.
    fn call(&mut self, callers: &[Place]) -> Option<u32> {
        let (outermost, inner) = callers.split_last()?;
        // What is left out is neither at the place nor of the function itself.
        let inner = inner.iter().take(MAX_CALLS - 1).rev();
        let mut around = None;
        for place in core::iter::once(outermost).chain(inner) {
            let (line, column) = place.at;
            let call = Call {
                at: (place.source, line, column),
                function: self.function(place),
                around,
            };
            let next = self.calls.len() as u32;
            around = Some(*self.call_places.entry(call).or_insert_with(|| {
                self.calls.push(call);
                next
            }));
        }
        around
    }

    fn function(&mut self, place: &Place) -> Option<u32> {
        Some(self.names.place(place.function.clone()?))
    }

    /// The map, the names and the entries.
    pub(super) fn into_parts(self) -> (SourceMap, Scopes, Vec<Entry>) {
        let map = SourceMap {
            sources: self.sources,
            names: Vec::new(),
            mappings: self.entries.iter().map(|entry| entry.mapping).collect(),
            debug_id: None,
        };
        let scopes = Scopes {
            names: self.names.all,
            boundaries: Vec::new(),
            calls: self.calls,
        };
        (map, scopes, self.entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn of_many_calls_the_innermost_and_the_outermost_are_kept() {
        let mut sources = Sources::default();
        let source = sources.module("shop.wasm", false).expect("a number");
        let places = (0..40_u32).map(|depth| Place {
            function: Some(format!("f{depth}")),
            source,
            at: (depth, 0),
        });
        let places: Vec<Place> = places.collect();
        sources.push(7, &places);
        let (_, scopes, entries) = sources.into_parts();
        let mut lines = Vec::new();
        let mut next = entries[0].call;
        while let Some(call) = next.map(|place| scopes.calls[place as usize]) {
            lines.push(call.at.1);
            next = call.around;
        }
        let expected: Vec<u32> = (1..MAX_CALLS as u32).chain([39]).collect();
        assert_eq!(lines, expected);
        assert_eq!(entries[0].mapping.original_line, 0);
    }
}
