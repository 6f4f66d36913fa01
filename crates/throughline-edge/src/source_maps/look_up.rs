//! Looks positions up in the indexes of a project, within a time limit.

use super::SourceMaps;
use super::cache::Found as Cached;
use super::store::Store;
use crate::host::{Clock, Host, IndexBytes, Level, SourceMapKey, join_all, timeout};
use crate::log_limit::LogLimit;
use crate::processor::{Found, Places, Unresolved, Wanted};
use bytes::Bytes;
use core::cell::{Cell, RefCell};
use core::ops::Range;
use core::time::Duration;
use throughline_sourcemap::{DebugId, Header, Lookup, Position, Step};

impl SourceMaps {
    /// The places of positions in scripts of a project. It takes no longer than until this time,
    /// and than the operator lets exceptions wait, whatever the store and the clock do.
    pub(crate) async fn look_up<H: Host>(
        &self,
        host: &H,
        log_limit: &LogLimit,
        project: &str,
        wanted: &Wanted,
        until_unix_nano: u64,
    ) -> Places {
        let places = RefCell::new(Places::default());
        let mut scripts = wanted.scripts();
        loop {
            let together: Vec<_> = scripts.by_ref().take(AT_ONCE).collect();
            if together.is_empty() {
                return places.into_inner();
            }
            let left = until_unix_nano.saturating_sub(host.now_unix_nano());
            let left = Duration::from_nanos(left).min(self.wait());
            if left.is_zero() {
                // What there was no time for was never asked, so that it says nothing of the store.
                for (id, _) in together {
                    places.borrow_mut().add(id, Err(Unresolved::TimedOut));
                }
                continue;
            }
            let places = &places;
            let found = together.into_iter().map(|(id, positions)| async move {
                let script = Script::new(host, project, id);
                let work = self.look_up_in(host, log_limit, &script, positions);
                let found = timeout(host, left, work).await;
                let found = found.unwrap_or_else(|| {
                    self.late(host, log_limit, &script);
                    Err(Unresolved::TimedOut)
                });
                places.borrow_mut().add(id, found);
            });
            join_all(found).await;
        }
    }

    /// Notes that a look-up ended without all of its reads. The store is left alone where one read
    /// alone took much of the time; else there was too much to read.
    fn late<H: Host>(&self, host: &H, log_limit: &LogLimit, script: &Script) {
        let silent = (host.now_unix_nano()).saturating_sub(script.heard_at_unix_nano.get());
        let silent = Duration::from_nanos(silent);
        if silent < self.wait() / 2 {
            let line = || {
                let wait = self.wait().as_secs_f64();
                format!(
                    "a request names more than could be looked up in {wait} s: some of its \
                     exceptions go on as they came"
                )
            };
            let kind = "source maps that took too long";
            log_limit.log(host, Level::Warning, kind, line);
            return;
        }
        self.rest(host);
        log(host, log_limit, || {
            let seconds = silent.as_secs_f64();
            format!("no response in {seconds:.1} s; exceptions go on as they came")
        });
    }

    async fn look_up_in<H: Host>(
        &self,
        host: &H,
        log_limit: &LogLimit,
        script: &Script,
        positions: Vec<Position>,
    ) -> Result<Found, Unresolved> {
        // An index that is stored anew meanwhile is read again from its beginning.
        for _ in 0..ATTEMPTS {
            let attempt = self.read_all(host, log_limit, script, &positions).await;
            match attempt {
                Err(Failed::Replaced) => {}
                Err(Failed::Unresolved(why)) => return Err(why),
                Ok(found) => return Ok(found),
            }
        }
        broken(host, log_limit, script, &"it is stored anew all the time");
        Err(Unresolved::Broken)
    }

    async fn read_all<H: Host>(
        &self,
        host: &H,
        log_limit: &LogLimit,
        script: &Script,
        positions: &[Position],
    ) -> Result<Found, Failed> {
        let mut lookup = Lookup::new(positions.iter().copied());
        let mut version = None;
        let mut read: Vec<Bytes> = Vec::new();
        loop {
            let bytes: Vec<&[u8]> = read.iter().map(|bytes| &bytes[..]).collect();
            let ranges = match lookup.step(&bytes) {
                Err(error) => {
                    broken(host, log_limit, script, &error);
                    return Err(Failed::Unresolved(Unresolved::Broken));
                }
                Ok(Step::Done(frames)) => {
                    return Ok(positions.iter().copied().zip(frames).collect());
                }
                Ok(Step::Read(ranges)) => ranges,
            };
            let is_first = version.is_none();
            read.clear();
            for part in self.read_ranges(host, log_limit, script, ranges).await? {
                if *version.get_or_insert_with(|| part.version.clone()) != part.version {
                    return Err(Failed::Replaced);
                }
                read.push(part.bytes);
            }
            // An index that somebody has put under a name of another is of no use.
            let header = read
                .first()
                .filter(|_| is_first)
                .map(|front| Header::parse(front));
            let of_other = header.and_then(Result::ok).map(|header| header.debug_id);
            if let Some(other) = of_other.filter(|other| *other != script.id) {
                broken(
                    host,
                    log_limit,
                    script,
                    &format_args!("it is that of {other}"),
                );
                return Err(Failed::Unresolved(Unresolved::Broken));
            }
        }
    }

