//! Records in flight: those that wait for export on all cores of a machine, in all or to one
//! backend, and the memory they take.

use crate::host::Host;
use crate::lease::{Lease, Leases};
use crate::time::nanos;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

/// Records and bytes in flight.
#[derive(Debug)]
pub(crate) struct InFlight {
    memory: Arc<Leases>,
    records: AtomicU64,
}

/// Holds memory no longer than the platform lets work run that begins now: cancelled work
/// may never drop it.
pub(crate) fn hold<H: Host>(host: &H, in_flight: &InFlight, bytes: usize) -> Lease {
    let now = host.now_unix_nano();
    let limit = host.time_limit().map_or(u64::MAX, nanos);
    in_flight.hold(bytes, now, now.saturating_add(limit))
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

    /// Whether `bytes` more are within the limit. Batches that are over it by themselves fit
    /// when nothing else waits.
    pub(crate) fn fits(&self, bytes: usize, now_unix_nano: u64) -> bool {
        self.memory.fits(bytes, now_unix_nano)
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
