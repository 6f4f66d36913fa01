//! Counters of what is evicted.

use rusqlite::{Connection, params};

/// Adds to a counter.
pub(super) fn add(connection: &Connection, name: &str, count: usize) -> rusqlite::Result<()> {
    if count == 0 {
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT INTO tally (name, count) VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET count = count + ?2",
        )?
        .execute(params![name, count])?;
    Ok(())
}

/// Evicted data points of metrics.
pub(crate) const METRIC_POINTS_EVICTED: &str = "metric_points_evicted";
/// Evicted traces.
pub(crate) const TRACES_EVICTED: &str = "traces_evicted";
/// Evicted log records without a trace.
pub(crate) const LOGS_EVICTED: &str = "logs_evicted";
