//! Evicts the oldest telemetry so that the store stays within its bounds.

use super::metric_eviction::{self, MetricSize};
use super::tally;
use crate::decode::TraceId;
use rusqlite::{Connection, OptionalExtension, params};
use std::fmt;

/// The most that a store keeps. The trace that was written to longest ago is evicted
/// first, and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Traces; any number of them when not set.
    pub traces: Option<u64>,
    /// Bytes of spans, log records and data points as received, 256 more for each span and record, and 64 for
    /// each data point; any number when not set. Metrics have a quarter of them. A file needs about as much of the disk.
    pub bytes: Option<u64>,
    /// Data points of metrics.
    pub metric_points: u64,
    /// Series of metrics.
    pub metric_series: u64,
}

impl Bounds {
    /// Of a store in memory, by default: 10,000 traces, 256 MiB, 1,000,000 data points in 10,000 series.
    pub const IN_MEMORY: Self = Self {
        traces: Some(10_000),
        bytes: Some(256 << 20),
        metric_points: 1_000_000,
        metric_series: 10_000,
    };
    /// Of a store in a file, by default: 2 GiB, which is more than two million spans, and as many data points and
    /// series as in memory.
    pub const IN_FILE: Self = Self {
        traces: None,
        bytes: Some(2 << 30),
        ..Self::IN_MEMORY
    };
    /// Nothing is evicted.
    pub const NONE: Self = Self {
        traces: None,
        bytes: None,
        metric_points: u64::MAX,
        metric_series: u64::MAX,
    };
}

impl fmt::Display for Bounds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(traces) = self.traces {
            write!(formatter, "{traces} traces")?;
        }
        if self.traces.is_some() && self.bytes.is_some() {
            formatter.write_str(" and ")?;
        }
        if let Some(bytes) = self.bytes {
            write!(formatter, "{:.0} MiB", bytes as f64 / f64::from(1 << 20))?;
        }
        Ok(())
    }
}

/// The size of a store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct StoreSize {
    pub(crate) traces: u64,
    trace_bytes: u64,
    untraced_bytes: u64,
    pub(crate) metrics: MetricSize,
    touched: i64,
}

impl StoreSize {
    /// Measures the store.
    pub(super) fn count(connection: &Connection) -> rusqlite::Result<Self> {
        let metrics = MetricSize::count(connection)?;
        connection.query_row(
            "SELECT count(*), coalesce(sum(bytes), 0), coalesce(max(touched), 0),
                (SELECT coalesce(sum(length(bytes) + ?1), 0) FROM log WHERE trace_id IS NULL)
             FROM trace",
            [ROW_BYTES],
            |row| {
                Ok(Self {
                    traces: row.get(0)?,
                    trace_bytes: row.get(1)?,
                    touched: row.get(2)?,
                    untraced_bytes: row.get(3)?,
                    metrics,
                })
            },
        )
    }

    /// Bytes, with the rows' overhead.
    pub(crate) const fn bytes(&self) -> u64 {
        self.trace_bytes + self.untraced_bytes + self.metrics.bytes
    }

    /// Adds a record of `length` bytes to a trace.
    pub(super) fn touch(
        &mut self,
        connection: &Connection,
        trace_id: TraceId,
        length: usize,
    ) -> rusqlite::Result<()> {
        let bytes = length as u64 + ROW_BYTES;
        self.touched += 1;
        self.trace_bytes += bytes;
        let updated = connection
            .prepare_cached(
                "UPDATE trace SET touched = ?2, bytes = bytes + ?3 WHERE trace_id = ?1",
            )?
            .execute(params![trace_id, self.touched, bytes])?;
        if updated == 0 {
            self.traces += 1;
            connection
                .prepare_cached("INSERT INTO trace (trace_id, touched, bytes) VALUES (?1, ?2, ?3)")?
                .execute(params![trace_id, self.touched, bytes])?;
        }
        Ok(())
    }

    /// Adds a log record of `length` bytes without a trace.
    pub(super) const fn add_untraced(&mut self, length: usize) {
        self.untraced_bytes += length as u64 + ROW_BYTES;
    }
}

/// The traces, log records and data points that were deleted.
#[derive(Debug, Default)]
pub(super) struct Evicted {
    pub(super) traces: Vec<TraceId>,
    /// The ids of the rows of log records without a trace.
    pub(super) untraced: Vec<i64>,
    metric_points: usize,
}

impl Evicted {
    pub(super) fn is_any(&self) -> bool {
        !self.untraced.is_empty() || self.metric_points > 0 || !self.traces.is_empty()
    }
}

