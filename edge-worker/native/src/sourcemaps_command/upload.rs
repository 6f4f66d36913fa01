//! `throughline sourcemaps upload`: makes an index of each map, and uploads those that are not stored.

use super::folder::{self, Script};
use super::receiver::Receiver;
use super::stamp::{StampError, stamp};
use super::{SourcemapsError, say};
use crate::index_process::{self, IndexProcessError};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};
use throughline_sourcemap::DebugId;
use tokio::task::{JoinSet, spawn_blocking};

/// A script with its map, and their id.
struct Pair {
    id: DebugId,
    path: PathBuf,
    script: String,
    map: PathBuf,
}

/// How far the upload is.
struct Progress {
    count: usize,
    uploaded: usize,
    stored: usize,
    bytes: usize,
    said: Instant,
}

/// Uploads the maps in folders, some at a time.
///
/// # Errors
/// [`SourcemapsError`]: of the first map that is not uploaded.
pub(super) async fn run(
    folders: &[PathBuf],
    receiver: Receiver,
    inject: bool,
) -> Result<(), SourcemapsError> {
    // Scripts with the same text have one id.
    let mut pairs = BTreeMap::new();
    for folder in folders {
        for pair in pairs_in(folder, inject)? {
            pairs.insert(pair.id, pair);
        }
    }
    let progress = Rc::new(RefCell::new(Progress {
        count: pairs.len(),
        uploaded: 0,
        stored: 0,
        bytes: 0,
        said: Instant::now(),
    }));
    let waiting: VecDeque<Pair> = pairs.into_values().collect();
    let waiting = Rc::new(RefCell::new(waiting));
    let mut work: JoinSet<Result<(), SourcemapsError>> = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (waiting, progress) = (Rc::clone(&waiting), Rc::clone(&progress));
        let receiver = receiver.clone();
        work.spawn_local(async move {
            loop {
                let next = waiting.borrow_mut().pop_front();
                let Some(pair) = next else {
                    return Ok(());
                };
                upload(pair, &receiver, &progress).await?;
            }
        });
    }
    while let Some(done) = work.join_next().await {
        // Of the first that fails; dropping the others ends them.
        done.map_err(|error| SourcemapsError::System(error.into()))??;
    }
    let Progress {
        uploaded,
        stored,
        bytes,
        ..
    } = &*progress.borrow();
    let size = *bytes as f64 / 1_000_000.0;
    say(&format!(
        "source maps: {uploaded} uploaded ({size:.1} MB), {stored} stored already"
    ));
    Ok(())
}

/// The scripts of a folder that have a map. What lacks an id gets one, or is an error.
fn pairs_in(folder: &Path, inject: bool) -> Result<Vec<Pair>, SourcemapsError> {
    let mut pairs = Vec::new();
    let mut without_id = Vec::new();
    for Script { path, text, map } in folder::scripts_in(folder)? {
        let Some(map) = map else {
            continue;
        };
        let mut pair = Pair {
            id: DebugId::from_bytes([0; 16]),
            path,
            script: text,
            map,
        };
        if inject {
            pair.inject()?;
        }
        match DebugId::of_script(&pair.script) {
            Some(id) => pairs.push(Pair { id, ..pair }),
            None => without_id.push(pair.path),
        }
    }
    match (without_id.first(), pairs.is_empty()) {
        (Some(first), true) => Err(SourcemapsError::Nothing(format!(
            "no script in {} has a debug id, such as {}: build with the plugin, or add --inject, which writes into the files that you then deploy",
            folder.display(),
            first.display()
        ))),
        (Some(first), false) => {
            say(&format!(
                "{} scripts have no debug id and are left out, such as {}: --inject writes one",
                without_id.len(),
                first.display()
            ));
            Ok(pairs)
        }
        (None, true) => Err(SourcemapsError::Nothing(format!(
            "no script in {} has a source map: switch them on in the build, and keep them out of what visitors can read",
            folder.display()
        ))),
        (None, false) => Ok(pairs),
    }
}

impl Pair {
    /// Gives script and map an id, in their files.
    fn inject(&mut self) -> Result<(), SourcemapsError> {
        let map = folder::read(&self.map)?;
        let stamped = match stamp(&self.script, &map) {
            Ok(stamped) => stamped,
            Err(StampError::Inline) => return Ok(()),
            Err(error) => {
                let path = self.path.clone();
                return Err(SourcemapsError::Stamp { path, error });
            }
        };
        // The map first: one that knows of a line which is not there yet is written anew.
        if stamped.script != self.script {
            folder::write(&self.map, &stamped.map)?;
            folder::write(&self.path, &stamped.script)?;
            self.script = stamped.script;
        }
        Ok(())
    }

    fn index(&self) -> Result<Vec<u8>, SourcemapsError> {
        let map = folder::read(&self.map)?;
        let index = index_process::create(&map, &self.script, self.id);
        index.map(|index| index.bytes).map_err(|error| match error {
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

async fn upload(
    pair: Pair,
    receiver: &Receiver,
    progress: &RefCell<Progress>,
) -> Result<(), SourcemapsError> {
    if receiver.is_stored(pair.id).await? {
        progress.borrow_mut().stored += 1;
    } else {
        let id = pair.id;
        let index = spawn_blocking(move || pair.index()).await;
        let index = index.map_err(|error| SourcemapsError::System(error.into()))??;
        let length = index.len();
        receiver.put(id, index.into()).await?;
        let mut progress = progress.borrow_mut();
        progress.uploaded += 1;
        progress.bytes += length;
    }
    let mut progress = progress.borrow_mut();
    let done = progress.uploaded + progress.stored;
    if done < progress.count && progress.said.elapsed() >= BETWEEN_LINES {
        progress.said = Instant::now();
        say(&format!("source maps: {done} of {}", progress.count));
    }
    Ok(())
}

/// Requests at a time.
const AT_ONCE: usize = 6;
/// The shortest time between two lines of progress.
const BETWEEN_LINES: Duration = Duration::from_secs(2);
