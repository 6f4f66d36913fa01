//! What do the cores of a machine share?
//!
//! Each has an edge of its own. But a page that sends a Bundle again may reach another
//! core, and memory is the machine's: what the operator allows is for all of them together.

use crate::config::Config;
use crate::lease::Leases;
use crate::receiver::RecentBatches;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// What the edges of one machine share. Cloning gives the same machine.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Memory for bodies that are being read.
    pub(crate) room: Arc<Leases>,
    /// Bytes that wait for export.
    pub(crate) in_flight_bytes: Arc<AtomicUsize>,
    pub(crate) recent: RecentBatches,
}

impl Machine {
    /// A machine with as much memory as the configuration allows.
    pub fn new(config: &Config) -> Self {
        Self {
            room: Leases::new(config.ingest.max_reading_bytes),
            in_flight_bytes: Arc::default(),
            recent: RecentBatches::default(),
        }
    }
}
