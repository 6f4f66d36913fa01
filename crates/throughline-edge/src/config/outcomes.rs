//! `[outcomes]`: how the edge reports the outcomes of records.

use serde::Deserialize;

/// How the edge reports the outcomes of records.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutcomesConfig {
    /// The time between two exports of the outcome counts, in ms; 0 exports none.
    pub interval_ms: u64,
    /// The secret with which `GET /stats`, below `ingest.path`, responds with the counts.
    /// Without one there is no such path. The counts are those of a machine; of one isolate
    /// on a Worker.
    pub stats_key: Option<String>,
}

impl Default for OutcomesConfig {
    fn default() -> Self {
        Self {
            interval_ms: 60_000,
            stats_key: None,
        }
    }
}
