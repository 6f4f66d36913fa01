//! The bounds of the store of `throughline dev`, as the command line has them.

use std::num::NonZeroU64;

/// The bounds that are given; a store has defaults for the rest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreBounds {
    /// Traces.
    pub traces: Option<NonZeroU64>,
    /// Bytes, at least [`FEWEST_BYTES`].
    pub bytes: Option<NonZeroU64>,
}

/// Bounds that a store cannot have. The caller is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreBoundsError {
    /// A number of traces.
    #[error("--max-traces {0:?} is no whole number of traces from 1 on, such as 50000")]
    Traces(String),
    /// A number of bytes.
    #[error(
        "--max-bytes {0:?} is no number of bytes such as 500MB, 2GiB or 1073741824; the least is 1MiB"
    )]
    Bytes(String),
}

/// Reads a number of traces such as `50000`.
pub(crate) fn traces(text: &str) -> Result<NonZeroU64, StoreBoundsError> {
    (text.parse()).map_err(|_| StoreBoundsError::Traces(text.to_owned()))
}

/// Reads a number of bytes such as `500MB`, `2GiB` or `1073741824`.
pub(crate) fn bytes(text: &str) -> Result<NonZeroU64, StoreBoundsError> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let unit = (UNITS.iter()).find(|(name, _)| name.eq_ignore_ascii_case(unit));
    unit.zip(digits.parse::<u64>().ok())
        .and_then(|((_, unit), number)| number.checked_mul(*unit))
        // SQLite counts in signed integers.
        .filter(|bytes| (FEWEST_BYTES..=i64::MAX as u64).contains(bytes))
        .and_then(NonZeroU64::new)
        .ok_or_else(|| StoreBoundsError::Bytes(text.to_owned()))
}

/// 1 MiB: with less, the larger of usual batches would evict each other at once.
pub const FEWEST_BYTES: u64 = 1 << 20;
const UNITS: [(&str, u64); 7] = [
    ("", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];
