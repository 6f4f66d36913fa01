//! Exceptions that wait for others that are equal.

use alloc::string::String;

/// An exception that waits.
#[derive(Debug)]
pub(super) struct Pending {
    /// A hash of what is compared, in constant time however long the record is.
    pub(super) identity: u64,
    /// How often it was thrown.
    pub(super) count: u64,
    pub(super) record: String,
}

/// Whether the list takes no more exceptions.
pub(super) fn is_full(all: &[Pending]) -> bool {
    let weights = all.iter().map(|pending| LEAST + pending.record.len());
    weights.sum::<usize>() > LIMIT
}

/// Bytes. All of them are written at once, which must not take long.
const LIMIT: usize = 12 * 1024;
/// Bytes that each exception counts for beside its own: each later one is compared with all.
const LEAST: usize = 96;