    /// Ranges that do not depend on each other, some at once.
    async fn read_ranges<H: Host>(
        &self,
        host: &H,
        log_limit: &LogLimit,
        script: &Script,
        ranges: Vec<Range<u64>>,
    ) -> Result<Vec<IndexBytes>, Failed> {
        let mut all = Vec::with_capacity(ranges.len());
        for together in ranges.chunks(AT_ONCE) {
            let read = RefCell::new(vec![None; together.len()]);
            let places = &read;
            join_all(together.iter().enumerate().map(|(at, range)| async move {
                let part = self.read(host, log_limit, script, range.clone()).await;
                if let Some(place) = places.borrow_mut().get_mut(at) {
                    *place = Some(part);
                }
            }))
            .await;
            for part in read.into_inner().into_iter().flatten() {
                all.push(part?);
            }
        }
        Ok(all)
    }

    /// Bytes of an index, from the cache or the store.
    async fn read<H: Host>(
        &self,
        host: &H,
        log_limit: &LogLimit,
        script: &Script,
        range: Range<u64>,
    ) -> Result<IndexBytes, Failed> {
        let key = &script.key;
        let bytes = range.end.saturating_sub(range.start);
        if bytes > Lookup::LONGEST_RANGE {
            broken(
                host,
                log_limit,
                script,
                &format_args!("it has a part of {bytes} bytes"),
            );
            return Err(Failed::Unresolved(Unresolved::Broken));
        }
        let now = host.now_unix_nano();
        let rests = {
            let mut cache = self.cache();
            match cache.find(key, &range, now) {
                Cached::Bytes(read) => return Ok(read),
                Cached::Absent => return Err(Failed::Unresolved(Unresolved::Missing)),
                Cached::Unknown => cache.rests(now),
            }
        };
        if rests {
            return Err(Failed::Unresolved(Unresolved::StoreFailed));
        }
        let read = Store::new(self, host).read(key, range.clone()).await;
        let now = host.now_unix_nano();
        script.heard_at_unix_nano.set(now);
        match read {
            Ok(read) => {
                self.cache().keep(key, &range, read.as_ref(), now);
                read.ok_or(Failed::Unresolved(Unresolved::Missing))
            }
            Err(error) => {
                self.rest(host);
                log(host, log_limit, || error.to_string());
                Err(Failed::Unresolved(Unresolved::StoreFailed))
            }
        }
    }

    fn rest(&self, clock: &impl Clock) {
        self.cache().rest(clock.now_unix_nano());
    }
}

/// A script that is looked up.
struct Script {
    id: DebugId,
    key: SourceMapKey,
    /// When the store last responded to a read, or the first one began.
    heard_at_unix_nano: Cell<u64>,
}

impl Script {
    fn new(clock: &impl Clock, project: &str, id: DebugId) -> Self {
        Self {
            id,
            key: SourceMapKey::new(project, &id),
            heard_at_unix_nano: Cell::new(clock.now_unix_nano()),
        }
    }
}

/// Why an attempt to look up ended.
#[derive(Clone, Copy)]
enum Failed {
    /// The index was stored anew meanwhile.
    Replaced,
    Unresolved(Unresolved),
}

/// Logs a failure of the store.
fn log<H: Host>(host: &H, log_limit: &LogLimit, why: impl FnOnce() -> String) {
    let line = || format!("the store of source maps failed: {}", why());
    log_limit.log(host, Level::Warning, "the store of source maps", line);
}

/// Logs that an index cannot be used.
fn broken<H: Host>(host: &H, log_limit: &LogLimit, script: &Script, why: &dyn core::fmt::Display) {
    let line = || format!("the index {} is broken: {why}; upload it again", script.key);
    log_limit.log(host, Level::Warning, "a broken index of a source map", line);
}

/// Indexes that are read at once for one request, and ranges of one that are.
const AT_ONCE: usize = 8;
/// How often an index is read that is stored anew meanwhile.
const ATTEMPTS: usize = 3;
