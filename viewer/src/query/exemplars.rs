//! The query `exemplars`: measurements of metrics with the span they were made in, newest first.

use super::time_range::TimeRange;
use super::{Parameters, QueryError};
use crate::Store;
use rusqlite::{Connection, Row, params};
use serde_json::{Value as Json, json};
use throughline_trace_context::hex;

pub(super) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let metric = parameters.text("metric");
    let service = parameters.text("service");
    let times = TimeRange::read(&mut parameters)?;
    let limit = parameters.limit()?;
    parameters.finish()?;
    let exemplars = store.read(|connection| {
        newest(
            connection,
            metric.as_deref(),
            service.as_deref(),
            times,
            limit,
        )
    })?;
    Ok(json!({"exemplars": exemplars}))
}

/// Those of a metric, a service and a range of times.
pub(super) fn newest(
    connection: &Connection,
    metric: Option<&str>,
    service: Option<&str>,
    times: TimeRange,
    limit: usize,
) -> rusqlite::Result<Vec<Json>> {
    connection
        .prepare_cached(
            "SELECT metric, service.name, attributes, value, time, trace_id, span_id
             FROM exemplar JOIN service ON service.id = exemplar.service
             WHERE (?1 IS NULL OR metric = ?1) AND (?2 IS NULL OR service.name = ?2)
                AND time >= ?4 AND time < ?5
             ORDER BY time DESC, exemplar.id DESC LIMIT ?3",
        )?
        .query_map(
            params![metric, service, limit, times.since, times.until],
            exemplar,
        )?
        .collect()
}

fn exemplar(row: &Row<'_>) -> rusqlite::Result<Json> {
    let attributes: String = row.get(2)?;
    Ok(json!({
        "metric": row.get::<_, String>(0)?,
        "service": row.get::<_, String>(1)?,
        "attributes": serde_json::from_str::<Json>(&attributes).unwrap_or_default(),
        "value": row.get::<_, f64>(3)?,
        "time_unix_nano": row.get::<_, i64>(4)?.to_string(),
        "trace_id": hex::encode(&row.get::<_, [u8; 16]>(5)?),
        "span_id": hex::encode(&row.get::<_, [u8; 8]>(6)?),
    }))
}
