//! Writes the mapping blocks of an index.

use super::block::Blocks;
use super::bytes::{cut, difference, text, varint};
use super::entries::Entry;
use super::scopes::{Call, Scopes};
use crate::index::{HAS_LINES, HAS_URL, IGNORED, STRING, URL};
use crate::map::{Source, SourceMap};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// Writes the entries of a map; returns the number of blocks.
pub(super) fn write(
    entries: &[Entry],
    map: &SourceMap,
    scopes: &Scopes,
    blocks: &mut Blocks,
) -> usize {
    let mut count = 0;
    let mut rest = entries;
    while let Some(first) = rest.first() {
        let mut tables = Tables::new(map, scopes);
        let mut taken = 0;
        for entry in rest.iter().take(ENTRIES) {
            tables.add(entry);
            taken += 1;
            if tables.bytes > STRING_BYTES {
                break;
            }
        }
        let (block, behind) = rest.split_at(taken);
        let key = (first.mapping.line, first.mapping.column);
        blocks.push(key, &tables.content(block));
        rest = behind;
        count += 1;
    }
    count
}

/// The sources and strings of one block, each with its place.
struct Tables<'a> {
    map: &'a SourceMap,
    scopes: &'a Scopes,
    sources: Vec<u32>,
    source_places: BTreeMap<u32, u32>,
    strings: Vec<&'a str>,
    string_places: BTreeMap<&'a str, u32>,
    calls: Vec<Call>,
    call_places: BTreeMap<u32, u32>,
    /// How many bytes the texts have.
    bytes: usize,
}

impl<'a> Tables<'a> {
    fn new(map: &'a SourceMap, scopes: &'a Scopes) -> Self {
        Self {
            map,
            scopes,
            sources: Vec::new(),
            source_places: BTreeMap::new(),
            strings: Vec::new(),
            string_places: BTreeMap::new(),
            calls: Vec::new(),
            call_places: BTreeMap::new(),
            bytes: 0,
        }
    }

    fn add(&mut self, entry: &Entry) {
        if let Some(source) = entry.mapping.source {
            self.add_source(source.get() - 1);
        }
        for string in [self.name(entry), self.function(entry.function)]
            .into_iter()
            .flatten()
        {
            self.add_string(string);
        }
        let mut around = Vec::new();
        let mut next = entry.call;
        while let Some(place) = next.filter(|place| !self.call_places.contains_key(place)) {
            let Some(call) = self.scopes.calls.get(place as usize) else {
                break;
            };
            around.push((place, *call));
            next = call.around;
        }
        // The outermost first.
        for (place, call) in around.into_iter().rev() {
            self.add_source(call.at.0.get() - 1);
            if let Some(function) = self.function(call.function) {
                self.add_string(function);
            }
            self.calls.push(call);
            self.call_places.insert(place, self.calls.len() as u32);
            self.bytes += CALL;
        }
    }

    fn add_source(&mut self, number: u32) {
        if !self.source_places.contains_key(&number) {
            self.sources.push(number);
            self.source_places.insert(number, self.sources.len() as u32);
            self.bytes += self.source(number).map_or("", url).len();
        }
    }

    fn add_string(&mut self, string: &'a str) {
        if !self.string_places.contains_key(string) {
            self.strings.push(string);
            self.string_places.insert(string, self.strings.len() as u32);
            self.bytes += string.len();
        }
    }

    fn source(&self, number: u32) -> Option<&'a Source> {
        self.map.sources.get(number as usize)
    }

    fn name(&self, entry: &Entry) -> Option<&'a str> {
        let name = self.map.name(&entry.mapping)?;
        Some(cut(name, STRING))
    }

    fn function(&self, function: Option<u32>) -> Option<&'a str> {
        let name = self.scopes.names.get(function? as usize)?;
        Some(cut(name, STRING))
    }

    /// One more than the place of a string, 0 for none.
    fn string(&self, string: Option<&str>) -> u32 {
        let place = string.and_then(|string| self.string_places.get(string));
        place.copied().unwrap_or_default()
    }

    /// The content of a block with these entries, which have been added.
    fn content(&self, entries: &[Entry]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for count in [entries.len(), self.sources.len(), self.strings.len()] {
            varint(&mut bytes, count as u32);
        }
        for number in &self.sources {
            let source = self.source(*number);
            let flag = |is: bool, flag| if is { flag } else { 0 };
            let ignored = flag(source.is_some_and(|source| source.ignored), IGNORED);
            let named = flag(source.is_some_and(|source| source.url.is_some()), HAS_URL);
            varint(&mut bytes, *number);
            let content = source.is_some_and(|source| source.content.is_some());
            varint(&mut bytes, ignored | named | flag(content, HAS_LINES));
            text(&mut bytes, source.map_or("", url));
        }
        for string in &self.strings {
            text(&mut bytes, string);
        }
        let mut before = entries.first().map_or(0, |entry| entry.mapping.line);
        for Entry { mapping, .. } in entries {
            varint(&mut bytes, mapping.line - before);
            before = mapping.line;
        }
        let mut before = None;
        for Entry { mapping, .. } in entries {
            let column = mapping.column;
            match before {
                Some((line, last)) if line == mapping.line => varint(&mut bytes, column - last),
                _ => varint(&mut bytes, column),
            }
            before = Some((mapping.line, column));
        }
        for Entry { mapping, .. } in entries {
            let number = mapping.source.map(|source| source.get() - 1);
            let place = number.and_then(|number| self.source_places.get(&number));
            varint(&mut bytes, place.copied().unwrap_or_default());
        }
        let mut before = 0;
        for Entry { mapping, .. } in entries {
            difference(&mut bytes, mapping.original_line, before);
            before = mapping.original_line;
        }
        let mut before = 0;
        for Entry { mapping, .. } in entries {
            difference(&mut bytes, mapping.original_column, before);
            before = mapping.original_column;
        }
        for entry in entries {
            varint(&mut bytes, self.string(self.name(entry)));
        }
        for entry in entries {
            varint(&mut bytes, self.string(self.function(entry.function)));
        }
        if !self.calls.is_empty() {
            self.write_calls(entries, &mut bytes);
        }
        bytes
    }

    fn write_calls(&self, entries: &[Entry], bytes: &mut Vec<u8>) {
        let place = |call: Option<u32>| {
            let place = call.and_then(|call| self.call_places.get(&call));
            place.copied().unwrap_or_default()
        };
        for entry in entries {
            varint(bytes, place(entry.call));
        }
        varint(bytes, self.calls.len() as u32);
        for call in &self.calls {
            let (source, line, column) = call.at;
            let source = self.source_places.get(&(source.get() - 1));
            varint(bytes, source.copied().unwrap_or_default());
            varint(bytes, line);
            varint(bytes, column);
            varint(bytes, self.string(self.function(call.function)));
            varint(bytes, place(call.around));
        }
    }
}

fn url(source: &Source) -> &str {
    cut(source.url.as_deref().unwrap_or_default(), URL)
}

/// The most entries of a block, and the bytes of texts with which it ends. With twice as many an index
/// is a tenth smaller, and a look-up takes half as long again.
const ENTRIES: usize = 512;
const STRING_BYTES: usize = 256 << 10;
/// The most bytes of a call.
const CALL: usize = 25;
