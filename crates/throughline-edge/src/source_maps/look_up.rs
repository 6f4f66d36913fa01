//! Looks positions up in the indexes of a project, within a time limit.

use super::SourceMaps;
use super::cache::Found as Cached;
use super::store::Store;
use crate::host::{Clock, Host, IndexBytes, Level, SourceMapKey, join_all, timeout};
use crate::log_limit::LogLimit;
use crate::processor::{Found, Places, Unresolved, Wanted};
use bytes::Bytes;
use core::cell::RefCell;
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
            let places = &places;
            let found = together.into_iter().map(|(id, positions)| async move {
                let key = SourceMapKey::new(project, &id);
                let work = self.look_up_in(host, log_limit, (&key, id), positions);
                let found = timeout(host, left, work).await;
                let found = found.unwrap_or_else(|| {
                    self.rest(host);
                    let seconds = self.wait().as_secs_f64();
                    log(host, log_limit, || {
                        format!("no response in {seconds} s; exceptions go on as they came")
                    });
                    Err(Unresolved::TimedOut)
                });
                places.borrow_mut().add(id, found);
            });
            join_all(found).await;
        }
    }

    async fn look_up_in<H: Host>(
        &self,
        host: &H,
        log_limit: &LogLimit,
        (key, id): (&SourceMapKey, DebugId),
        positions: Vec<Position>,
    ) -> Result<Found, Unresolved> {
        // An index that is stored anew meanwhile is read again from its beginning.
        for _ in 0..ATTEMPTS {
            let attempt = self.read_all(host, log_limit, (key, id), &positions).await;
            match attempt {
                Err(Failed::Replaced) => {}
                Err(Failed::Unresolved(why)) => return Err(why),
                Ok(found) => return Ok(found),
            }
        }
        Err(Unresolved::Broken)
    }

    async fn read_all<H: Host>(
        &self,
        host: &H,
        log_limit: &LogLimit,
        (key, id): (&SourceMapKey, DebugId),
        positions: &[Position],
    ) -> Result<Found, Failed> {
        let mut lookup = Lookup::new(positions.iter().copied());
        let mut version = None;
        let mut read: Vec<Bytes> = Vec::new();
        loop {
            let bytes: Vec<&[u8]> = read.iter().map(|bytes| &bytes[..]).collect();
            let ranges = match lookup.step(&bytes) {
                Err(error) => {
                    let line = || format!("the index {key} is broken: {error}; upload it again");
                    log_limit.log(host, Level::Warning, "a broken index of a source map", line);
                    return Err(Failed::Unresolved(Unresolved::Broken));
                }
                Ok(Step::Done(frames)) => {
                    return Ok(positions.iter().copied().zip(frames).collect());
                }
                Ok(Step::Read(ranges)) => ranges,
            };
            let is_first = version.is_none();
            read.clear();
            for part in self.read_ranges(host, log_limit, key, ranges).await? {
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
            if header.is_some_and(|header| header.is_ok_and(|header| header.debug_id != id)) {
                return Err(Failed::Unresolved(Unresolved::Broken));
            }
        }
    }

    /// Ranges that do not depend on each other, some at once.
    async fn read_ranges<H: Host>(
        &self,
        host: &H,
        log_limit: &LogLimit,
        key: &SourceMapKey,
        ranges: Vec<Range<u64>>,
    ) -> Result<Vec<IndexBytes>, Failed> {
        let mut all = Vec::with_capacity(ranges.len());
        for together in ranges.chunks(AT_ONCE) {
            let read = RefCell::new(vec![None; together.len()]);
            let places = &read;
            join_all(together.iter().enumerate().map(|(at, range)| async move {
                let part = self.read(host, log_limit, key, range.clone()).await;
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
        key: &SourceMapKey,
        range: Range<u64>,
    ) -> Result<IndexBytes, Failed> {
        if range.end.saturating_sub(range.start) > LONGEST_READ {
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
        match Store::new(self, host).read(key, range.clone()).await {
            Ok(read) => {
                let now = host.now_unix_nano();
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

/// Indexes that are read at once for one request, and ranges of one that are.
const AT_ONCE: usize = 8;
/// How often an index is read that is stored anew meanwhile.
const ATTEMPTS: usize = 3;
/// Bytes of one read. What a broken index asks for beyond it is not read.
const LONGEST_READ: u64 = 2 << 20;
