//! A trace as the list has it.

use super::position::Position;
use crate::decode::{LogRecord, Span, TraceId, detail, id_json};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value as Json, json};
use throughline_trace_context::hex;

/// A trace that is stored, without its records.
pub(in crate::query) struct TraceRow {
    trace_id: TraceId,
    start: i64,
    end: i64,
    spans: i64,
    odd: i64,
    errors: i64,
    logs: i64,
    exceptions: i64,
    root_has_parent: bool,
    /// The id of the root's row.
    root: Option<i64>,
}

impl TraceRow {
    pub(in crate::query) fn by_id(
        connection: &Connection,
        trace_id: &TraceId,
    ) -> rusqlite::Result<Option<Self>> {
        connection
            .prepare_cached(&format!("{SELECT} WHERE trace_id = ?1"))?
            .query_row([trace_id], Self::read)
            .optional()
    }

    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            trace_id: row.get(0)?,
            start: row.get(1)?,
            end: row.get(2)?,
            spans: row.get(3)?,
            errors: row.get(4)?,
            logs: row.get(5)?,
            exceptions: row.get(6)?,
            root_has_parent: row.get(7)?,
            root: row.get(8)?,
            odd: row.get(9)?,
        })
    }

    pub(in crate::query) const fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    pub(in crate::query) const fn start(&self) -> i64 {
        self.start
    }

    pub(in crate::query) const fn end(&self) -> i64 {
        self.end
    }

    pub(in crate::query) const fn duration_nano(&self) -> i64 {
        self.end - self.start
    }

    /// Whether a span of it is stored: else it has log records alone, and no duration.
    pub(in crate::query) const fn has_spans(&self) -> bool {
        self.spans > 0
    }

    /// Spans and log records.
    pub(super) const fn records(&self) -> i64 {
        self.spans + self.logs
    }

    pub(super) const fn position(&self) -> Position {
        Position {
            start: self.start,
            trace_id: self.trace_id,
        }
    }

    /// Whether the trace has an error: a failed span, or an exception that was not handled in a span
    /// that is not stored or in none.
    pub(in crate::query) fn has_errors(&self, connection: &Connection) -> rusqlite::Result<bool> {
        Ok(self.errors > 0 || self.all_errors(connection)? > 0)
    }

    /// Whether a service has sent one of its spans or, of a trace without spans, one of its log records.
    pub(in crate::query) fn has_service(
        &self,
        connection: &Connection,
        service: &str,
    ) -> rusqlite::Result<bool> {
        connection
            .prepare_cached(match self.has_spans() {
                true => HAS_SERVICE,
                false => HAS_SERVICE_OF_LOGS,
            })?
            .query_row(params![self.trace_id, service], |row| row.get(0))
    }

    /// The number of errors.
    fn all_errors(&self, connection: &Connection) -> rusqlite::Result<i64> {
        if self.exceptions == 0 {
            return Ok(self.errors);
        }
        let outside: i64 = connection
            .prepare_cached(
                "SELECT count(DISTINCT coalesce(span_id, id)) FROM exception
                 WHERE trace_id = ?1 AND log IS NOT NULL AND NOT handled AND NOT EXISTS (
                    SELECT 1 FROM span WHERE span.trace_id = exception.trace_id
                        AND span.span_id = exception.span_id)",
            )?
            .query_row([self.trace_id], |row| row.get(0))?;
        Ok(self.errors + outside)
    }

    pub(in crate::query) fn json(&self, connection: &Connection) -> rusqlite::Result<Json> {
        let services = connection
            .prepare_cached(match self.has_spans() {
                true => SERVICES,
                false => SERVICES_OF_LOGS,
            })?
            .query_map([self.trace_id], |row| {
                Ok(json!({
                    "name": row.get::<_, String>(0)?,
                    "spans": row.get::<_, i64>(1)?,
                    "errors": row.get::<_, i64>(2)?,
                }))
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let root: Option<(Vec<u8>, String)> = connection
            .prepare_cached(
                "SELECT span.bytes, service.name FROM span
                 JOIN resource ON resource.id = span.resource
                 JOIN service ON service.id = resource.service
                 WHERE span.id = ?1",
            )?
            .query_row([self.root], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let root =
            (root.as_ref()).and_then(|(bytes, service)| Some((Span::decode(bytes).ok()?, service)));
        Ok(json!({
            "trace_id": hex::encode(&self.trace_id),
            "root": root.map(|(root, service)| json!({
                "span_id": id_json(root.span_id),
                "name": root.name,
                "detail": detail(&root),
                "kind": root.kind(),
                "service": service,
                "arrived": !self.root_has_parent,
            })),
            "start_unix_nano": self.start.to_string(),
            "end_unix_nano": self.end.to_string(),
            "spans": self.spans,
            "errors": self.all_errors(connection)?,
            "odd_times": self.odd,
            "logs": self.logs,
            "exceptions": self.exceptions,
            "services": services,
            "headline": match self.has_spans() {
                true => None,
                false => self.headline(connection)?,
            },
        }))
    }

    /// The text of its first exception or, without one, of its first log record.
    fn headline(&self, connection: &Connection) -> rusqlite::Result<Option<String>> {
        let bytes: Option<Vec<u8>> = connection
            .prepare_cached(
                "SELECT bytes FROM log WHERE trace_id = ?1 ORDER BY
                    NOT EXISTS (SELECT 1 FROM exception WHERE exception.log = log.id), time, id
                 LIMIT 1",
            )?
            .query_row([self.trace_id], |row| row.get(0))
            .optional()?;
        let log = bytes.as_deref().map(LogRecord::decode);
        Ok(log.and_then(Result::ok).map(|log| log.headline()))
    }
}

const SERVICES: &str = "SELECT service.name, trace_service.spans, trace_service.errors
    FROM trace_service JOIN service ON service.id = trace_service.service
    WHERE trace_id = ?1 ORDER BY service.id";
const HAS_SERVICE: &str = "SELECT EXISTS (SELECT 1 FROM trace_service
    JOIN service ON service.id = trace_service.service
    WHERE trace_id = ?1 AND service.name = ?2)";
/// Of a trace without spans.
const HAS_SERVICE_OF_LOGS: &str = "SELECT EXISTS (SELECT 1 FROM log
    JOIN resource ON resource.id = log.resource JOIN service ON service.id = resource.service
    WHERE trace_id = ?1 AND service.name = ?2)";
/// Of a trace without spans.
const SERVICES_OF_LOGS: &str = "SELECT DISTINCT service.name, 0, 0 FROM log
    JOIN resource ON resource.id = log.resource JOIN service ON service.id = resource.service
    WHERE trace_id = ?1 ORDER BY service.id";
/// Selects what [`TraceRow::read`] reads.
pub(super) const SELECT: &str = "SELECT trace_id, start, end, spans, errors, logs, exceptions,
    root_has_parent, root, odd FROM trace";
