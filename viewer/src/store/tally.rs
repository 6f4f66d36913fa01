//! Counters of what is evicted, and of what is counted and not stored.

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

/// Data points of metrics, which are counted and not stored.
pub(crate) const METRIC_POINTS: &str = "metric_points";
/// Evicted traces.
pub(crate) const TRACES_EVICTED: &str = "traces_evicted";
/// Evicted log records without a trace.
pub(crate) const LOGS_EVICTED: &str = "logs_evicted";
