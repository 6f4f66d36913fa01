//! Stores the number of data points of metrics, and the edge's outcome counts among them.

use super::{StoreError, intern, tally};
use crate::changes::Change;
use crate::decode::{self, OutcomeCount, Temporality, records};
use rusqlite::{Connection, params};
use std::borrow::Cow;

/// The stored part of a batch of metrics.
pub(super) struct MetricRows<'a> {
    points: usize,
    outcomes: Vec<OutcomeRow<'a>>,
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
    };
    for record in records(export_request)? {
        rows.points += decode::point_count(record.bytes);
        let outcomes = decode::outcome_counts(record.bytes).into_iter();
        rows.outcomes.extend(outcomes.map(|outcome| OutcomeRow {
            service: decode::service_name(record.resource),
            instance: decode::instance_id(record.resource),
            outcome,
        }));
    }
    Ok(rows)
}

/// Adds the data points and updates the edge's outcome counts.
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
    Ok(Change {
        edge: !rows.outcomes.is_empty(),
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
