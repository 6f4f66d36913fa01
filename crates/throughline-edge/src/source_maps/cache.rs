//! The parts of indexes that were read recently, and the keys that have none.

use crate::SortedMap;
use crate::host::{IndexBytes, SourceMapKey};
use crate::time::nanos;
use bytes::Bytes;
use core::ops::Range;
use core::time::Duration;

/// A cache of parts of indexes, bounded in bytes. The index that was used least recently goes first.
#[derive(Debug)]
pub(super) struct Cache {
    max_bytes: usize,
    bytes: usize,
    entries: SortedMap<SourceMapKey, Entry>,
    /// The keys that have no index, and until when that holds. They have a bound of their own:
    /// whoever has a public key may name any, and costs no index its place.
    absent: SortedMap<SourceMapKey, u64>,
    /// Counts uses.
    now: u64,
    /// Until when the store is left alone, because it failed.
    resting_until: u64,
}

/// The parts of one index.
#[derive(Debug)]
struct Entry {
    version: Box<str>,
    /// By where they begin.
    parts: SortedMap<u64, Part>,
    bytes: usize,
    used: u64,
    /// When it is read anew: the index may have been stored, or stored again, by then.
    until_unix_nano: u64,
}

#[derive(Debug)]
struct Part {
    /// The end of the range that was asked for. The bytes end before it at the end of the index.
    end: u64,
    bytes: Bytes,
}

/// The content of a cache for a range.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The bytes.
    Bytes(IndexBytes),
    /// There is no index of this key.
    Absent,
    /// Nothing: it is to be read.
    Unknown,
}

impl Cache {
    pub(super) const fn new(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            bytes: 0,
            entries: SortedMap::new(),
            absent: SortedMap::new(),
            now: 0,
            resting_until: 0,
        }
    }

    /// The bytes of a range, if they are here.
    pub(super) fn find(
        &mut self,
        key: &SourceMapKey,
        range: &Range<u64>,
        now_unix_nano: u64,
    ) -> Found {
        self.now += 1;
        if let Some(until) = self.absent.get(key) {
            if is_fresh(*until, now_unix_nano, ABSENT_FOR) {
                return Found::Absent;
            }
            self.absent.remove(key);
        }
        let Some(entry) = self.entries.get_mut(key) else {
            return Found::Unknown;
        };
        if !is_fresh(entry.until_unix_nano, now_unix_nano, FRESH_FOR) {
            self.remove(key);
            return Found::Unknown;
        }
        entry.used = self.now;
        // Look-ups ask for the same ranges again: whole blocks, of which each has one beginning.
        let part = entry.parts.get(&range.start);
        let Some(part) = part.filter(|part| part.end >= range.end) else {
            return Found::Unknown;
        };
        let length = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX);
        Found::Bytes(IndexBytes {
            bytes: part.bytes.slice(..length.min(part.bytes.len())),
            version: entry.version.clone(),
        })
    }

    /// Keeps what was read of an index. What was read of an earlier version goes.
    pub(super) fn keep(
        &mut self,
        key: &SourceMapKey,
        range: &Range<u64>,
        read: Option<&IndexBytes>,
        now_unix_nano: u64,
    ) {
        let Some(IndexBytes { bytes, version }) = read else {
            self.remove(key);
            self.keep_absent(key, now_unix_nano);
            return;
        };
        self.absent.remove(key);
        if (self.entries.get(key)).is_some_and(|entry| entry.version != *version) {
            self.remove(key);
        }
        // One index does not drive out all others.
        if bytes.len() > self.max_bytes / LARGEST_SHARE {
            return;
        }
        self.now += 1;
        let bytes_of_all = &mut self.bytes;
        let entry = self.entries.or_insert_with(key.clone(), || {
            *bytes_of_all += ENTRY_BYTES;
            Entry {
                version: version.clone(),
                parts: SortedMap::new(),
                bytes: ENTRY_BYTES,
                used: 0,
                until_unix_nano: now_unix_nano.saturating_add(nanos(FRESH_FOR)),
            }
        });
        entry.used = self.now;
        let part = Part {
            end: range.end,
            bytes: bytes.clone(),
        };
        let added = part.bytes.len() + PART_BYTES;
        let replaced = entry.parts.insert(range.start, part);
        let removed = replaced.map_or(0, |part| part.bytes.len() + PART_BYTES);
        entry.bytes = entry.bytes + added - removed;
        self.bytes = self.bytes + added - removed;
        if entry.bytes > self.max_bytes / LARGEST_SHARE {
            self.remove(key);
        }
        self.shrink();
    }

    /// Keeps that a key has no index. Where too many have none, those that are the oldest go.
    fn keep_absent(&mut self, key: &SourceMapKey, now_unix_nano: u64) {
        let until = now_unix_nano.saturating_add(nanos(ABSENT_FOR));
        self.absent.insert(key.clone(), until);
        if self.absent.len() > MAX_ABSENT {
            let oldest = self.absent.iter().min_by_key(|(_, until)| **until);
            if let Some(key) = oldest.map(|(key, _)| key.clone()) {
                self.absent.remove(&key);
            }
        }
    }

    /// Forgets an index, or that there is none: another one takes its place.
    pub(super) fn remove(&mut self, key: &SourceMapKey) {
        self.absent.remove(key);
        if let Some(entry) = self.entries.remove(key) {
            self.bytes -= entry.bytes;
        }
    }

    /// Leaves the store alone for a while, because it failed: nobody waits for it meanwhile.
    pub(super) fn rest(&mut self, now_unix_nano: u64) {
        self.resting_until = now_unix_nano.saturating_add(nanos(REST));
    }

    /// Whether the store is left alone.
    pub(super) fn rests(&self, now_unix_nano: u64) -> bool {
        is_fresh(self.resting_until, now_unix_nano, REST)
    }

    fn shrink(&mut self) {
        while self.bytes > self.max_bytes || self.entries.len() > MAX_ENTRIES {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else {
                return;
            };
            self.remove(&key);
        }
    }
}

