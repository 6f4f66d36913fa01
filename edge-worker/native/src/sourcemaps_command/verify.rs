//! `throughline sourcemaps verify`: says which scripts and modules have no index at the edge.

use super::folder::{self, Found, MapPlace, Script};
use super::modules::{Described, FoundModule};
use super::receiver::Receiver;
use super::{SourcemapsError, page, say};
use std::path::{Path, PathBuf};
use throughline_sourcemap::DebugId;

/// A script that visitors get.
pub(super) struct Served {
    pub(super) name: String,
    pub(super) index: Wanted,
}

/// The index that a script needs at the edge.
pub(super) enum Wanted {
    Of(DebugId),
    /// The script has neither id nor map, as code of others often has none: there is nothing to upload.
    Nothing,
    /// The script has a map and yet can have no index, for this reason.
    Impossible(&'static str),
    /// The script cannot be read, for this reason.
    Unknown(String),
}

impl Wanted {
    /// The index of a script with this text and a map or none.
    pub(super) fn of(script: &str, has_map: bool) -> Self {
        match DebugId::of_script(script) {
            Some(id) => Self::Of(id),
            None if has_map => Self::Impossible(WITHOUT_ID),
            None => Self::Nothing,
        }
    }
}

/// Looks at each script of folders and pages.
///
/// # Errors
/// [`SourcemapsError::Missing`], [`SourcemapsError::Unread`], and what keeps it from looking.
pub(super) async fn run(
    places: &[String],
    third_parties: &[String],
    receiver: Receiver,
) -> Result<(), SourcemapsError> {
    let mut scripts = Vec::new();
    for place in places {
        let found = match place.split_once("://") {
            Some(("http" | "https", _)) => {
                page::scripts_of(place, third_parties, &receiver).await?
            }
            _ => in_folder(Path::new(place))?,
        };
        if found.is_empty() {
            let reason = format!("{place} has no scripts in files of their own");
            return Err(SourcemapsError::Nothing(reason));
        }
        scripts.extend(found);
    }
    let mut missing = 0;
    let mut unread = 0;
    let mut with_id = 0;
    for Served { name, index } in &scripts {
        let line = match index {
            Wanted::Nothing => {
                say(&format!("{name}: no debug id and no source map, left out"));
                continue;
            }
            Wanted::Unknown(why) => {
                unread += 1;
                say(&format!("{name}: cannot be read: {why}"));
                continue;
            }
            Wanted::Impossible(why) => format!("{name}: {why}"),
            Wanted::Of(id) => {
                with_id += 1;
                if receiver.is_stored(*id).await? {
                    continue;
                }
                format!("{name}: {id} is not stored")
            }
        };
        missing += 1;
        say(&line);
    }
    let count = scripts.len();
    if missing > 0 {
        return Err(SourcemapsError::Missing {
            missing,
            count,
            url: receiver.url().to_owned(),
        });
    }
    if unread > 0 {
        return Err(SourcemapsError::Unread { unread, count });
    }
    if with_id == 0 {
        let reason = "no script has a debug id: build with the plugin, or upload with --inject";
        return Err(SourcemapsError::Nothing(reason.into()));
    }
    say(&format!(
        "all {with_id} scripts and modules with an id have their index at {}",
        receiver.url()
    ));
    Ok(())
}

fn in_folder(folder: &Path) -> Result<Vec<Served>, SourcemapsError> {
    let Found {
        scripts,
        unreadable,
        modules,
        no_modules,
    } = folder::scripts_in(folder)?;
    let served = |script: Script| Served {
        index: match script.map {
            MapPlace::Inline if DebugId::of_script(&script.text).is_none() => {
                Wanted::Impossible(INLINE)
            }
            map => Wanted::of(&script.text, !matches!(map, MapPlace::Nowhere)),
        },
        name: script.path.display().to_string(),
    };
    let without_text = |path: PathBuf| Served {
        index: Wanted::Impossible(NOT_TEXT),
        name: path.display().to_string(),
    };
    let scripts = scripts.into_iter().map(served);
    Ok(scripts
        .chain(unreadable.into_iter().map(without_text))
        .chain(modules.into_iter().map(of_module))
        .chain(no_modules.into_iter().map(no_module))
        .collect())
}

fn of_module(module: FoundModule) -> Served {
    Served {
        index: match (module.id, module.described) {
            (Some(id), _) => Wanted::Of(id),
            (None, Described::Nowhere) => Wanted::Nothing,
            (None, _) => Wanted::Impossible(WITHOUT_BUILD_ID),
        },
        name: module.path.display().to_string(),
    }
}

fn no_module((path, _): (PathBuf, String)) -> Served {
    Served {
        index: Wanted::Impossible(NO_MODULE),
        name: path.display().to_string(),
    }
}

const NO_MODULE: &str = "it is no whole module of WebAssembly";
const WITHOUT_BUILD_ID: &str = "no build id; link with --build-id, or upload with --inject";
const WITHOUT_ID: &str = "no debug id; build with the plugin, or upload with --inject";
const INLINE: &str = "its source map is within the script; build with maps in files of their own";
const NOT_TEXT: &str = "it is not text in UTF-8; build it as such";
