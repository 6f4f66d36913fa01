//! The query `errors`: exceptions grouped by type, message and frame.

use super::{Parameters, QueryError, logs};
use crate::Store;
use crate::decode::{Span, id_json};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value as Json, json};
use throughline_trace_context::hex;

pub(super) fn answer(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let service = parameters.text("service");
    let limit = parameters.limit()?;
    parameters.finish()?;
    let errors = store.read(|connection| {
        let groups = connection
            .prepare_cached(GROUPS)?
            .query_map(params![service, limit], Group::read)?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        groups
            .iter()
            .map(|group| group.json(connection))
            .collect::<rusqlite::Result<Vec<_>>>()
    })?;
    Ok(json!({"errors": errors}))
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
            return Ok(logs::LogRow::numbered(connection, log)?
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
    WHERE ?1 IS NULL OR service.name = ?1
    GROUP BY type, message, thrown_at ORDER BY max(time) DESC LIMIT ?2";
