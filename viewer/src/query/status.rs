//! The query `status`: the store's size and services, and the edge's outcome counts.

use super::{Parameters, QueryError};
use crate::Store;
use crate::store::tally;
use serde_json::{Map, Value as Json, json};

pub(super) fn run(store: &Store, parameters: Parameters<'_>) -> Result<Json, QueryError> {
    parameters.finish()?;
    let (size, bounds) = store.size();
    let (services, edge, tallies) = store.read(|connection| {
        let services = connection
            .prepare_cached("SELECT name FROM service ORDER BY id LIMIT 1000")?
            .query_map([], |row| row.get::<_, String>(0))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let edge = connection
            .prepare_cached(
                "SELECT signal, outcome, reason, total(count) FROM edge_outcome
                 GROUP BY signal, outcome, reason",
            )?
            .query_map([], |row| {
                Ok(json!({
                    "signal": row.get::<_, String>(0)?,
                    "outcome": row.get::<_, String>(1)?,
                    "reason": row.get::<_, String>(2)?,
                    "count": row.get::<_, f64>(3)? as u64,
                }))
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let tallies = connection
            .prepare_cached("SELECT name, count FROM tally")?
            .query_map([], |row| {
                Ok((row.get::<_, String>(0)?, Json::from(row.get::<_, i64>(1)?)))
            })?
            .collect::<rusqlite::Result<Map<_, _>>>()?;
        Ok((services, edge, tallies))
    })?;
    let counted = |name: &str| tallies.get(name).cloned().unwrap_or(Json::from(0));
    Ok(json!({
        "services": services,
        "store": {
            "traces": size.traces,
            "bytes": size.bytes(),
            "max_traces": bounds.traces,
            "max_bytes": bounds.bytes,
            "traces_evicted": counted(tally::TRACES_EVICTED),
            "logs_evicted": counted(tally::LOGS_EVICTED),
            "metric_points": size.metrics.points,
            "metric_series": size.metrics.series,
            "max_metric_points": bounds.metric_points,
            "max_metric_series": bounds.metric_series,
            "metric_points_evicted": counted(tally::METRIC_POINTS_EVICTED),
        },
        "edge": edge,
    }))
}
