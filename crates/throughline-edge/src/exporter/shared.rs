//! State of one backend that the cores of a machine share.

use super::breaker::Breaker;
use super::halve::Allowance;
use super::health::ExportHealth;
use crate::config::BackendConfig;
use crate::outcome::InFlight;
use std::sync::Arc;

/// The state of one backend, on all cores of a machine.
#[derive(Debug)]
pub(crate) struct SharedBackend {
    /// The name in messages; empty where there is one without.
    pub(crate) name: Box<str>,
    /// The records and bytes that wait for export to it.
    pub(crate) in_flight: Arc<InFlight>,
    /// Whether exports to it succeed.
    pub(super) health: ExportHealth,
    pub(super) breaker: Breaker,
    /// The splits that requests to it may still cost.
    pub(super) splits: Allowance,
}

impl SharedBackend {
    /// A backend for which nothing waits yet.
    pub(crate) fn new(config: &BackendConfig) -> Arc<Self> {
        Arc::new(Self {
            name: config.name.as_str().into(),
            in_flight: InFlight::new(config.max_in_flight_bytes),
            health: ExportHealth::default(),
            breaker: Breaker::default(),
            splits: Allowance::default(),
        })
    }
}
