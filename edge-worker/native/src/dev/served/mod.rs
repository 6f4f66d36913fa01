//! Scripts of development servers on this machine, with the source maps that are beside them: the
//! stacks of a page in development have their places in sources, and nothing is uploaded.

mod address;
mod fetch;
mod link;

use crate::index_process::{self, IndexProcessError};
use crate::log;
use address::LocalAddress;
use bytes::Bytes;
use fetch::{FetchError, Fetched, fetch};
use http::HeaderValue;
use http::header::ETAG;
use link::{MapPlace, map_of};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use throughline_edge::host::Level;
use throughline_edge::{ServedScript, script_addresses, symbolicate_served};
use throughline_sourcemap::DebugId;
use throughline_sourcemap::write::{Index, debug_id_of};
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::time::{timeout, timeout_at};

/// The scripts of this machine's servers. Cloning gives the same.
#[derive(Debug, Clone)]
pub(super) struct ServedScripts(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    permits: Semaphore,
    known: Mutex<BTreeMap<Box<str>, Known>>,
    /// The scripts that are being read.
    reading: Mutex<BTreeSet<Box<str>>>,
    /// Tells when one of them has been read.
    read: Notify,
}

/// A script that was read.
#[derive(Debug, Clone)]
struct Known {
    /// When it was read, or found to be the same, last.
    at: Instant,
    tag: Option<HeaderValue>,
    /// A digest of the script's bytes.
    digest: Option<DebugId>,
    /// `None` where it has no source map, or none that can be read.
    index: Option<(DebugId, Bytes)>,
}

/// Why a script has no index.
#[derive(Debug, thiserror::Error)]
enum ScriptError {
    #[error("its script: {0}")]
    Script(FetchError),
    #[error("its source map {place}: {error}")]
    Map { place: String, error: FetchError },
    #[error("its source map {0} is on another machine, and is not read")]
    Elsewhere(String),
    #[error("its source map is not UTF-8")]
    Encoding,
    #[error(transparent)]
    Index(#[from] IndexProcessError),
    #[error("no thread could make an index of its source map")]
    Thread,
    #[error("the index of its source map was not made in {} s", INDEX_WITHIN.as_secs())]
    Slow,
}

impl ServedScripts {
    pub(super) fn new() -> Self {
        Self(Arc::new(Inner {
            permits: Semaphore::new(AT_ONCE),
            known: Mutex::new(BTreeMap::new()),
            reading: Mutex::new(BTreeSet::new()),
            read: Notify::new(),
        }))
    }

    /// A request of log records, with the places of frames in sources as far as the maps are
    /// served by this machine, and can be read in time.
    pub(super) async fn symbolicate(&self, request: Bytes) -> Bytes {
        let until = Instant::now() + WAIT;
        let addresses = script_addresses(&request).into_iter();
        let reads: Vec<_> = addresses
            .filter_map(|address| LocalAddress::parse(&address))
            .take(MAX_SCRIPTS)
            .map(|address| {
                let scripts = self.clone();
                // What is not read in time is known the next time.
                tokio::spawn(async move { scripts.read(&address, until).await })
            })
            .collect();
        let mut scripts = Vec::new();
        for read in reads {
            if let Ok(Ok(script)) = timeout_at(until.into(), read).await {
                scripts.extend(script);
            }
        }
        symbolicate_served(&request, &scripts)
    }

    /// The script of an address: as it is known, or read anew. What another call reads is waited for.
    async fn read(&self, address: &LocalAddress, until: Instant) -> Option<ServedScript> {
        let text = address.to_string();
        let known = loop {
            let read = self.0.read.notified();
            if let Some(known) = self.fresh(&text) {
                break known;
            }
            if let Some(reading) = self.begin(&text)? {
                let _permit = self.0.permits.acquire().await.ok()?;
                let earlier = self.known().get(&*text).cloned();
                let asked = address.clone().without_redacted();
                let read = read_anew(&asked, earlier).await;
                let read = read.unwrap_or_else(|error| {
                    let line = format!("{address} stays as it is in stacks: {error}");
                    log::line(Level::Warning, &line);
                    Known::nothing()
                });
                self.keep(&text, read.clone());
                drop(reading);
                break read;
            }
            timeout_at(until.into(), read).await.ok()?;
        };
        let (debug_id, index) = known.index?;
        Some(ServedScript {
            address: text.into(),
            debug_id,
            index,
        })
    }

    fn fresh(&self, address: &str) -> Option<Known> {
        let is_fresh = |known: &&Known| known.at.elapsed() < FRESH_FOR;
        self.known().get(address).filter(is_fresh).cloned()
    }

    /// Begins to read a script, unless another call reads it; `None` where too many are being read.
    fn begin(&self, address: &str) -> Option<Option<Reading<'_>>> {
        let mut reading = self.reading();
        if reading.contains(address) {
            return Some(None);
        }
        if reading.len() >= MAX_READING {
            return None;
        }
        reading.insert(address.into());
        Some(Some(Reading {
            scripts: self,
            address: address.into(),
        }))
    }

