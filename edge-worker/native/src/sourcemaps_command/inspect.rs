//! `throughline sourcemaps inspect`: prints what a script and its map are, or the source of a position.

use super::folder::{self, MapPlace, Script};
use super::stamp::StampError;
use super::{SourcemapsError, say};
use crate::index_process;
use std::ops::Range;
use std::path::Path;
use throughline_sourcemap::write::{Functions, Index};
use throughline_sourcemap::{DebugId, Frame, IndexError, Lookup, Position, SourceMap, Step};

/// Prints what is known of a script, or of a position in it.
///
/// # Errors
/// [`SourcemapsError`].
pub(super) fn run(path: &Path, position: Option<Position>) -> Result<(), SourcemapsError> {
    let Script { text, map, .. } = folder::script(path)?;
    let map_path = match map {
        MapPlace::File(map) => map,
        MapPlace::Inline => {
            return Err(SourcemapsError::Stamp {
                path: path.to_owned(),
                error: StampError::Inline,
            });
        }
        MapPlace::Nowhere => {
            return Err(SourcemapsError::Nothing(format!(
                "{} has no source map: none beside it, and none that its last lines name",
                path.display()
            )));
        }
    };
    let json = folder::read(&map_path)?;
    let map = SourceMap::parse(&json).map_err(|error| SourcemapsError::Map {
        path: map_path.clone(),
        error,
    })?;
    let own = DebugId::of_script(&text);
    let id = own
        .or(map.debug_id())
        .unwrap_or(DebugId::from_bytes([0; 16]));
    let broken = |reason: String| SourcemapsError::Index {
        path: path.to_owned(),
        reason,
    };
    let index =
        index_process::create(&json, &text, id).map_err(|error| broken(error.to_string()))?;
    match position {
        Some(position) => {
            let frame =
                look_up(&index.bytes, position).map_err(|error| broken(error.to_string()))?;
            say(&frame.map_or_else(
                || NO_SOURCE.to_owned(),
                |frame| of_frame(&frame, "in ignoreList"),
            ));
        }
        None => say(&of_pair(&map_path, &map, own, &index)),
    }
    Ok(())
}

fn of_pair(path: &Path, map: &SourceMap, own: Option<DebugId>, index: &Index) -> String {
    let ids = match (own, map.debug_id()) {
        (Some(own), Some(of_map)) if own == of_map => own.to_string(),
        (Some(own), Some(of_map)) => {
            format!("{own}, but its map has {of_map}: they are of two builds")
        }
        (Some(own), None) => format!("{own}, and its map has none"),
        (None, Some(of_map)) => format!("none, but its map has {of_map}"),
        (None, None) => "none: build with the plugin, or upload with --inject".to_owned(),
    };
    let summary = &index.summary;
    let functions = match &summary.functions {
        Functions::Found(count) => format!("{count}, by the script"),
        Functions::Unparsable(why) => {
            format!("by the names in the map alone, as the script cannot be parsed: {why}")
        }
        _ => "by the names in the map alone".to_owned(),
    };
    let mut lines = format!(
        "debug id    {ids}\nmap         {}\nmappings    {}\nfunctions   {functions}\nindex       {:.1} kB\nsources     {}, {} with their text, {} in ignoreList",
        path.display(),
        summary.mappings,
        index.bytes.len() as f64 / 1000.0,
        summary.sources,
        summary.sources_with_content,
        summary.ignored_sources,
    );
    for source in map.sources() {
        let name = source.url.as_deref().unwrap_or("(no name)");
        let text = if source.content.is_some() {
            ""
        } else {
            "  without its text"
        };
        let ignored = if source.ignored { "  ignored" } else { "" };
        lines.push_str(&format!("\n  {name}{text}{ignored}"));
    }
    lines
}

pub(super) fn of_frame(frame: &Frame, when_ignored: &str) -> String {
    let source = frame.source.as_deref().unwrap_or("(no name)");
    let mut text = format!("{source}:{}:{}", frame.line, frame.column);
    if let Some(function) = frame.function.as_deref().or(frame.name.as_deref()) {
        text = format!("{function}  {text}");
    }
    if frame.ignored {
        text.push_str("  ");
        text.push_str(when_ignored);
    }
    if let Some(context) = &frame.context {
        for line in &context.before {
            text.push_str(&format!("\n    {line}"));
        }
        text.push_str(&format!("\n  > {}", context.line));
        for line in &context.after {
            text.push_str(&format!("\n    {line}"));
        }
    }
    text
}

/// Looks one position up in an index, as the edge does.
pub(super) fn look_up(index: &[u8], position: Position) -> Result<Option<Frame>, IndexError> {
    let mut lookup = Lookup::new([position]);
    let mut wanted: Vec<Range<u64>> = Vec::new();
    loop {
        let read: Vec<&[u8]> = wanted.iter().map(|range| part(index, range)).collect();
        match lookup.step(&read)? {
            Step::Read(ranges) => wanted = ranges,
            Step::Done(mut frames) => return Ok(frames.pop().flatten()),
        }
    }
}

/// The bytes in a range, as far as they are there.
fn part<'a>(index: &'a [u8], range: &Range<u64>) -> &'a [u8] {
    let at = |offset: u64| {
        usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(index.len())
    };
    index
        .get(at(range.start)..at(range.end))
        .unwrap_or_default()
}

pub(super) const NO_SOURCE: &str =
    "no source: the map says nothing of this position, or that it is of no source";
