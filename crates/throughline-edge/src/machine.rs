//! State that all cores of one machine share.
//!
//! Each core has an edge of its own. But a page that sends a Bundle again may reach
//! another core, and the memory that the operator allows is for all cores together.

use crate::config::Config;
use crate::lease::Leases;
use crate::state::duplicates::Duplicates;
use std::sync::Arc;

/// What the edges of one machine share. Cloning gives the same machine.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Memory for bodies that are being read.
    pub(crate) reading_bytes: Arc<Leases>,
    /// Memory for batches that wait for export.
    pub(crate) in_flight_bytes: Arc<Leases>,
    pub(crate) duplicates: Duplicates,
}

impl Machine {
    /// A machine with as much memory as the configuration allows.
    pub fn new(config: &Config) -> Self {
        Self {
            reading_bytes: Leases::new(config.ingest.max_reading_bytes),
            in_flight_bytes: Leases::new(config.backend.max_in_flight_bytes),
            duplicates: Duplicates::default(),
        }
    }
}
