//! Telemetry of a made-up shop, as export requests of real SDKs: one request per service
//! and signal.

mod hostile;
mod large;
mod measurements;
mod model;
mod purchase;
mod visit;

pub(crate) use hostile::hostile;
pub(crate) use large::large;
pub(crate) use measurements::{edge_outcomes, web_vitals};
pub(crate) use model::Telemetry;
pub(crate) use purchase::{Purchase, browse, purchase};

use throughline_otlp::Signal;
use throughline_viewer::{Store, StoreError};

impl Telemetry {
    /// Appends all of it to a store.
    pub(crate) fn append_to(&self, store: &Store) -> Result<(), StoreError> {
        for (signal, request) in self.requests() {
            store.append(signal, &request, self.received_at())?;
        }
        Ok(())
    }

    /// The export requests, one per service and signal.
    pub(crate) fn requests(&self) -> Vec<(Signal, Vec<u8>)> {
        self.encode()
    }
}

/// The telemetry of a quarter of an hour, as a developer sees it in the viewer.
pub(crate) fn afternoon(now: u64) -> Telemetry {
    let mut all = Telemetry::default();
    let mut at = now - 15 * 60 * SECOND;
    for visit in 0..24 {
        all.extend(match visit % 8 {
            3 => purchase(at, visit, Purchase::BreaksInPricing),
            5 => purchase(at, visit, Purchase::BreaksInPage),
            1 | 6 => browse(at, visit),
            _ => purchase(at, visit, Purchase::Succeeds),
        });
        at += (visit * 7 % 41 + 12) * SECOND;
    }
    all.extend(large(now - 70 * SECOND, 2_000));
    all.extend(purchase(now - 45 * SECOND, 90, Purchase::ClocksDiffer));
    all.extend(purchase(now - 30 * SECOND, 91, Purchase::EdgeSpansLost));
    all.extend(purchase(now - 4 * SECOND, 92, Purchase::Succeeds));
    all.extend(web_vitals(now - 10 * 60 * SECOND));
    all.extend(edge_outcomes(now));
    all
}

/// Nanoseconds.
pub(crate) const MILLISECOND: u64 = 1_000_000;
/// Nanoseconds.
pub(crate) const SECOND: u64 = 1_000 * MILLISECOND;
