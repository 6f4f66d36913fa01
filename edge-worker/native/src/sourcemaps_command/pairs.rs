//! The scripts of a folder with their maps, and its modules, those that can be uploaded and those that are left out.

use super::arguments::Change;
use super::folder::{self, Found, MapPlace, Script};
use super::modules::{Described, FoundModule};
use super::stamp::{StampError, stamp};
use super::{SourcemapsError, replace, say};
use crate::index_process::{self, IndexProcessError};
use std::path::{Path, PathBuf};
use throughline_sourcemap::DebugId;
use throughline_sourcemap::write::Index;

/// A script with its map, or a module, and the id of both.
pub(super) struct Pair {
    pub(super) id: DebugId,
    path: PathBuf,
    content: Content,
}

/// The parts of which an index is made.
enum Content {
    Script { script: String, map: PathBuf },
    Module(FoundModule),
}

/// Why a script with a map is left out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LeftOut {
    WithoutId,
    WithoutBuildId,
    Inline,
    NotText,
}

/// The pairs of a folder, and how many scripts with a map, and modules, are left out. Where `inject` is set, what lacks an id gets one.
///
/// # Errors
/// [`SourcemapsError::Nothing`] where there are no pairs, and what keeps it from looking.
pub(super) fn pairs_in(
    folder: &Path,
    Change { inject, .. }: Change,
) -> Result<(Vec<Pair>, usize), SourcemapsError> {
    let Found {
        scripts,
        unreadable,
        modules,
        no_modules,
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
                content: Content::Script { script, map },
            }),
            None => left_out.push((LeftOut::WithoutId, path)),
        }
    }
    for mut module in modules {
        let path = module.path.clone();
        if inject && module.described != Described::Nowhere {
            module.inject()?;
        }
        match (module.id, &module.described) {
            (Some(id), _) => pairs.push(Pair {
                id,
                path,
                content: Content::Module(module),
            }),
            // There is nothing to upload, as of a script without a map.
            (None, Described::Nowhere) => {}
            (None, _) => left_out.push((LeftOut::WithoutBuildId, path)),
        }
    }
    for (path, reason) in &no_modules {
        say(&format!("left out: {}: {reason}", path.display()));
    }
    if pairs.is_empty() {
        return Err(SourcemapsError::Nothing(nothing(folder, &left_out)));
    }
    for why in [
        LeftOut::WithoutId,
        LeftOut::WithoutBuildId,
        LeftOut::Inline,
        LeftOut::NotText,
    ] {
        let mut paths = left_out.iter().filter(|(of, _)| *of == why);
        if let Some((_, first)) = paths.next() {
            let (reason, advice) = why.texts();
            let count = paths.count() + 1;
            say(&format!(
                "left out: {count} {}, such as {}: {reason}: {advice}",
                why.noun(),
                first.display()
            ));
        }
    }
    Ok((pairs, left_out.len() + no_modules.len()))
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
            "no script in {folder} has a source map, and no module debug information: switch them on in the build, and keep them out of what visitors can read"
        ),
        Some((LeftOut::WithoutId, first)) => format!(
            "no script in {folder} has a debug id, such as {}: build with the plugin, or add --inject, which writes into the files that you then deploy",
            first.display()
        ),
        Some((LeftOut::WithoutBuildId, first)) => format!(
            "no module in {folder} has a build id, such as {}: link with --build-id, or add --inject, which writes into the files that you then deploy",
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
    /// Several of the files.
    fn noun(self) -> &'static str {
        match self {
            Self::WithoutBuildId => "modules",
            Self::WithoutId | Self::Inline | Self::NotText => "scripts",
        }
    }

    /// The reason, and what to do.
    fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::WithoutId => ("it has no debug id", "--inject writes one"),
            Self::WithoutBuildId => (
                "it has no build id",
                "link with --build-id, or --inject writes one",
            ),
            Self::Inline => (
                "its source map is within the script",
                "build with maps in files of their own",
            ),
            Self::NotText => ("it is not text in UTF-8", "build it as such"),
        }
    }
}

impl Pair {
    /// The file of the script or the module.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether an index can be made: of a module that was stripped there is nothing but its build id.
    pub(super) fn has_content(&self) -> bool {
        match &self.content {
            Content::Script { .. } => true,
            Content::Module(module) => module.described != Described::Nowhere,
        }
    }

    /// Leaves what the index was made of out of the file, if that is a module.
    ///
    /// # Errors
    /// [`SourcemapsError::File`].
    pub(super) fn strip(&self) -> Result<(), SourcemapsError> {
        match &self.content {
            Content::Script { .. } => Ok(()),
            Content::Module(module) => module.strip(),
        }
    }

    /// Makes the index.
    ///
    /// # Errors
    /// [`SourcemapsError::Map`], [`SourcemapsError::Index`] and [`SourcemapsError::Module`].
    pub(super) fn index(&self) -> Result<Index, SourcemapsError> {
        let (script, path) = match &self.content {
            Content::Script { script, map } => (script, map),
            Content::Module(module) => return module.index(self.id),
        };
        let map = folder::read(path)?;
        let index = index_process::create(&map, script, self.id);
        index.map_err(|error| match error {
            IndexProcessError::Map(error) => SourcemapsError::Map {
                path: path.clone(),
                error,
            },
            error => SourcemapsError::Index {
                path: self.path.clone(),
                reason: error.to_string(),
            },
        })
    }
}
