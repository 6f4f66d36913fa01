//! Facts that wait for a later fact before they become telemetry.

use crate::text::Fields;
use alloc::string::String;

/// A fact that waits.
#[derive(Debug)]
pub(crate) struct Pending {
    /// Numbers that later facts are compared with, in constant time however long the fact is.
    pub(crate) numbers: [u64; 4],
    pub(crate) record: String,
}

impl Pending {
    /// A record and its numbers.
    pub(crate) fn new(record: &str, numbers: [u64; 4]) -> Self {
        Self {
            numbers,
            record: record.into(),
        }
    }

    /// The fields of the record.
    pub(crate) fn fields(&self) -> Fields<'_> {
        Fields::of(&self.record)
    }
}

/// Whether the list takes no more facts.
pub(crate) fn is_full(all: &[Pending]) -> bool {
    let weights = all.iter().map(|pending| LEAST + pending.record.len());
    weights.sum::<usize>() > LIMIT
}

/// Bytes. All of them become records at once, which must not take long.
const LIMIT: usize = 12 * 1024;
/// Bytes that each fact counts for beside its own: each later fact is compared with all.
const LEAST: usize = 96;
