//! What waits for export on all cores of a machine: records, and the memory they take.

use crate::lease::{Lease, Leases};
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

/// Records and bytes in flight.
#[derive(Debug)]
pub(crate) struct InFlight {
    memory: Arc<Leases>,
    records: AtomicU64,
}

impl InFlight {
    /// Nothing in flight yet, and at most `max_bytes` later.
    pub(crate) fn new(max_bytes: usize) -> Arc<Self> {
        Arc::new(Self {
            memory: Leases::new(max_bytes),
            records: AtomicU64::new(0),
        })
    }

    /// Holds the memory of a batch until the lease is dropped or expires.
    pub(crate) fn hold(&self, bytes: usize, now_unix_nano: u64, until_unix_nano: u64) -> Lease {
        self.memory.hold(bytes, now_unix_nano, until_unix_nano)
    }

    /// Whether the limit is exceeded, and not by `own` bytes alone.
    pub(crate) fn is_exceeded(&self, own: usize, now_unix_nano: u64) -> bool {
        self.memory.is_exceeded(own, now_unix_nano)
    }

    /// Records that have not ended.
    pub(crate) fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }

    /// Bytes of the batches that they are in.
    pub(crate) fn bytes(&self, now_unix_nano: u64) -> usize {
        self.memory.sum(now_unix_nano)
    }

    pub(super) fn add(&self, records: u64) {
        self.records.fetch_add(records, Ordering::Relaxed);
    }

    pub(super) fn remove(&self, records: u64) {
        self.records.fetch_sub(records, Ordering::Relaxed);
    }
}
