//! `throughline sourcemaps inspect` of a module of WebAssembly: prints what it is, or the source of an offset in it.

use super::inspect::{NO_SOURCE, look_up, of_frame};
use super::modules::{Described, FoundModule, module};
use super::{SourcemapsError, say};
use std::path::Path;
use throughline_sourcemap::write::{Functions, Index};
use throughline_sourcemap::{DebugId, Position};

/// Prints what is known of a module, or of an offset in it.
///
/// # Errors
/// [`SourcemapsError`].
pub(super) fn run(path: &Path, position: Option<Position>) -> Result<(), SourcemapsError> {
    let module = module(path)?;
    let id = module.id.unwrap_or(DebugId::from_bytes([0; 16]));
    let index = module.index(id)?;
    let Some(position) = position else {
        say(&of_module(&module, &index));
        return Ok(());
    };
    let frame = look_up(&index.bytes, position).map_err(|error| SourcemapsError::Module {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let Some(frame) = frame else {
        say(NO_SOURCE);
        return Ok(());
    };
    say(&of_frame(&frame, OF_A_LIBRARY));
    for caller in &frame.callers {
        say(&format!("inlined into {}", of_frame(caller, OF_A_LIBRARY)));
    }
    Ok(())
}

fn of_module(module: &FoundModule, index: &Index) -> String {
    let id = match module.id {
        Some(id) => id.to_string(),
        None => "none: link with --build-id, or upload with --inject".to_owned(),
    };
    let described = match &module.described {
        Described::Here => "DWARF in the module".to_owned(),
        Described::Beside(path) => format!("DWARF in {}", path.display()),
        Described::Map(path) => format!("source map {}", path.display()),
        Described::Nowhere => "none, but names of functions".to_owned(),
    };
    let summary = &index.summary;
    let functions = match summary.functions {
        Functions::Dwarf(count) => format!("{count} with places in sources"),
        Functions::NameSection(count) => format!("{count} with names"),
        _ => "none".to_owned(),
    };
    format!(
        "debug id    {id}\ndescribed   {described}\nplaces      {}\nfunctions   {functions}\nindex       {:.1} kB\nsources     {}, {} of libraries",
        summary.mappings,
        index.bytes.len() as f64 / 1000.0,
        summary.sources,
        summary.ignored_sources,
    )
}

const OF_A_LIBRARY: &str = "of a library";
