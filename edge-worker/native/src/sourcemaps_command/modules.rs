//! Finds modules of WebAssembly in a folder, and what belongs to each: its build id, its debug information, its map.

use super::SourcemapsError;
use super::folder::{at, beside};
use super::replace::replace_one;
use crate::index_process::{self, OwnedParts};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use throughline_sourcemap::DebugId;
use throughline_sourcemap::module::{Module, ModuleError, with_build_id, without_debug_info};
use throughline_sourcemap::write::{Index, debug_id_of};

/// A module in a folder.
#[derive(Debug)]
pub(super) struct FoundModule {
    pub(super) path: PathBuf,
    /// The debug id that follows from its build id.
    pub(super) id: Option<DebugId>,
    /// Debug information, or a map.
    pub(super) described: Described,
}

/// Modules, and files that are none, each with the reason.
type Modules = (Vec<FoundModule>, Vec<(PathBuf, String)>);

/// The place of what describes the code of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Described {
    /// DWARF in the module itself.
    Here,
    /// A module beside it with its DWARF.
    Beside(PathBuf),
    /// A source map.
    Map(PathBuf),
    Nowhere,
}

/// The modules of these files, but those that are the debug information of others; and the files that are none, each with the reason.
pub(super) fn modules_of(paths: &[PathBuf]) -> Result<Modules, SourcemapsError> {
    let (mut found, mut others) = (Vec::new(), Vec::new());
    for path in paths {
        match module(path) {
            Ok(module) => found.push(module),
            Err(SourcemapsError::Module { path, reason }) => others.push((path, reason)),
            Err(error) => return Err(error),
        }
    }
    let beside: BTreeSet<PathBuf> = found
        .iter()
        .filter_map(|module| match &module.described {
            Described::Beside(path) => Some(path.clone()),
            _ => None,
        })
        .collect();
    found.retain(|module| !beside.contains(&module.path));
    Ok((found, others))
}

/// Reads a module, and finds what belongs to it.
pub(super) fn module(path: &Path) -> Result<FoundModule, SourcemapsError> {
    let bytes = read(path)?;
    let module = parse(path, &bytes)?;
    let url = |url: Option<&str>| Some(beside(path, url?)?).filter(|path| path.is_file());
    let debug = || {
        // As emscripten names it, with `-gseparate-dwarf`.
        let by_name = path.with_extension("debug.wasm");
        let named = url(module.external_debug_info());
        named.or(Some(by_name)).filter(|path| path.is_file())
    };
    let map = || url(module.source_mapping_url());
    let described = match module.has_debug_info() {
        true => Described::Here,
        false => debug()
            .map(Described::Beside)
            .or_else(|| map().map(Described::Map))
            .unwrap_or(Described::Nowhere),
    };
    Ok(FoundModule {
        path: path.to_owned(),
        id: module.debug_id(),
        described,
    })
}

impl FoundModule {
    /// Gives the module a build id, in its file, unless it has one: the same for the same module with the same debug information.
    pub(super) fn inject(&mut self) -> Result<DebugId, SourcemapsError> {
        if let Some(id) = self.id {
            return Ok(id);
        }
        let mut bytes = read(&self.path)?;
        let length = bytes.len();
        if let Described::Beside(path) | Described::Map(path) = &self.described {
            bytes.extend(read(path)?);
        }
        let id = debug_id_of(&bytes);
        bytes.truncate(length);
        replace_one(&self.path, &with_build_id(&bytes, id))?;
        self.id = Some(id);
        Ok(id)
    }

    /// Leaves the debug information out of the module's file.
    pub(super) fn strip(&self) -> Result<(), SourcemapsError> {
        let bytes = read(&self.path)?;
        let stripped = without_debug_info(&bytes).map_err(|error| of(&self.path, error))?;
        stripped.map_or(Ok(()), |stripped| replace_one(&self.path, &stripped))
    }

    /// Makes the index.
    ///
    /// # Errors
    /// [`SourcemapsError::Module`].
    pub(super) fn index(&self, id: DebugId) -> Result<Index, SourcemapsError> {
        let (debug, map) = match &self.described {
            Described::Here | Described::Nowhere => (None, None),
            Described::Beside(path) => (Some(read(path)?), None),
            Described::Map(path) => (None, Some(read(path)?)),
        };
        let name = self.path.file_name().unwrap_or_default();
        let parts = OwnedParts {
            module: read(&self.path)?,
            debug,
            map,
            name: name.to_string_lossy().into_owned(),
        };
        index_process::create_of_module(&parts, id).map_err(|error| SourcemapsError::Module {
            path: self.path.clone(),
            reason: error.to_string(),
        })
    }
}

fn parse<'a>(path: &Path, bytes: &'a [u8]) -> Result<Module<'a>, SourcemapsError> {
    Module::parse(bytes).map_err(|error| of(path, error))
}

fn of(path: &Path, error: ModuleError) -> SourcemapsError {
    SourcemapsError::Module {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

/// Reads a file that is no text.
fn read(path: &Path) -> Result<Vec<u8>, SourcemapsError> {
    let length = fs::metadata(path).map_err(|error| at(path, error))?.len();
    if length > LONGEST {
        return Err(SourcemapsError::Module {
            path: path.to_owned(),
            reason: format!("it has {length} bytes, and {LONGEST} are read at most"),
        });
    }
    fs::read(path).map_err(|error| at(path, error))
}

/// Bytes of a module with its debug information, which is in memory more than once.
const LONGEST: u64 = 1 << 30;
