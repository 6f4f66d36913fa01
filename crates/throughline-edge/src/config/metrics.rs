//! `[metrics]`: the metrics that the edge makes of spans and web vitals.

use serde::Deserialize;

/// The metrics that the edge makes of spans and web vitals. They are exported as often as the
/// outcomes, `outcomes.interval_ms`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetricsConfig {
    /// Whether durations and errors of requests are measured: of the server spans of all
    /// senders, and of the client spans of pages.
    pub requests: bool,
    /// Whether web vitals are measured.
    pub web_vitals: bool,
    /// How many combinations of attributes a metric may have in one service. The measurements
    /// of further ones are in one series with the attribute `otel.metric.overflow`.
    pub max_series: usize,
}

impl Default for MetricsConfig {
    fn default() -> Self {
        Self {
            requests: true,
            web_vitals: true,
            max_series: 1_000,
        }
    }
}
