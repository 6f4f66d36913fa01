//! Failures of the engine that pages report, which are no exceptions of the application.

use crate::decode::LogRecord;
use crate::query::time_range::TimeRange;
use rusqlite::{Connection, Row, params};
use serde_json::{Value as Json, json};

/// A page's report that its engine failed: no exception of the application.
pub(super) struct EngineFailure {
    service: String,
    time: i64,
    bytes: Vec<u8>,
}

impl EngineFailure {
    /// The newest failures.
    pub(super) fn newest(
        connection: &Connection,
        service: Option<&str>,
        times: TimeRange,
    ) -> rusqlite::Result<Vec<Self>> {
        connection
            .prepare_cached(ENGINE_FAILURES)?
            .query_map(
                params![
                    throughline_semconv::THROUGHLINE_ENGINE_FAILURE,
                    service,
                    NEWEST,
                    times.since,
                    times.until
                ],
                Self::read,
            )?
            .collect()
    }

    /// The failures, newest first, by service, reason and message.
    pub(super) fn json(failures: Vec<Self>) -> Json {
        let mut groups: Vec<(Json, u64, i64)> = Vec::new();
        for failure in failures {
            let Ok(log) = LogRecord::decode(&failure.bytes) else {
                continue;
            };
            let attributes = log.attributes();
            let group = json!({
                "service": failure.service,
                "reason": attributes.text(throughline_semconv::THROUGHLINE_ENGINE_FAILURE_REASON),
                "message": attributes.text(throughline_semconv::THROUGHLINE_ENGINE_FAILURE_MESSAGE),
            });
            match groups.iter_mut().find(|(known, ..)| *known == group) {
                Some((_, count, _)) => *count += 1,
                None => groups.push((group, 1, failure.time)),
            }
        }
        groups
            .into_iter()
            .map(|(mut group, count, last)| {
                group["count"] = count.into();
                group["last_seen_unix_nano"] = last.to_string().into();
                group
            })
            .collect()
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            service: row.get(0)?,
            time: row.get(1)?,
            bytes: row.get(2)?,
        })
    }
}

/// The newest reports of pages that their engine failed.
const ENGINE_FAILURES: &str = "SELECT service.name, time, log.bytes FROM log
    JOIN resource ON resource.id = log.resource
    JOIN service ON service.id = resource.service
    WHERE event_name = ?1 AND event_name <> '' AND (?2 IS NULL OR service.name = ?2)
        AND time >= ?4 AND time < ?5
    ORDER BY time DESC LIMIT ?3";
/// Reports that are counted.
const NEWEST: i64 = 200;
