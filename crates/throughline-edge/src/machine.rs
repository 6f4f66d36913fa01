//! State that all cores of one machine share.
//!
//! Each core has an edge of its own. But a page that sends a Bundle again may reach
//! another core, and the memory that the operator allows is for all cores together.

use crate::config::Config;
use crate::exporter::ExportHealth;
use crate::lease::Leases;
use crate::log_limit::LogLimit;
use crate::outcome::InFlight;
use crate::processor::sample::Head;
use crate::processor::sample::adaptive::Adaptive;
use crate::state::duplicates::Duplicates;
use std::sync::Arc;

/// What the edges of one machine share. Cloning gives the same machine.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Memory for bodies that are being read.
    pub(crate) reading_bytes: Arc<Leases>,
    /// What waits for export.
    pub(crate) in_flight: Arc<InFlight>,
    pub(crate) duplicates: Duplicates,
    /// What the head sampler has seen.
    pub(crate) head_sampling: Adaptive,
    /// Whether exports to the backend succeed.
    pub(crate) export_health: Arc<ExportHealth>,
    /// The lines that were logged of late.
    pub(crate) log_limit: LogLimit,
}

impl Machine {
    /// A machine with as much memory as the configuration allows.
    pub fn new(config: &Config) -> Self {
        Self {
            reading_bytes: Leases::new(config.ingest.max_reading_bytes),
            in_flight: InFlight::new(config.backend.max_in_flight_bytes),
            duplicates: Duplicates::default(),
            head_sampling: Head::adaptive(&config.sampling),
            export_health: Arc::default(),
            log_limit: LogLimit::default(),
        }
    }

    /// Records that wait for export, on all cores.
    pub fn waiting_records(&self) -> u64 {
        self.in_flight.records()
    }
}
