//! Older names of attributes, and what they are called today.
//!
//! The table is generated from `older-names.toml`, which says where it comes from.
//!
//! ```
//! use throughline_semconv::older::{Place, today};
//!
//! let method = today(b"http.method", Place::Span).expect("an older name");
//! assert_eq!(method.name, "http.request.method");
//! assert!(today(b"http.request.method", Place::Span).is_none());
//! ```

// As `cargo xtask codegen` writes it.
#[rustfmt::skip]
mod generated;

pub use generated::SCHEMA_URL;
use generated::TABLE;

/// An older name, and what it is called today.
#[derive(Debug, PartialEq, Eq)]
pub struct Older {
    /// The older name.
    pub older: &'static str,
    /// Today's name.
    pub name: &'static str,
    /// Today's name on spans of the kinds `SERVER` and `CONSUMER`, where it is another.
    pub name_of_server: Option<&'static str>,
    /// The change to the value.
    pub value: OlderValue,
    /// Bits of [`Place`].
    places: u8,
}

/// The change to a value under today's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OlderValue {
    /// The value stays.
    Same,
    /// The value is an integer today.
    Int,
    /// The value is a string today.
    Text,
    /// These values have another name today: `(older, today's)`. Others stay.
    Renamed(&'static [(&'static str, &'static str)]),
    /// Only these values have a name today. The attribute stays when it has another.
    Only(&'static [(&'static str, &'static str)]),
    /// The value is a path with a query. The path has today's name, and the query this one.
    Target(&'static str),
}

/// A message that has attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Place {
    /// A resource.
    Resource = 1,
    /// A span.
    Span = 2,
    /// An event of a span.
    Event = 4,
    /// A log record.
    LogRecord = 8,
}

/// Today's name of an attribute; `None` when its name is no older one.
#[inline]
pub fn today(name: &[u8], place: Place) -> Option<&'static Older> {
    if !may_be_older(name) {
        return None;
    }
    let at = TABLE.binary_search_by(|older| older.older.as_bytes().cmp(name));
    let older = TABLE.get(at.ok()?)?;
    (older.places & place as u8 != 0).then_some(older)
}

/// Whether a name is an older one somewhere.
pub fn is_older(name: &str) -> bool {
    TABLE
        .binary_search_by(|older| older.older.cmp(name))
        .is_ok()
}

/// Whether a name shares its bit with an older one: most of today's names do not.
#[inline]
fn may_be_older(name: &[u8]) -> bool {
    let bit = bit_of(name);
    BITS[bit / 64] >> (bit % 64) & 1 != 0
}

/// A hash of the whole name, eight bytes at a time: older names differ from today's by little.
#[inline]
const fn bit_of(name: &[u8]) -> usize {
    let mut hash = name.len() as u64;
    let mut rest = name;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        hash = mixed(hash, u64::from_le_bytes(*word));
        rest = after;
    }
    match name.last_chunk::<8>() {
        // Some of these bytes again.
        Some(last) => hash = mixed(hash, u64::from_le_bytes(*last)),
        None => {
            while let [byte, after @ ..] = rest {
                hash = mixed(hash, *byte as u64);
                rest = after;
            }
        }
    }
    (hash >> 40) as usize % (WORDS * 64)
}

#[inline]
const fn mixed(hash: u64, word: u64) -> u64 {
    // The golden ratio: an odd number without a pattern.
    (hash.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

static BITS: [u64; WORDS] = {
    let mut bits = [0; WORDS];
    let mut at = 0;
    while at < TABLE.len() {
        let bit = bit_of(TABLE[at].older.as_bytes());
        bits[bit / 64] |= 1 << (bit % 64);
        at += 1;
    }
    bits
};

/// Words of [`BITS`]: one of today's names in thirty shares its bit.
const WORDS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_older_name_is_found_and_no_name_of_today_is_one() {
        for older in &TABLE {
            let places = [Place::Resource, Place::Span, Place::Event, Place::LogRecord];
            let found = places.map(|place| today(older.older.as_bytes(), place));
            let is_found = found.iter().flatten().all(|found| *found == older);
            assert!(is_found && found.iter().any(Option::is_some), "{older:?}");
            // Otherwise a second pass would change it again.
            for name in [Some(older.name), older.name_of_server] {
                assert!(name.is_none_or(|name| !is_older(name)), "{older:?}");
            }
        }
    }

    #[test]
    fn names_that_were_renamed_twice_have_the_last_name() {
        for (older, name) in [
            ("http.retry_count", "http.request.resend_count"),
            ("messaging.protocol", "network.protocol.name"),
            (
                "messaging.kafka.partition",
                "messaging.destination.partition.id",
            ),
            ("net.host.ip", "network.local.address"),
            ("db.cassandra.keyspace", "db.namespace"),
        ] {
            let found = today(older.as_bytes(), Place::Span);
            assert_eq!(found.map(|older| older.name), Some(name));
        }
    }

    #[test]
    fn a_name_is_older_where_the_schema_says_so() {
        assert!(today(b"http.method", Place::LogRecord).is_none());
        assert!(today(b"telemetry.auto.version", Place::Resource).is_some());
        assert!(today(b"telemetry.auto.version", Place::Span).is_none());
        assert!(today(b"code.lineno", Place::Event).is_some());
        assert!(today(b"", Place::Span).is_none());
    }
}