    fn keep(&self, address: &str, read: Known) {
        let mut known = self.known();
        known.insert(address.into(), read);
        loop {
            let bytes: usize = known.values().map(Known::bytes).sum();
            if bytes <= MAX_INDEX_BYTES && known.len() <= MAX_KNOWN {
                return;
            }
            let oldest = known.iter().min_by_key(|(_, known)| known.at);
            let Some(oldest) = oldest.map(|(address, _)| address.clone()) else {
                return;
            };
            known.remove(&oldest);
        }
    }

    // No code panics under these locks, so a poisoned lock still guards valid state.

    fn reading(&self) -> MutexGuard<'_, BTreeSet<Box<str>>> {
        (self.0.reading.lock()).unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<Box<str>, Known>> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A script that one call reads, until this is dropped.
struct Reading<'a> {
    scripts: &'a ServedScripts,
    address: Box<str>,
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.scripts.reading().remove(&self.address);
        self.scripts.0.read.notify_waiters();
    }
}

impl Known {
    fn nothing() -> Self {
        Self {
            at: Instant::now(),
            tag: None,
            digest: None,
            index: None,
        }
    }

    fn bytes(&self) -> usize {
        self.index.as_ref().map_or(0, |(_, index)| index.len())
    }
}

async fn read_anew(address: &LocalAddress, earlier: Option<Known>) -> Result<Known, ScriptError> {
    let tag = earlier.as_ref().and_then(|earlier| earlier.tag.clone());
    let fetched = fetch(address, tag.as_ref(), MAX_SCRIPT_BYTES).await;
    let (found_at, headers, script) = match (fetched.map_err(ScriptError::Script)?, &earlier) {
        (
            Fetched::File {
                address,
                headers,
                body,
            },
            _,
        ) => (address, headers, body),
        (Fetched::NotModified, Some(earlier)) => {
            return Ok(Known {
                at: Instant::now(),
                ..earlier.clone()
            });
        }
        (Fetched::NotModified, None) => return Ok(Known::nothing()),
    };
    let digest = debug_id_of(&script);
    let known = Known {
        at: Instant::now(),
        tag: headers.get(ETAG).cloned(),
        digest: Some(digest),
        index: None,
    };
    // Some servers send no tag.
    if let Some(earlier) = earlier.filter(|earlier| earlier.digest == Some(digest)) {
        return Ok(Known {
            index: earlier.index,
            ..known
        });
    }
    let map = match std::str::from_utf8(&script).map(|script| map_of(script, &headers)) {
        Ok(Some(MapPlace::Inline(map))) => map.into(),
        Ok(Some(MapPlace::At(place))) => {
            let elsewhere = || ScriptError::Elsewhere(place.clone().into_owned());
            let place = found_at.join(&place).ok_or_else(elsewhere)?;
            match fetch(&place, None, MAX_MAP_BYTES).await {
                Ok(Fetched::File { body, .. }) => body,
                Ok(Fetched::NotModified) => return Ok(known),
                Err(error) => {
                    let place = place.to_string();
                    return Err(ScriptError::Map { place, error });
                }
            }
        }
        Ok(None) | Err(_) => return Ok(known),
    };
    let index = index(map, script, digest).await?;
    Ok(Known {
        index: Some((index.debug_id, index.bytes.into())),
        ..known
    })
}

/// Makes an index on a thread of its own: the parser of scripts takes its time.
async fn index(map: Bytes, script: Bytes, id: DebugId) -> Result<Index, ScriptError> {
    let (sender, made) = oneshot::channel();
    let work = move || {
        let texts = str::from_utf8(&map).and_then(|map| Ok((map, str::from_utf8(&script)?)));
        let index = texts.map_err(|_| ScriptError::Encoding);
        let index = index.and_then(|(map, script)| {
            // Frames may name the id that the script has.
            let id = DebugId::of_script(script).unwrap_or(id);
            Ok(index_process::create(map, script, id)?)
        });
        // Nobody waits for it any more where this fails.
        let _ = sender.send(index);
    };
    let thread = thread::Builder::new().spawn(work);
    thread.map_err(|_| ScriptError::Thread)?;
    let made = timeout(INDEX_WITHIN, made).await;
    made.map_err(|_| ScriptError::Slow)?
        .map_err(|_| ScriptError::Thread)?
}

/// How long the exceptions of one request wait.
const WAIT: Duration = Duration::from_secs(3);
/// Time for the index of a script.
const INDEX_WITHIN: Duration = Duration::from_secs(30);
/// How long a script is used without a look at its server: it changes while one works on it.
const FRESH_FOR: Duration = Duration::from_secs(2);
/// Scripts of one request that are read.
const MAX_SCRIPTS: usize = 32;
/// Scripts that are read at once, and those that wait for it besides.
const AT_ONCE: usize = 4;
const MAX_READING: usize = 64;
const MAX_SCRIPT_BYTES: usize = 16 << 20;
const MAX_MAP_BYTES: usize = 32 << 20;
/// Bytes of all indexes that are kept.
const MAX_INDEX_BYTES: usize = 64 << 20;
/// Scripts that are kept.
const MAX_KNOWN: usize = 512;

#[cfg(test)]
mod tests;
