//! `[outcomes]`: how the edge reports the outcomes of records.

use serde::Deserialize;

/// How the edge reports the outcomes of records.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutcomesConfig {
    /// The time between two exports of the outcome counts, in ms; 0 exports none.
    pub interval_ms: u64,
}

impl Default for OutcomesConfig {
    fn default() -> Self {
        Self {
            interval_ms: 60_000,
        }
    }
}
