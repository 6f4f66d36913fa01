//! Evicts the oldest data points of metrics, and the series that have none left.

use super::eviction::{Bounds, ROW_BYTES};
use rusqlite::{Connection, params};
use std::collections::BTreeSet;

/// The size of the metrics of a store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct MetricSize {
    pub(crate) points: u64,
    pub(crate) series: u64,
    /// With the rows' overhead.
    pub(crate) bytes: u64,
}

impl MetricSize {
    /// Measures the metrics of a store.
    pub(super) fn count(connection: &Connection) -> rusqlite::Result<Self> {
        let (points, point_bytes) = connection.query_row(
            "SELECT count(*), coalesce(sum(length(bytes) + ?1), 0) FROM metric_point",
            [POINT_BYTES],
            |row| Ok((row.get(0)?, row.get::<_, u64>(1)?)),
        )?;
        let (series, series_bytes) = connection.query_row(
            "SELECT count(*), coalesce(sum(length(attributes) + ?1), 0) FROM metric_series",
            [ROW_BYTES],
            |row| Ok((row.get(0)?, row.get::<_, u64>(1)?)),
        )?;
        Ok(Self {
            points,
            series,
            bytes: point_bytes + series_bytes,
        })
    }

    /// Adds a data point of `length` bytes without its attributes.
    pub(super) const fn add_point(&mut self, length: usize) {
        self.points += 1;
        self.bytes += length as u64 + POINT_BYTES;
    }

    /// Adds a series whose attributes have `length` bytes.
    pub(super) const fn add_series(&mut self, length: usize) {
        self.series += 1;
        self.bytes += length as u64 + ROW_BYTES;
    }

    fn is_over(&self, bounds: Bounds) -> bool {
        self.points > bounds.metric_points
            || (bounds.bytes).is_some_and(|most| self.bytes > most / METRIC_PART)
    }
}

/// Deletes what is over the bounds, and returns the number of points: those of the series that were
/// written to longest ago while there are too many series, and else those that came first.
pub(super) fn evict(
    connection: &Connection,
    size: &mut MetricSize,
    bounds: Bounds,
) -> rusqlite::Result<usize> {
    let mut evicted = 0;
    if size.series > bounds.metric_series {
        let most = size.series - bounds.metric_series;
        let oldest = connection
            .prepare_cached("SELECT id FROM metric_series ORDER BY touched LIMIT ?1")?
            .query_map([most], |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<i64>>>()?;
        for series in oldest {
            evicted += delete_points_of(connection, size, series)?;
            delete_series(connection, size, series)?;
        }
    }
    let mut shortened = BTreeSet::new();
    while size.is_over(bounds) {
        let oldest = connection
            .prepare_cached(
                "SELECT id, series, length(bytes) FROM metric_point ORDER BY id LIMIT ?1",
            )?
            .query_map([AT_ONCE], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<Vec<(i64, i64, u64)>>>()?;
        if oldest.is_empty() {
            break;
        }
        for (point, series, length) in oldest {
            if !size.is_over(bounds) {
                break;
            }
            connection
                .prepare_cached("DELETE FROM metric_point WHERE id = ?1")?
                .execute([point])?;
            size.points -= 1;
            size.bytes -= length + POINT_BYTES;
            evicted += 1;
            shortened.insert(series);
        }
        // The attributes of series without points may be most of the bytes.
        for series in std::mem::take(&mut shortened) {
            shorten(connection, size, series)?;
        }
    }
    if evicted > 0 {
        connection
            .prepare_cached(
                "DELETE FROM metric
                 WHERE NOT EXISTS (SELECT 1 FROM metric_series WHERE metric = metric.id)",
            )?
            .execute([])?;
    }
    Ok(evicted)
}

/// Marks a series as one whose first points are gone, or deletes one that has no more.
fn shorten(connection: &Connection, size: &mut MetricSize, series: i64) -> rusqlite::Result<()> {
    let has_points: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM metric_point WHERE series = ?1)")?
        .query_row([series], |row| row.get(0))?;
    if has_points {
        connection
            .prepare_cached("UPDATE metric_series SET cut = 1 WHERE id = ?1 AND NOT cut")?
            .execute([series])?;
        return Ok(());
    }
    delete_series(connection, size, series)
}

fn delete_points_of(
    connection: &Connection,
    size: &mut MetricSize,
    series: i64,
) -> rusqlite::Result<usize> {
    let bytes: u64 = connection
        .prepare_cached(
            "SELECT coalesce(sum(length(bytes) + ?2), 0) FROM metric_point WHERE series = ?1",
        )?
        .query_row(params![series, POINT_BYTES], |row| row.get(0))?;
    let points = connection
        .prepare_cached("DELETE FROM metric_point WHERE series = ?1")?
        .execute([series])?;
    size.points -= points as u64;
    size.bytes -= bytes;
    Ok(points)
}

fn delete_series(
    connection: &Connection,
    size: &mut MetricSize,
    series: i64,
) -> rusqlite::Result<()> {
    let length: u64 = connection
        .prepare_cached("DELETE FROM metric_series WHERE id = ?1 RETURNING length(attributes)")?
        .query_row([series], |row| row.get(0))?;
    size.series -= 1;
    size.bytes -= length + ROW_BYTES;
    Ok(())
}

/// The overhead of a point and its index entry, measured roughly.
const POINT_BYTES: u64 = 64;
/// The share of metrics: a quarter.
const METRIC_PART: u64 = 4;
/// Points that are looked up at once.
const AT_ONCE: usize = 100;
