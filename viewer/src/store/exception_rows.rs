//! Writes exceptions as rows: those of log records and those of span events.

use super::intern::ResourceIds;
use super::resolutions;
use crate::decode::{Exception, SpanId, TraceId};
use rusqlite::{Connection, params};

/// An exception, with the span and the service in which it was thrown.
pub(super) struct ExceptionRow {
    pub(super) source: Source,
    pub(super) trace_id: Option<TraceId>,
    pub(super) span_id: Option<SpanId>,
    pub(super) ids: ResourceIds,
    /// ns since the Unix epoch.
    pub(super) time: i64,
    pub(super) exception: Exception,
}

/// The record that an exception was read from, by the id of its row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    Log(i64),
    Span(i64),
}

impl ExceptionRow {
    /// Writes the exception; returns whether it is stored now.
    ///
    /// An exception passes through every enclosing span, and some SDKs record it in each of them
    /// as well as in a log record, which has more about it: of these the log record is stored, or
    /// else the first span event.
    pub(super) fn insert(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let exception = &self.exception;
        let (log, span) = match self.source {
            Source::Log(log) => (Some(log), None),
            Source::Span(span) => (None, Some(span)),
        };
        let replaced = match self.source {
            Source::Log(_) => self.delete_of_events(connection)?,
            Source::Span(_) => 0,
        };
        let inserted = connection
            .prepare_cached(
                "INSERT INTO exception
                    (log, span, trace_id, span_id, service, time, type, message, thrown_at, handled, count,
                     fingerprint)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12
                 WHERE ?1 IS NOT NULL OR NOT EXISTS (
                    SELECT 1 FROM exception
                    WHERE trace_id = ?3 AND service = ?5 AND type = ?7 AND message = ?8)",
            )?
            .execute(params![
                log,
                span,
                self.trace_id,
                self.span_id,
                self.ids.service,
                self.time,
                exception.kind,
                exception.message,
                exception.thrown_at,
                exception.handled,
                exception.count,
                exception.fingerprint
            ])?;
        connection
            .prepare_cached(
                "UPDATE trace SET exceptions = exceptions + ?2 - ?3 WHERE trace_id = ?1",
            )?
            .execute(params![self.trace_id, inserted, replaced])?;
        if inserted > 0 {
            resolutions::compare(
                connection,
                exception.fingerprint,
                self.time,
                self.ids.resource,
            )?;
        }
        Ok(inserted > 0)
    }

    fn delete_of_events(&self, connection: &Connection) -> rusqlite::Result<usize> {
        connection
            .prepare_cached(
                "DELETE FROM exception WHERE trace_id = ?1 AND log IS NULL
                   AND service = ?2 AND type = ?3 AND message = ?4",
            )?
            .execute(params![
                self.trace_id,
                self.ids.service,
                self.exception.kind,
                self.exception.message
            ])
    }
}
