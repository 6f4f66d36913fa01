//! `throughline sourcemaps upload`: makes an index of each map and each module, and uploads those that are not stored.

use super::arguments::Change;
use super::pairs::{Pair, pairs_in};
use super::receiver::Receiver;
use super::{SourcemapsError, say};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};
use throughline_sourcemap::DebugId;
use throughline_sourcemap::write::Functions;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_blocking};

/// How far the upload is.
struct Progress {
    count: usize,
    uploaded: usize,
    stored: usize,
    left_out: usize,
    /// Those of which no index could be made, or whose index the edge has refused.
    failed: BTreeSet<DebugId>,
    /// The first of them, and its fault.
    first: Option<String>,
    bytes: usize,
    said: Instant,
}

/// Uploads indexes of the maps and modules in folders, some at a time.
///
/// # Errors
/// [`SourcemapsError`]: of the first map that meets no edge, or a key that it refuses; in the end
/// [`SourcemapsError::NotUploaded`] where others are not uploaded.
pub(super) async fn run(
    folders: &[PathBuf],
    receiver: Receiver,
    change: Change,
) -> Result<(), SourcemapsError> {
    // Scripts with the same text have one id, and so have copies of a module.
    let mut pairs: BTreeMap<_, Pair> = BTreeMap::new();
    let mut copies = Vec::new();
    let mut left_out = 0;
    for folder in folders {
        let (found, others) = pairs_in(folder, change)?;
        for pair in found {
            copies.extend(pairs.insert(pair.id, pair));
        }
        left_out += others;
    }
    let progress = Rc::new(RefCell::new(Progress {
        count: pairs.len(),
        uploaded: 0,
        stored: 0,
        left_out,
        failed: BTreeSet::new(),
        first: None,
        bytes: 0,
        said: Instant::now(),
    }));
    let waiting: VecDeque<Pair> = pairs.into_values().collect();
    let waiting = Rc::new(RefCell::new(waiting));
    let makers = Rc::new(Semaphore::new(INDEXES_AT_ONCE));
    let mut work: JoinSet<Result<(), SourcemapsError>> = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (waiting, progress) = (Rc::clone(&waiting), Rc::clone(&progress));
        let (receiver, makers) = (receiver.clone(), Rc::clone(&makers));
        work.spawn_local(async move {
            loop {
                let next = waiting.borrow_mut().pop_front();
                let Some(pair) = next else {
                    return Ok(());
                };
                let (id, path) = (pair.id, pair.path().to_owned());
                match upload(pair, &receiver, &makers, &progress, change).await {
                    Err(error) if error.is_of_one_file() => {
                        // Only what a request comes to does not name the file itself.
                        let fault = match error {
                            SourcemapsError::Receiver(error) => {
                                format!("{}: {error}", path.display())
                            }
                            error => error.to_string(),
                        };
                        say(&format!("not uploaded: {fault}"));
                        let mut progress = progress.borrow_mut();
                        progress.failed.insert(id);
                        progress.first.get_or_insert(fault);
                    }
                    done => done?,
                }
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
        left_out,
        failed,
        first,
        bytes,
        count,
        ..
    } = &mut *progress.borrow_mut();
    if change.strip {
        // What is in no index stays in the file.
        copies.retain(|copy| !failed.contains(&copy.id));
        copies.iter().try_for_each(Pair::strip)?;
    }
    let size = *bytes as f64 / 1_000_000.0;
    let left_out = match left_out {
        0 => String::new(),
        count => format!(", {count} files left out"),
    };
    let not_uploaded = match failed.len() {
        0 => String::new(),
        count => format!(", {count} not uploaded"),
    };
    say(&format!(
        "source maps: {uploaded} uploaded ({size:.1} MB), {stored} stored already{left_out}{not_uploaded}"
    ));
    match first.take() {
        None => Ok(()),
        Some(first) => Err(SourcemapsError::NotUploaded {
            failed: failed.len(),
            count: *count,
            first,
        }),
    }
}

async fn upload(
    pair: Pair,
    receiver: &Receiver,
    makers: &Semaphore,
    progress: &RefCell<Progress>,
    change: Change,
) -> Result<(), SourcemapsError> {
    if receiver.is_stored(pair.id).await? {
        progress.borrow_mut().stored += 1;
        if change.strip {
            pair.strip()?;
        }
    } else if !pair.has_content() {
        say(&format!(
            "left out: {}: {NOT_STORED}",
            pair.path().display()
        ));
        progress.borrow_mut().left_out += 1;
    } else {
        let path = pair.path().display().to_string();
        // Never closed.
        let permit = makers.acquire().await;
        let made = spawn_blocking(move || (pair.index(), pair)).await;
        let (index, pair) = made.map_err(|error| SourcemapsError::System(error.into()))?;
        let index = index?;
        drop(permit);
        if let Functions::Unparsable(why) = &index.summary.functions {
            say(&format!(
                "{path}: its functions have the names of the map alone: {why}"
            ));
        }
        let length = index.bytes.len();
        receiver.put(index.debug_id, index.bytes.into()).await?;
        if change.strip {
            pair.strip()?;
        }
        let mut progress = progress.borrow_mut();
        progress.uploaded += 1;
        progress.bytes += length;
    }
    let mut progress = progress.borrow_mut();
    let done = progress.uploaded + progress.stored + progress.left_out + progress.failed.len();
    if done < progress.count && progress.said.elapsed() >= BETWEEN_LINES {
        progress.said = Instant::now();
        say(&format!("source maps: {done} of {}", progress.count));
    }
    Ok(())
}

const NOT_STORED: &str = "it has a build id and no debug information, and no index of it is stored: build it with debug information";
/// Indexes that are made at a time: each needs its map and its script several times over in memory.
const INDEXES_AT_ONCE: usize = 2;
/// Requests at a time.
const AT_ONCE: usize = 6;
/// The shortest time between two lines of progress.
const BETWEEN_LINES: Duration = Duration::from_secs(2);