/// Whether a time has not come that was this far ahead at most. A clock that jumps back keeps
/// nothing for longer than it would be kept from now on.
fn is_fresh(until_unix_nano: u64, now_unix_nano: u64, at_most: Duration) -> bool {
    let left = until_unix_nano.saturating_sub(now_unix_nano);
    left > 0 && left <= nanos(at_most)
}

/// How long parts of an index are used without a look at the store.
const FRESH_FOR: Duration = Duration::from_secs(300);
/// The same for a key that has no index: one may be uploaded a moment later.
const ABSENT_FOR: Duration = Duration::from_secs(30);
/// How long a store is left alone that failed.
const REST: Duration = Duration::from_secs(10);
/// The part of the cache that one index may take.
const LARGEST_SHARE: usize = 2;
/// Memory of an entry beside its bytes, about: its key and its nodes.
const ENTRY_BYTES: usize = 256;
/// Memory of a part beside its bytes, about.
const PART_BYTES: usize = 64;
/// The entry that goes is searched among all of them.
const MAX_ENTRIES: usize = 1024;
/// Keys without an index that are known: those of several requests.
const MAX_ABSENT: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn key(name: &str) -> SourceMapKey {
        SourceMapKey::new("shop", &name)
    }

    fn read(bytes: &'static [u8], version: &str) -> IndexBytes {
        IndexBytes {
            bytes: Bytes::from_static(bytes),
            version: version.into(),
        }
    }

    #[test]
    fn a_range_is_found_by_where_it_begins() {
        let mut cache = Cache::new(100_000);
        cache.keep(&key("a"), &(10..20), Some(&read(b"0123456789", "1")), 0);
        // The end of the index.
        cache.keep(&key("a"), &(20..40), Some(&read(b"abc", "1")), 0);
        for (range, expected) in [
            (10..20, Some(&b"0123456789"[..])),
            (10..15, Some(b"01234")),
            (20..30, Some(b"abc")),
            (10..21, None),
            (15..25, None),
            (9..12, None),
            (20..41, None),
        ] {
            let found = match cache.find(&key("a"), &range, 1) {
                Found::Bytes(found) => Some(found.bytes),
                _ => None,
            };
            assert_eq!(found.as_deref(), expected, "{range:?}");
        }
        assert_eq!(cache.find(&key("b"), &(10..20), 1), Found::Unknown);
    }

    #[test]
    fn parts_of_two_versions_are_never_together() {
        let mut cache = Cache::new(100_000);
        cache.keep(&key("a"), &(0..4), Some(&read(b"head", "1")), 0);
        cache.keep(&key("a"), &(4..8), Some(&read(b"body", "2")), 0);
        assert_eq!(cache.find(&key("a"), &(0..4), 1), Found::Unknown);
        let Found::Bytes(found) = cache.find(&key("a"), &(4..8), 1) else {
            panic!("it is kept");
        };
        assert_eq!(&*found.version, "2");
    }

    #[test]
    fn what_is_not_there_is_asked_for_again_sooner() {
        let mut cache = Cache::new(100_000);
        cache.keep(&key("a"), &(0..4), None, 0);
        cache.keep(&key("b"), &(0..4), Some(&read(b"head", "1")), 0);
        assert_eq!(cache.find(&key("a"), &(0..4), 29 * SECOND), Found::Absent);
        assert_eq!(cache.find(&key("a"), &(0..4), 31 * SECOND), Found::Unknown);
        let b = |cache: &mut Cache, at| cache.find(&key("b"), &(0..4), at * SECOND);
        assert!(matches!(b(&mut cache, 299), Found::Bytes(_)));
        assert_eq!(b(&mut cache, 301), Found::Unknown);
    }

    #[test]
    fn memory_is_bounded_and_the_index_used_last_stays() {
        let mut cache = Cache::new(4_000);
        for at in 0..2_000 {
            let name = format!("{at}");
            cache.keep(&key(&name), &(0..4), Some(&read(b"head", "1")), 0);
            cache.keep(&key("used"), &(0..4), Some(&read(b"head", "1")), 0);
            let used: usize = cache.entries.values().map(|entry| entry.bytes).sum();
            assert_eq!(cache.bytes, used);
            assert!(cache.bytes <= 4_000);
        }
        assert!(matches!(
            cache.find(&key("used"), &(0..4), 1),
            Found::Bytes(_)
        ));
        let large = IndexBytes {
            bytes: vec![0; 3_000].into(),
            version: "1".into(),
        };
        cache.keep(&key("large"), &(0..3_000), Some(&large), 0);
        assert_eq!(cache.find(&key("large"), &(0..3_000), 1), Found::Unknown);
        assert!(matches!(
            cache.find(&key("used"), &(0..4), 1),
            Found::Bytes(_)
        ));
    }

    #[test]
    fn keys_without_an_index_cost_no_index_its_place() {
        let mut cache = Cache::new(100_000);
        cache.keep(&key("used"), &(0..4), Some(&read(b"head", "1")), 0);
        for at in 0..5_000 {
            cache.keep(&key(&format!("{at}")), &(0..4), None, at);
        }
        assert!(matches!(
            cache.find(&key("used"), &(0..4), 5_000),
            Found::Bytes(_)
        ));
        assert_eq!(cache.absent.len(), 256);
        let find = |cache: &mut Cache, name: &str| cache.find(&key(name), &(0..4), 5_000);
        assert_eq!(find(&mut cache, "4999"), Found::Absent);
        assert_eq!(find(&mut cache, "0"), Found::Unknown, "the oldest goes");
        // An index that is gone, and one that has come.
        cache.keep(&key("used"), &(0..4), None, 5_000);
        assert_eq!(find(&mut cache, "used"), Found::Absent);
        cache.keep(&key("used"), &(0..4), Some(&read(b"head", "2")), 5_000);
        assert!(matches!(find(&mut cache, "used"), Found::Bytes(_)));
        cache.keep(&key("used"), &(0..4), None, 5_000);
        cache.remove(&key("used"));
        assert_eq!(find(&mut cache, "used"), Found::Unknown);
    }

    #[test]
    fn a_store_that_failed_rests() {
        let mut cache = Cache::new(100);
        assert!(!cache.rests(0));
        cache.rest(SECOND);
        assert!(cache.rests(2 * SECOND));
        assert!(!cache.rests(12 * SECOND));
        // The clock has jumped back.
        cache.rest(100 * SECOND);
        assert!(!cache.rests(SECOND));
    }
}
