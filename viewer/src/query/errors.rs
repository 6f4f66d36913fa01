//! The query `errors`: exceptions grouped by type, message and frame.

use super::time_range::TimeRange;
use super::{Parameters, QueryError, logs};
use crate::Store;
use crate::decode::{LogRecord, Span, id_json};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value as Json, json};
use throughline_trace_context::hex;

pub(super) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let service = parameters.text("service");
    let TimeRange { since, until } = TimeRange::read(&mut parameters)?;
    let limit = parameters.limit()?;
    parameters.finish()?;
    let (errors, failures) = store.read(|connection| {
        let groups = connection
            .prepare_cached(GROUPS)?
            .query_map(params![service, limit, since, until], Group::read)?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let groups = groups
            .iter()
            .map(|group| group.json(connection))
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let failures = connection
            .prepare_cached(ENGINE_FAILURES)?
            .query_map(
                params![
                    throughline_semconv::THROUGHLINE_ENGINE_FAILURE,
                    service,
                    NEWEST,
                    since,
                    until
                ],
                EngineFailure::read,
            )?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        Ok((groups, failures))
    })?;
    Ok(json!({"errors": errors, "engine_failures": EngineFailure::json(failures)}))
}

/// A page's report that its engine failed: no exception of the application.
struct EngineFailure {
    service: String,
    time: i64,
    bytes: Vec<u8>,
}

impl EngineFailure {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            service: row.get(0)?,
            time: row.get(1)?,
            bytes: row.get(2)?,
        })
    }

    /// The failures, newest first, by service, reason and message.
    fn json(failures: Vec<Self>) -> Json {
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
}

/// Exceptions with the same type, message and innermost frame.
struct Group {
    kind: String,
    message: String,
    thrown_at: String,
    count: i64,
    traces: i64,
    first: i64,
    last: i64,
    /// The id of the newest exception.
    latest: i64,
}

impl Group {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            kind: row.get(0)?,
            message: row.get(1)?,
            thrown_at: row.get(2)?,
            count: row.get(3)?,
            traces: row.get(4)?,
            first: row.get(5)?,
            last: row.get(6)?,
            latest: row.get(7)?,
        })
    }

    fn json(&self, connection: &Connection) -> rusqlite::Result<Json> {
        let services = connection
            .prepare_cached(
                "SELECT DISTINCT service.name FROM exception
                 JOIN service ON service.id = exception.service
                 WHERE type = ?1 AND message = ?2 AND thrown_at = ?3 ORDER BY service.id",
            )?
            .query_map(params![self.kind, self.message, self.thrown_at], |row| {
                row.get::<_, String>(0)
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let recent = connection
            .prepare_cached(
                "SELECT trace_id, span_id, time FROM exception
                 WHERE type = ?1 AND message = ?2 AND thrown_at = ?3 AND trace_id IS NOT NULL
                 ORDER BY time DESC LIMIT 10",
            )?
            .query_map(params![self.kind, self.message, self.thrown_at], |row| {
                Ok(json!({
                    "trace_id": hex::encode(&row.get::<_, [u8; 16]>(0)?),
                    "span_id": id_json(row.get::<_, Option<[u8; 8]>>(1)?),
                    "time_unix_nano": row.get::<_, i64>(2)?.to_string(),
                }))
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(json!({
            "type": self.kind,
            "message": self.message,
            "thrown_at": self.thrown_at,
            "count": self.count,
            "traces": self.traces,
            "services": services,
            "first_seen_unix_nano": self.first.to_string(),
            "last_seen_unix_nano": self.last.to_string(),
            "recent": recent,
            "latest": self.latest(connection)?,
        }))
    }

    /// The newest exception with all its attributes: its log record, or its span's event.
    fn latest(&self, connection: &Connection) -> rusqlite::Result<Json> {
        let (log, span): (Option<i64>, Option<i64>) = connection
            .prepare_cached("SELECT log, span FROM exception WHERE id = ?1")?
            .query_row([self.latest], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if let Some(log) = log {
            return Ok(logs::LogRow::by_id(connection, log)?
                .json()
                .unwrap_or_default());
        }
        let bytes: Option<Vec<u8>> = connection
            .prepare_cached("SELECT bytes FROM span WHERE id = ?1")?
            .query_row([span], |row| row.get(0))
            .optional()?;
        let event = bytes
            .as_deref()
            .and_then(|bytes| Span::decode(bytes).ok())
            .and_then(|span| span.exception_json(&self.kind, &self.message));
        Ok(event.unwrap_or_default())
    }
}

/// SQLite takes the bare columns from the row with the maximum.
/// <https://www.sqlite.org/lang_select.html#bareagg>
const GROUPS: &str =
    "SELECT type, message, thrown_at, sum(exception.count), count(DISTINCT trace_id),
        min(time), max(time), exception.id
    FROM exception JOIN service ON service.id = exception.service
    WHERE (?1 IS NULL OR service.name = ?1) AND time >= ?3 AND time < ?4
    GROUP BY type, message, thrown_at ORDER BY max(time) DESC LIMIT ?2";
/// The newest reports of pages that their engine failed.
const ENGINE_FAILURES: &str = "SELECT service.name, time, log.bytes FROM log
    JOIN resource ON resource.id = log.resource
    JOIN service ON service.id = resource.service
    WHERE event_name = ?1 AND event_name <> '' AND (?2 IS NULL OR service.name = ?2)
        AND time >= ?4 AND time < ?5
    ORDER BY time DESC LIMIT ?3";
/// Reports that are counted.
const NEWEST: i64 = 200;