/// Deletes what is over the bounds.
pub(super) fn evict(
    connection: &Connection,
    size: &mut StoreSize,
    bounds: Bounds,
) -> rusqlite::Result<Evicted> {
    let bytes = bounds.bytes.unwrap_or(u64::MAX);
    let evicted = Evicted {
        untraced: evict_untraced(connection, size, bytes / UNTRACED_PART)?,
        metric_points: metric_eviction::evict(connection, &mut size.metrics, bounds)?,
        traces: evict_traces(connection, size, bounds)?,
    };
    if evicted.is_any() {
        tally::add(connection, tally::LOGS_EVICTED, evicted.untraced.len())?;
        tally::add(connection, tally::TRACES_EVICTED, evicted.traces.len())?;
        tally::add(
            connection,
            tally::METRIC_POINTS_EVICTED,
            evicted.metric_points,
        )?;
        delete_unused_resources(connection, bytes / RESOURCE_PART)?;
    }
    Ok(evicted)
}

fn evict_traces(
    connection: &Connection,
    size: &mut StoreSize,
    bounds: Bounds,
) -> rusqlite::Result<Vec<TraceId>> {
    let mut evicted = Vec::new();
    let is_over = |size: &StoreSize| {
        bounds.traces.is_some_and(|most| size.traces > most)
            || bounds.bytes.is_some_and(|most| size.bytes() > most)
    };
    while is_over(size) {
        let oldest: Option<(TraceId, u64)> = connection
            .prepare_cached("SELECT trace_id, bytes FROM trace ORDER BY touched LIMIT 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((trace_id, bytes)) = oldest else {
            break;
        };
        for delete in [
            "DELETE FROM span WHERE trace_id = ?1",
            "DELETE FROM log WHERE trace_id = ?1",
            "DELETE FROM link WHERE trace_id = ?1",
            "DELETE FROM exception WHERE trace_id = ?1",
            "DELETE FROM web_vital WHERE trace_id = ?1",
            "DELETE FROM exemplar WHERE trace_id = ?1",
            "DELETE FROM trace_service WHERE trace_id = ?1",
            "DELETE FROM trace WHERE trace_id = ?1",
        ] {
            connection.prepare_cached(delete)?.execute([trace_id])?;
        }
        size.traces -= 1;
        size.trace_bytes -= bytes;
        evicted.push(trace_id);
    }
    Ok(evicted)
}

/// Log records without a trace have a share of the bytes, so that neither they nor the
/// traces evict all of the other.
fn evict_untraced(
    connection: &Connection,
    size: &mut StoreSize,
    bytes: u64,
) -> rusqlite::Result<Vec<i64>> {
    let mut evicted = Vec::new();
    while size.untraced_bytes > bytes {
        let oldest: Option<(i64, u64)> = connection
            .prepare_cached(
                "SELECT id, length(bytes) FROM log WHERE trace_id IS NULL ORDER BY id LIMIT 1",
            )?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((log, length)) = oldest else {
            break;
        };
        for delete in [
            "DELETE FROM log WHERE id = ?1",
            "DELETE FROM exception WHERE log = ?1",
            "DELETE FROM web_vital WHERE log = ?1",
        ] {
            connection.prepare_cached(delete)?.execute([log])?;
        }
        size.untraced_bytes -= length + ROW_BYTES;
        evicted.push(log);
    }
    Ok(evicted)
}

/// Deletes resources and scopes that no record refers to, once they use their share of
/// the bytes.
fn delete_unused_resources(connection: &Connection, bytes: u64) -> rusqlite::Result<()> {
    let interned: u64 = connection.query_row(
        "SELECT (SELECT coalesce(sum(length(bytes)), 0) FROM resource)
              + (SELECT coalesce(sum(length(bytes)), 0) FROM scope)",
        [],
        |row| row.get(0),
    )?;
    if interned > bytes {
        connection.execute_batch(
            "DELETE FROM resource
                WHERE NOT EXISTS (SELECT 1 FROM span WHERE span.resource = resource.id)
                  AND NOT EXISTS (SELECT 1 FROM log WHERE log.resource = resource.id)
                  AND NOT EXISTS (
                    SELECT 1 FROM metric_series WHERE metric_series.resource = resource.id);
             DELETE FROM scope WHERE id NOT IN (SELECT scope FROM span)
                  AND id NOT IN (SELECT scope FROM metric_series);",
        )?;
    }
    Ok(())
}

/// The overhead of a row and its index entries, measured roughly.
pub(super) const ROW_BYTES: u64 = 256;
/// The share of log records without a trace: a quarter.
const UNTRACED_PART: u64 = 4;
/// The share of resources and scopes: a sixteenth.
const RESOURCE_PART: u64 = 16;
