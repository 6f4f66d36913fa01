//! Stores the number of data points of metrics, their exemplars, and the edge's outcome counts
//! among them.

use super::{StoreError, intern, stored_time, tally};
use crate::changes::Change;
use crate::decode::{self, Exemplar, OutcomeCount, Temporality, records};
use rusqlite::{Connection, params};
use std::borrow::Cow;

/// The stored part of a batch of metrics.
pub(super) struct MetricRows<'a> {
    points: usize,
    outcomes: Vec<OutcomeRow<'a>>,
    /// With the service of each.
    exemplars: Vec<(Cow<'a, str>, Exemplar<'a>)>,
}

/// A count of an edge.
struct OutcomeRow<'a> {
    service: Cow<'a, str>,
    /// The edge that counts.
    instance: Cow<'a, str>,
    outcome: OutcomeCount<'a>,
}

/// Decodes an `ExportMetricsServiceRequest`.
pub(super) fn read(export_request: &[u8]) -> Result<MetricRows<'_>, StoreError> {
    let mut rows = MetricRows {
        points: 0,
        outcomes: Vec::new(),
        exemplars: Vec::new(),
    };
    for record in records(export_request)? {
        rows.points += decode::point_count(record.bytes);
        let exemplars = Exemplar::all(record.bytes).into_iter();
        rows.exemplars
            .extend(exemplars.map(|exemplar| (decode::service_name(record.resource), exemplar)));
        let outcomes = decode::outcome_counts(record.bytes).into_iter();
        rows.outcomes.extend(outcomes.map(|outcome| OutcomeRow {
            service: decode::service_name(record.resource),
            instance: decode::instance_id(record.resource),
            outcome,
        }));
    }
    Ok(rows)
}

/// Adds the data points and the exemplars, and updates the edge's outcome counts.
pub(super) fn insert(connection: &Connection, rows: &MetricRows<'_>) -> rusqlite::Result<Change> {
    tally::add(connection, tally::METRIC_POINTS, rows.points)?;
    for row in &rows.outcomes {
        let OutcomeCount {
            signal,
            backend,
            outcome,
            reason,
            count,
            temporality,
        } = &row.outcome;
        let service = intern::service(connection, &row.service)?;
        // A delta is added to what all edges sent; a count since the start of an edge takes the
        // place of that edge's own alone.
        let (update, instance) = match temporality {
            Temporality::Delta => (ADD, ""),
            Temporality::Cumulative => (REPLACE, &*row.instance),
        };
        let count = i64::try_from(*count).unwrap_or(i64::MAX);
        let values = params![service, instance, signal, backend, outcome, reason, count];
        if connection.prepare_cached(update)?.execute(values)? == 0 {
            connection.prepare_cached(INSERT)?.execute(values)?;
        }
    }
    for (service, exemplar) in &rows.exemplars {
        let service = intern::service(connection, service)?;
        connection
            .prepare_cached(INSERT_EXEMPLAR)?
            .execute(params![
                exemplar.trace_id,
                exemplar.span_id,
                service,
                stored_time(exemplar.time_unix_nano),
                exemplar.metric,
                exemplar.attributes.json().to_string(),
                exemplar.value
            ])?;
    }
    if !rows.exemplars.is_empty() {
        connection
            .prepare_cached(DELETE_OLD_EXEMPLARS)?
            .execute([MAX_EXEMPLARS])?;
    }
    Ok(Change {
        edge: !rows.outcomes.is_empty(),
        exemplars: !rows.exemplars.is_empty(),
        ..Change::default()
    })
}

const ADD: &str = "UPDATE edge_outcome SET count = count + ?7
    WHERE (service, instance, signal, backend, outcome, reason) = (?1, ?2, ?3, ?4, ?5, ?6)";
const REPLACE: &str = "UPDATE edge_outcome SET count = ?7
    WHERE (service, instance, signal, backend, outcome, reason) = (?1, ?2, ?3, ?4, ?5, ?6)";
/// An edge has a few dozen counts, and as many again after each start that they are cumulative
/// since. More come from a sender that invents outcomes.
const INSERT: &str = "INSERT INTO edge_outcome
    (service, instance, signal, backend, outcome, reason, count)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE (SELECT count(*) FROM edge_outcome) < 10000";
const INSERT_EXEMPLAR: &str = "INSERT OR IGNORE INTO exemplar
    (trace_id, span_id, service, time, metric, attributes, value)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
/// Those of a trace are deleted with it; this is for traces that never arrive.
const DELETE_OLD_EXEMPLARS: &str =
    "DELETE FROM exemplar WHERE id <= (SELECT max(id) FROM exemplar) - ?1";
const MAX_EXEMPLARS: i64 = 10_000;
