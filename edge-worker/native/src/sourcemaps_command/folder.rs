//! Finds the scripts in a folder, with the map of each, and the modules of WebAssembly.

use super::SourcemapsError;
use super::modules::{FoundModule, modules_of};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use throughline_sourcemap::link::source_mapping_url;

/// A script in a folder.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) map: MapPlace,
}

/// The place of a script's map.
#[derive(Debug)]
pub(super) enum MapPlace {
    File(PathBuf),
    /// The map is in the script itself.
    Inline,
    Nowhere,
}

/// The scripts below a folder.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Scripts by their names.
    pub(super) scripts: Vec<Script>,
    /// Scripts that have a map, and are not text in UTF-8.
    pub(super) unreadable: Vec<PathBuf>,
    /// Modules by their names.
    pub(super) modules: Vec<FoundModule>,
    /// Files with the name of a module that are none, each with the reason.
    pub(super) no_modules: Vec<(PathBuf, String)>,
}

/// The scripts below a folder. Of a build of Next.js those for browsers.
pub(super) fn scripts_in(folder: &Path) -> Result<Found, SourcemapsError> {
    let mut paths = Vec::new();
    walk(&served(folder), &mut paths)?;
    paths.sort();
    let (modules, paths): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| is_module(path));
    let (modules, no_modules) = modules_of(&modules)?;
    let mut found = Found {
        modules,
        no_modules,
        ..Found::default()
    };
    for path in paths {
        let bytes = fs::read(&path).map_err(|error| at(&path, error))?;
        match String::from_utf8(bytes) {
            Ok(text) => found.scripts.push(Script {
                map: map_of(&path, &text),
                path,
                text,
            }),
            Err(error) => {
                let text = String::from_utf8_lossy(error.as_bytes());
                if !matches!(map_of(&path, &text), MapPlace::Nowhere) {
                    found.unreadable.push(path);
                }
            }
        }
    }
    Ok(found)
}

/// Reads a script, and finds its map.
pub(super) fn script(path: &Path) -> Result<Script, SourcemapsError> {
    let text = read(path)?;
    Ok(Script {
        path: path.to_owned(),
        map: map_of(path, &text),
        text,
    })
}

/// Reads a file as text.
pub(super) fn read(path: &Path) -> Result<String, SourcemapsError> {
    fs::read_to_string(path).map_err(|error| at(path, error))
}

/// The map of a script: by the comment at its end, or by its name.
fn map_of(path: &Path, text: &str) -> MapPlace {
    let link = source_mapping_url(text);
    let beside = link.and_then(|url| beside(path, url));
    let mut by_name = path.as_os_str().to_owned();
    by_name.push(".map");
    let mut places = beside.into_iter().chain([by_name.into()]);
    match places.find(|map| map.is_file()) {
        Some(map) => MapPlace::File(map),
        None if link.is_some_and(|url| url.starts_with("data:")) => MapPlace::Inline,
        None => MapPlace::Nowhere,
    }
}

/// The file that an address names which is beside this one: none of a server.
pub(super) fn beside(path: &Path, url: &str) -> Option<PathBuf> {
    let named = !url.is_empty() && !url.contains(':');
    named.then(|| Some(path.parent()?.join(decoded(url))))?
}

/// Whether a file is a module, by its name.
pub(super) fn is_module(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "wasm")
}

/// A folder that is the project or the output of Next.js has much that browsers never see.
fn served(folder: &Path) -> PathBuf {
    let output = folder.join(".next");
    let output = if output.is_dir() { &output } else { folder };
    let (browsers, mark) = (output.join("static"), output.join("BUILD_ID"));
    match browsers.is_dir() && mark.is_file() {
        true => browsers,
        false => folder.to_owned(),
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), SourcemapsError> {
    for entry in fs::read_dir(folder).map_err(|error| at(folder, error))? {
        let entry = entry.map_err(|error| at(folder, error))?;
        let path = entry.path();
        // Not by a link: it may lead back.
        let kind = entry.file_type().map_err(|error| at(&path, error))?;
        if kind.is_dir() && entry.file_name() != "node_modules" {
            walk(&path, found)?;
        } else if kind.is_file() && path.extension().is_some_and(is_wanted) {
            found.push(path);
        }
    }
    Ok(())
}

fn is_wanted(extension: &std::ffi::OsStr) -> bool {
    ["js", "mjs", "cjs", "wasm"]
        .iter()
        .any(|one| extension == *one)
}

/// The name of a file in an address: `%20` is a blank, and what follows `?` names none.
fn decoded(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%');
        let byte = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = after
            .get(if byte.is_some() { 2 } else { 0 }..)
            .unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The error of a file, with its name.
pub(super) fn at(path: &Path, error: std::io::Error) -> SourcemapsError {
    let error = match error.kind() {
        ErrorKind::InvalidData => {
            std::io::Error::new(ErrorKind::InvalidData, "it is not text in UTF-8")
        }
        _ => error,
    };
    SourcemapsError::File {
        path: path.to_owned(),
        error,
    }
}
