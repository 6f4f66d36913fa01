//! The scripts of a folder with their maps, those that can be uploaded and those that are left out.

use super::folder::{self, Found, MapPlace, Script};
use super::stamp::{StampError, stamp};
use super::{SourcemapsError, replace, say};
use crate::index_process::{self, IndexProcessError};
use std::path::{Path, PathBuf};
use throughline_sourcemap::DebugId;
use throughline_sourcemap::write::Index;

/// A script with its map, and their id.
pub(super) struct Pair {
    pub(super) id: DebugId,
    path: PathBuf,
    script: String,
    map: PathBuf,
}

/// Why a script with a map is left out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LeftOut {
    WithoutId,
    Inline,
    NotText,
}

/// The pairs of a folder, and how many scripts with a map are left out. Where `inject` is set, what lacks an id gets one.
///
/// # Errors
/// [`SourcemapsError::Nothing`] where there are no pairs, and what keeps it from looking.
pub(super) fn pairs_in(folder: &Path, inject: bool) -> Result<(Vec<Pair>, usize), SourcemapsError> {
    let Found {
        scripts,
        unreadable,
    } = folder::scripts_in(folder)?;
    let mut pairs = Vec::new();
    let mut left_out: Vec<(LeftOut, PathBuf)> = unreadable
        .into_iter()
        .map(|path| (LeftOut::NotText, path))
        .collect();
    for Script { path, text, map } in scripts {
        let map = match map {
            MapPlace::File(map) => map,
            MapPlace::Inline => {
                left_out.push((LeftOut::Inline, path));
                continue;
            }
            MapPlace::Nowhere => continue,
        };
        replace::repair(&path, &text, &map)?;
        let script = if inject {
            match injected(&path, text, &map)? {
                Ok(script) => script,
                Err(why) => {
                    left_out.push((why, path));
                    continue;
                }
            }
        } else {
            text
        };
        match DebugId::of_script(&script) {
            Some(id) => pairs.push(Pair {
                id,
                path,
                script,
                map,
            }),
            None => left_out.push((LeftOut::WithoutId, path)),
        }
    }
    if pairs.is_empty() {
        return Err(SourcemapsError::Nothing(nothing(folder, &left_out)));
    }
    for why in [LeftOut::WithoutId, LeftOut::Inline, LeftOut::NotText] {
        let mut paths = left_out.iter().filter(|(of, _)| *of == why);
        if let Some((_, first)) = paths.next() {
            let (reason, advice) = why.texts();
            let count = paths.count() + 1;
            say(&format!(
                "left out: {count} scripts, such as {}: {reason}: {advice}",
                first.display()
            ));
        }
    }
    Ok((pairs, left_out.len()))
}

/// Gives script and map an id, in their files; returns the script.
fn injected(
    path: &Path,
    script: String,
    map: &Path,
) -> Result<Result<String, LeftOut>, SourcemapsError> {
    let stamped = match stamp(&script, &folder::read(map)?) {
        Ok(stamped) => stamped,
        Err(StampError::Inline) => return Ok(Err(LeftOut::Inline)),
        Err(error) => {
            let path = path.to_owned();
            return Err(SourcemapsError::Stamp { path, error });
        }
    };
    if stamped.script != script {
        replace::replace((path, &stamped.script), (map, &stamped.map))?;
    }
    Ok(Ok(stamped.script))
}

/// The error of a folder without pairs.
fn nothing(folder: &Path, left_out: &[(LeftOut, PathBuf)]) -> String {
    let folder = folder.display();
    match left_out.first() {
        None => format!(
            "no script in {folder} has a source map: switch them on in the build, and keep them out of what visitors can read"
        ),
        Some((LeftOut::WithoutId, first)) => format!(
            "no script in {folder} has a debug id, such as {}: build with the plugin, or add --inject, which writes into the files that you then deploy",
            first.display()
        ),
        Some((why, first)) => {
            let (reason, advice) = why.texts();
            format!(
                "no script in {folder} can be uploaded, such as {}: {reason}: {advice}",
                first.display()
            )
        }
    }
}

impl LeftOut {
    /// The reason, and what to do.
    fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::WithoutId => ("it has no debug id", "--inject writes one"),
            Self::Inline => (
                "its source map is within the script",
                "build with maps in files of their own",
            ),
            Self::NotText => ("it is not text in UTF-8", "build it as such"),
        }
    }
}

impl Pair {
    /// The file of the script.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the index.
    ///
    /// # Errors
    /// [`SourcemapsError::Map`] and [`SourcemapsError::Index`].
    pub(super) fn index(&self) -> Result<Index, SourcemapsError> {
        let map = folder::read(&self.map)?;
        let index = index_process::create(&map, &self.script, self.id);
        index.map_err(|error| match error {
            IndexProcessError::Map(error) => SourcemapsError::Map {
                path: self.map.clone(),
                error,
            },
            error => SourcemapsError::Index {
                path: self.path.clone(),
                reason: error.to_string(),
            },
        })
    }
}
