//! State that all cores of one machine share.
//!
//! Each core has an edge of its own. But a page that sends a Bundle again may reach
//! another core, and the memory that the operator allows is for all cores together.

use crate::config::Config;
use crate::exporter::SharedBackend;
use crate::lease::Leases;
use crate::log_limit::LogLimit;
use crate::outcome::{InFlight, Tallies};
use crate::state::aggregate::Aggregate;
use crate::state::duplicates::Duplicates;
use crate::state::quota::Quotas;
use std::sync::{Arc, Mutex};

/// What the edges of one machine share. Cloning gives the same machine.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Memory for bodies that are being read.
    pub(crate) reading_bytes: Arc<Leases>,
    /// What is processed and waits for export.
    pub(crate) in_flight: Arc<InFlight>,
    /// The accounts of its cores.
    pub(crate) tallies: Tallies,
    /// The metrics that its cores make.
    pub(crate) aggregate: Arc<Mutex<Aggregate>>,
    /// What the projects may still send.
    pub(crate) quotas: Quotas,
    pub(crate) duplicates: Duplicates,
    /// The backends, in the order of the configuration.
    pub(crate) backends: Arc<[Arc<SharedBackend>]>,
    /// The lines that were logged of late.
    pub(crate) log_limit: LogLimit,
}

impl Machine {
    /// A machine with as much memory as the configuration allows.
    pub fn new(config: &Config) -> Self {
        Self {
            reading_bytes: Leases::new(config.ingest.max_reading_bytes),
            in_flight: InFlight::new(usize::MAX),
            tallies: Tallies::default(),
            aggregate: Arc::new(Mutex::new(Aggregate::new(config.metrics.max_series))),
            quotas: Quotas::new(
                (config.projects.iter()).map(|project| (project.name.as_str(), &project.limits)),
            ),
            duplicates: Duplicates::default(),
            backends: (config.backends().into_iter())
                .map(|(_, backend)| SharedBackend::new(backend))
                .collect(),
            log_limit: LogLimit::default(),
        }
    }

    /// Records that wait for export, on all cores.
    pub fn waiting_records(&self) -> u64 {
        self.in_flight.records()
    }
}
