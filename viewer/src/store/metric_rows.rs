//! Stores metrics: their series and data points, the exemplars of these, and the edge's outcome
//! counts among them.

use super::eviction::StoreSize;
use super::intern::{Intern, ResourceIds};
use super::plausible::PlausibleTimes;
use super::{StoreError, intern, stored_time};
use crate::changes::Change;
use crate::decode::{self, Exemplar, Metric, OutcomeCount, Record, Temporality, records};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

/// A decoded metric.
pub(super) struct MetricRow<'a> {
    record: Record<'a>,
    metric: Metric<'a>,
    exemplars: Vec<Exemplar<'a>>,
}

/// Decodes an `ExportMetricsServiceRequest`.
pub(super) fn read(export_request: &[u8]) -> Result<Vec<MetricRow<'_>>, StoreError> {
    let rows = records(export_request)?.into_iter().filter_map(|record| {
        Some(MetricRow {
            record,
            metric: Metric::decode(record.bytes)?,
            exemplars: Exemplar::all(record.bytes),
        })
    });
    Ok(rows.collect())
}

/// Writes the data points and the exemplars, and updates the edge's outcome counts.
pub(super) fn insert(
    connection: &Connection,
    rows: &[MetricRow<'_>],
    received_at_unix_nano: u64,
    size: &mut StoreSize,
) -> rusqlite::Result<Change> {
    let plausible = PlausibleTimes::received_at(received_at_unix_nano);
    let mut change = Change::default();
    let mut intern = Intern::default();
    // The newest point of each series.
    let mut touched: BTreeMap<i64, i64> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.metric.points.is_empty()) {
        let ids = intern.resource(connection, row.record.resource)?;
        let scope = intern.scope(connection, row.record.scope)?;
        let metric = metric_id(connection, &row.metric)?;
        for point in &row.metric.points {
            let key = (metric, ids.resource, scope, &*point.attributes);
            let series = series_id(connection, key, size)?;
            let time = plausible
                .check(point.time_unix_nano)
                .unwrap_or(stored_time(received_at_unix_nano));
            let inserted = connection
                .prepare_cached(INSERT_POINT)?
                .execute(params![series, time, point.rest])?;
            if inserted == 0 {
                continue;
            }
            change.metrics = true;
            touched.insert(series, connection.last_insert_rowid());
            size.metrics.add_point(point.rest.len());
            if let Some(outcome) = OutcomeCount::read(&row.metric, point.message) {
                insert_outcome(connection, &row.record, ids, &outcome)?;
                change.edge = true;
            }
        }
        for exemplar in &row.exemplars {
            insert_exemplar(connection, &row.record, exemplar)?;
            change.exemplars = true;
        }
    }
    for (series, point) in touched {
        connection
            .prepare_cached("UPDATE metric_series SET touched = ?2 WHERE id = ?1")?
            .execute([series, point])?;
    }
    if change.exemplars {
        connection
            .prepare_cached(DELETE_OLD_EXEMPLARS)?
            .execute([MAX_EXEMPLARS])?;
    }
    Ok(change)
}

/// The id of what the series of a metric have in common.
fn metric_id(connection: &Connection, metric: &Metric<'_>) -> rusqlite::Result<i64> {
    let values = params![
        metric.name,
        metric.kind.field(),
        metric.header,
        metric.shape
    ];
    let found = connection
        .prepare_cached(
            "SELECT id FROM metric WHERE name = ?1 AND kind = ?2 AND header = ?3 AND shape = ?4",
        )?
        .query_row(values, |row| row.get(0))
        .optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    connection
        .prepare_cached("INSERT INTO metric (name, kind, header, shape) VALUES (?1, ?2, ?3, ?4)")?
        .execute(values)?;
    Ok(connection.last_insert_rowid())
}

