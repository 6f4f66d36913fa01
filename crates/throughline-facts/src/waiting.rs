//! How does a fact wait for what may still come?

use crate::record::Fields;
use alloc::string::String;

/// A fact that waits.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// What its kind has noted of it, so that what comes is compared in a few steps
    /// however long the fact is.
    pub(crate) notes: [u64; 4],
    fact: String,
}

impl Waiting {
    /// One of which that is noted.
    pub(crate) fn new(fields: Fields<'_>, notes: [u64; 4]) -> Self {
        Self {
            notes,
            fact: fields.rest().into(),
        }
    }

    /// Its fields.
    pub(crate) fn fields(&self) -> Fields<'_> {
        Fields::of(&self.fact)
    }
}

/// Whether no more should wait.
pub(crate) fn is_full(all: &[Waiting]) -> bool {
    let weights = all.iter().map(|waiting| LEAST + waiting.fact.len());
    weights.sum::<usize>() > LIMIT
}

/// Bytes. What waits becomes records in one go, which is not to take long.
const LIMIT: usize = 24 * 1024;
/// Bytes that each counts for beside its own: what comes is compared with all.
const LEAST: usize = 96;
