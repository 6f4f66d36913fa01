//! Indexes and look-ups of `symbolic-sourcemapcache`.

use crate::{Outcome, Place};
use std::hint::black_box;
use std::path::Path;
use symbolic_sourcemapcache::{
    ScopeLookupResult, SourceLocation, SourceMapCache, SourceMapCacheWriter, SourcePosition,
};
use throughline_sourcemap::{Context, Frame, Position};

pub(crate) fn make(map: &str, script: &str) -> Outcome<Vec<u8>> {
    let mut cache = Vec::new();
    SourceMapCacheWriter::new(script, map)?.serialize(&mut cache)?;
    Ok(cache)
}

/// Reads a file and looks a stack up in it.
pub(crate) fn cold(file: &Path, stack: &[Position]) -> Outcome<()> {
    let bytes = std::fs::read(file)?;
    let cache = SourceMapCache::parse(&bytes)?;
    black_box(frames(&cache, stack));
    Ok(())
}

/// Looks stacks up in a cache in memory.
pub(crate) fn warm(bytes: &[u8], stacks: &[&[Position]]) -> Outcome<()> {
    let cache = SourceMapCache::parse(bytes)?;
    for stack in stacks {
        black_box(frames(&cache, stack));
    }
    Ok(())
}

pub(crate) fn places(bytes: &[u8], positions: &[Position]) -> Outcome<Vec<Option<Place>>> {
    let cache = SourceMapCache::parse(bytes)?;
    let places = positions.iter().map(|at| {
        let location = cache.lookup(SourcePosition::new(at.line, at.column))?;
        Some(Place {
            source: location.file_name().map(Into::into),
            line: location.line() + 1,
            function: function(&location),
            context: location.line_contents().map(|line| line.trim_end_matches(['\r', '\n']).into()),
        })
    });
    Ok(places.collect())
}

fn function(location: &SourceLocation<'_>) -> Option<String> {
    match location.scope() {
        ScopeLookupResult::NamedScope(name) => Some(name.into()),
        _ => None,
    }
}

/// Frames with all that ours have.
fn frames(cache: &SourceMapCache<'_>, stack: &[Position]) -> Vec<Option<Frame>> {
    let frames = stack.iter().map(|at| {
        let location = cache.lookup(SourcePosition::new(at.line, at.column))?;
        let line = location.line() as usize;
        let file = location.file();
        let text = |line: usize| file.as_ref()?.line(line).map(str::to_owned);
        Some(Frame {
            source: location.file_name().map(Into::into),
            line: location.line() + 1,
            column: location.column() + 1,
            function: function(&location),
            name: location.name().map(Into::into),
            ignored: false,
            callers: Vec::new(),
            context: text(line).map(|of_frame| Context {
                before: (line.saturating_sub(5)..line).filter_map(text).collect(),
                line: of_frame,
                after: (line + 1..line + 6).map_while(text).collect(),
            }),
        })
    });
    frames.collect()
}
