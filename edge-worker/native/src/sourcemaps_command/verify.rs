//! `throughline sourcemaps verify`: says which scripts have no index at the edge.

use super::receiver::Receiver;
use super::{SourcemapsError, folder, page, say};
use std::path::Path;
use throughline_sourcemap::DebugId;

/// A script, and the id that it names.
pub(super) struct Served {
    pub(super) name: String,
    pub(super) id: Option<DebugId>,
    /// Whether it has a map: code of others often has none, and there is nothing to upload then.
    pub(super) has_map: bool,
}

/// Looks at each script of folders and pages.
///
/// # Errors
/// [`SourcemapsError::Missing`], and what keeps it from looking.
pub(super) async fn run(places: &[String], receiver: Receiver) -> Result<(), SourcemapsError> {
    let mut scripts = Vec::new();
    for place in places {
        let found = match place.split_once("://") {
            Some(("http" | "https", _)) => page::scripts_of(place, &receiver).await?,
            _ => in_folder(Path::new(place))?,
        };
        if found.is_empty() {
            let reason = format!("{place} has no scripts in files of their own");
            return Err(SourcemapsError::Nothing(reason));
        }
        scripts.extend(found);
    }
    let mut missing = 0;
    for Served { name, id, has_map } in &scripts {
        let line = match id {
            None if !has_map => {
                say(&format!("{name}: no debug id and no source map, left out"));
                continue;
            }
            None => format!("{name}: no debug id; build with the plugin, or upload with --inject"),
            Some(id) if receiver.is_stored(*id).await? => continue,
            Some(id) => format!("{name}: {id} is not stored"),
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
    let with_id = scripts.iter().filter(|script| script.id.is_some()).count();
    if with_id == 0 {
        let reason = "no script has a debug id: build with the plugin, or upload with --inject";
        return Err(SourcemapsError::Nothing(reason.into()));
    }
    say(&format!(
        "all {with_id} scripts with a debug id have their index at {}",
        receiver.url()
    ));
    Ok(())
}

fn in_folder(folder: &Path) -> Result<Vec<Served>, SourcemapsError> {
    let scripts = folder::scripts_in(folder)?;
    let served = |script: folder::Script| Served {
        id: DebugId::of_script(&script.text),
        name: script.path.display().to_string(),
        has_map: script.map.is_some(),
    };
    Ok(scripts.into_iter().map(served).collect())
}
