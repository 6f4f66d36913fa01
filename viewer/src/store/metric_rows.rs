//! Stores the number of data points of metrics, and the edge's outcome counts among them.

use super::{StoreError, intern, tally};
use crate::changes::Change;
use crate::decode::{self, OutcomeCount, Temporality, records};
use rusqlite::{Connection, params};
use std::borrow::Cow;

/// The stored part of a batch of metrics.
pub(super) struct MetricRows<'a> {
    points: usize,
    outcomes: Vec<(Cow<'a, str>, OutcomeCount<'a>)>,
}

/// Decodes an `ExportMetricsServiceRequest`.
pub(super) fn read(export_request: &[u8]) -> Result<MetricRows<'_>, StoreError> {
    let mut rows = MetricRows {
        points: 0,
        outcomes: Vec::new(),
    };
    for record in records(export_request)? {
        rows.points += decode::point_count(record.bytes);
        rows.outcomes.extend(
            decode::outcome_counts(record.bytes)
                .into_iter()
                .map(|outcome| (decode::service_name(record.resource), outcome)),
        );
    }
    Ok(rows)
}

/// Adds the data points and updates the edge's outcome counts.
pub(super) fn insert(connection: &Connection, rows: &MetricRows<'_>) -> rusqlite::Result<Change> {
    tally::add(connection, tally::METRIC_POINTS, rows.points)?;
    for (service, outcome) in &rows.outcomes {
        let service = intern::service(connection, service)?;
        let update = match outcome.temporality {
            Temporality::Delta => ADD,
            Temporality::Cumulative => REPLACE,
        };
        let count = i64::try_from(outcome.count).unwrap_or(i64::MAX);
        connection.prepare_cached(update)?.execute(params![
            service,
            outcome.signal,
            outcome.outcome,
            outcome.reason,
            count,
            MAX_SERIES
        ])?;
    }
    Ok(Change {
        edge: !rows.outcomes.is_empty(),
        ..Change::default()
    })
}

const ADD: &str = "INSERT INTO edge_outcome (service, signal, outcome, reason, count)
    SELECT ?1, ?2, ?3, ?4, ?5 WHERE (SELECT count(*) FROM edge_outcome) < ?6
    ON CONFLICT DO UPDATE SET count = count + ?5";
const REPLACE: &str = "INSERT INTO edge_outcome (service, signal, outcome, reason, count)
    SELECT ?1, ?2, ?3, ?4, ?5 WHERE (SELECT count(*) FROM edge_outcome) < ?6
    ON CONFLICT DO UPDATE SET count = ?5";
/// An edge has a few dozen; more come from a sender that invents outcomes.
const MAX_SERIES: i64 = 1_000;