/// The id of a series: that of a metric, a resource, a scope and attributes.
fn series_id(
    connection: &Connection,
    (metric, resource, scope, attributes): (i64, i64, i64, &[u8]),
    size: &mut StoreSize,
) -> rusqlite::Result<i64> {
    let values = params![metric, resource, scope, attributes];
    let found = connection
        .prepare_cached(
            "SELECT id FROM metric_series
             WHERE metric = ?1 AND resource = ?2 AND scope = ?3 AND attributes = ?4",
        )?
        .query_row(values, |row| row.get(0))
        .optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    connection
        .prepare_cached(
            "INSERT INTO metric_series (metric, resource, scope, attributes, touched)
             VALUES (?1, ?2, ?3, ?4, 0)",
        )?
        .execute(values)?;
    size.metrics.add_series(attributes.len());
    Ok(connection.last_insert_rowid())
}

fn insert_outcome(
    connection: &Connection,
    record: &Record<'_>,
    ids: ResourceIds,
    outcome: &OutcomeCount<'_>,
) -> rusqlite::Result<()> {
    let OutcomeCount {
        signal,
        backend,
        outcome,
        reason,
        count,
        temporality,
    } = outcome;
    let own = decode::instance_id(record.resource);
    // A delta is added to what all edges sent; a count since the start of an edge takes the
    // place of that edge's own alone.
    let (update, instance) = match temporality {
        Temporality::Delta => (ADD, ""),
        Temporality::Cumulative => (REPLACE, &*own),
    };
    let count = i64::try_from(*count).unwrap_or(i64::MAX);
    let values = params![
        ids.service,
        instance,
        signal,
        backend,
        outcome,
        reason,
        count
    ];
    if connection.prepare_cached(update)?.execute(values)? == 0 {
        connection.prepare_cached(INSERT_OUTCOME)?.execute(values)?;
    }
    Ok(())
}

fn insert_exemplar(
    connection: &Connection,
    record: &Record<'_>,
    exemplar: &Exemplar<'_>,
) -> rusqlite::Result<()> {
    let service = intern::service(connection, &decode::service_name(record.resource))?;
    connection
        .prepare_cached(INSERT_EXEMPLAR)?
        .execute(params![
            exemplar.trace_id,
            exemplar.span_id,
            service,
            stored_time(exemplar.time_unix_nano),
            exemplar.metric,
            exemplar.attributes.json().to_string(),
            exemplar.value,
        ])?;
    Ok(())
}

/// A point that is sent again stays as it is: a series has one point of each content at a time.
const INSERT_POINT: &str = "INSERT INTO metric_point (series, time, bytes)
    SELECT ?1, ?2, ?3 WHERE NOT EXISTS (
        SELECT 1 FROM metric_point WHERE series = ?1 AND time = ?2 AND bytes = ?3)";
const ADD: &str = "UPDATE edge_outcome SET count = count + ?7
    WHERE (service, instance, signal, backend, outcome, reason) = (?1, ?2, ?3, ?4, ?5, ?6)";
const REPLACE: &str = "UPDATE edge_outcome SET count = ?7
    WHERE (service, instance, signal, backend, outcome, reason) = (?1, ?2, ?3, ?4, ?5, ?6)";
/// An edge has a few dozen counts, and as many again after each start that they are cumulative
/// since. More come from a sender that invents outcomes.
const INSERT_OUTCOME: &str = "INSERT INTO edge_outcome
    (service, instance, signal, backend, outcome, reason, count)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE (SELECT count(*) FROM edge_outcome) < 10000";
const INSERT_EXEMPLAR: &str = "INSERT OR IGNORE INTO exemplar
    (trace_id, span_id, service, time, metric, attributes, value)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
/// Those of a trace are deleted with it; this is for traces that never arrive.
const DELETE_OLD_EXEMPLARS: &str =
    "DELETE FROM exemplar WHERE id <= (SELECT max(id) FROM exemplar) - ?1";
const MAX_EXEMPLARS: i64 = 10_000;
