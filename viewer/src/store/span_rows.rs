//! Decodes spans and writes them as rows.

use super::digest::digest;
use super::eviction::StoreSize;
use super::exception_rows::{ExceptionRow, Source};
use super::intern::{Intern, ResourceIds};
use super::plausible::PlausibleTimes;
use super::search_index::SearchIndex;
use super::{StoreError, stored_time};
use crate::changes::Change;
use crate::decode::{Record, Span, SpanId, TraceId, records};
use rusqlite::{Connection, params};

/// A decoded span.
pub(super) struct SpanRow<'a> {
    record: Record<'a>,
    span: Span<'a>,
    trace_id: TraceId,
    span_id: SpanId,
}

/// Decodes an `ExportTraceServiceRequest`.
pub(super) fn read(export_request: &[u8]) -> Result<Vec<SpanRow<'_>>, StoreError> {
    records(export_request)?
        .into_iter()
        .map(|record| {
            let span = Span::decode(record.bytes)?;
            Ok(SpanRow {
                trace_id: span.trace_id.ok_or(StoreError::Identity)?,
                span_id: span.span_id.ok_or(StoreError::Identity)?,
                record,
                span,
            })
        })
        .collect()
}

/// Writes the spans that are not stored yet.
pub(super) fn insert(
    connection: &Connection,
    rows: &[SpanRow<'_>],
    received_at: u64,
    size: &mut StoreSize,
    index: &mut SearchIndex,
) -> rusqlite::Result<Change> {
    let mut change = Change::default();
    let mut intern = Intern::default();
    for row in rows {
        let ids = intern.resource(connection, row.record.resource)?;
        let scope = intern.scope(connection, row.record.scope)?;
        let times = Times::of(&row.span, received_at);
        let failed = row.span.is_failed() || has_unhandled_exception(connection, row)?;
        let inserted = connection
            .prepare_cached(
                "INSERT INTO span
                    (trace_id, span_id, digest, name, failed, odd, resource, scope, bytes)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE NOT EXISTS (
                    SELECT 1 FROM span INDEXED BY span_by_identity
                        WHERE trace_id = ?1 AND span_id = ?2 AND digest = ?3
                        AND resource = ?7 AND scope = ?8 AND bytes = ?9)",
            )?
            .execute(params![
                row.trace_id,
                row.span_id,
                digest((ids.resource, scope, row.record.bytes)),
                row.span.name,
                failed,
                times.odd(),
                ids.resource,
                scope,
                row.record.bytes
            ])?;
        if inserted == 0 {
            continue;
        }
        let span = connection.last_insert_rowid();
        size.touch(connection, row.trace_id, row.record.bytes.len())?;
        index.add_span(
            row.trace_id,
            &row.span,
            (ids.resource, row.record.resource),
            (scope, row.record.scope),
        );
        update_trace(connection, row, ids, failed, times)?;
        choose_root(connection, row, span, times)?;
        insert_links(connection, row)?;
        change.exceptions |= insert_exceptions(connection, row, span, ids, received_at)?;
        change.traces.insert(row.trace_id);
    }
    Ok(change)
}

/// The times of a span, as far as they are plausible.
#[derive(Debug, Clone, Copy)]
struct Times {
    start: Option<i64>,
    end: Option<i64>,
    received_at: i64,
}

impl Times {
    fn of(span: &Span<'_>, received_at: u64) -> Self {
        let plausible = PlausibleTimes::received_at(received_at);
        Self {
            start: plausible.check(span.start_unix_nano),
            end: plausible.check(span.end_unix_nano),
            received_at: stored_time(received_at),
        }
    }

    const fn odd(self) -> u8 {
        self.start.is_none() as u8 | (self.end.is_none() as u8) << 1
    }

    /// The range of the span: one moment when one of its times is not plausible.
    fn range(self) -> (i64, i64) {
        let start = self.start.or(self.end).unwrap_or(self.received_at);
        // A span that ends before it starts has duration zero.
        (start, self.end.unwrap_or(start).max(start))
    }
}

/// Updates the row of the span's trace, which the list of traces shows.
fn update_trace(
    connection: &Connection,
    row: &SpanRow<'_>,
    ids: ResourceIds,
    failed: bool,
    times: Times,
) -> rusqlite::Result<()> {
    let (start, end) = times.range();
    let is_dated = times.start.or(times.end).is_some();
    connection
        .prepare_cached(
            "UPDATE trace SET
                start = CASE WHEN ?4 > dated OR spans = 0 THEN ?2
                    WHEN ?4 < min(dated, 1) THEN start ELSE min(start, ?2) END,
                end = CASE WHEN ?4 > dated OR spans = 0 THEN ?3
                    WHEN ?4 < min(dated, 1) THEN end ELSE max(end, ?3) END,
                spans = spans + 1,
                dated = dated + ?4,
                odd = odd + ?5,
                errors = errors + ?6
             WHERE trace_id = ?1",
        )?
        .execute(params![
            row.trace_id,
            start,
            end,
            is_dated,
            times.odd() != 0,
            failed
        ])?;
    connection
        .prepare_cached(
            "INSERT INTO trace_service (trace_id, service, spans, errors) VALUES (?1, ?2, 1, ?3)
             ON CONFLICT DO UPDATE SET spans = spans + 1, errors = errors + ?3",
        )?
        .execute(params![row.trace_id, ids.service, failed])?;
    Ok(())
}

/// Makes the span the root of its trace when it is a better one than the present root.
fn choose_root(
    connection: &Connection,
    row: &SpanRow<'_>,
    span: i64,
    times: Times,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE trace SET root = ?2, root_has_parent = ?3, root_start = ?4
             WHERE trace_id = ?1
               AND (root IS NULL OR (?3, ?4) < (root_has_parent, root_start))",
        )?
        .execute(params![
            row.trace_id,
            span,
            row.span.parent_span_id.is_some(),
            // A span without a plausible start comes after all others.
            times.start.unwrap_or(i64::MAX)
        ])?;
    Ok(())
}

/// Whether a log record that is stored already is an exception that was thrown in the span.
fn has_unhandled_exception(connection: &Connection, row: &SpanRow<'_>) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM exception
                WHERE trace_id = ?1 AND span_id = ?2 AND log IS NOT NULL AND NOT handled)",
        )?
        .query_row(params![row.trace_id, row.span_id], |row| row.get(0))
}

fn insert_links(connection: &Connection, row: &SpanRow<'_>) -> rusqlite::Result<()> {
    for (linked_trace_id, linked_span_id) in row.span.linked_spans() {
        connection
            .prepare_cached(
                "INSERT INTO link (trace_id, span_id, linked_trace_id, linked_span_id)
                 VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                row.trace_id,
                row.span_id,
                linked_trace_id,
                linked_span_id
            ])?;
    }
    Ok(())
}

/// Writes the exceptions of a span's events. Returns whether any is new.
fn insert_exceptions(
    connection: &Connection,
    row: &SpanRow<'_>,
    span: i64,
    ids: ResourceIds,
    received_at: u64,
) -> rusqlite::Result<bool> {
    let plausible = PlausibleTimes::received_at(received_at);
    let mut is_any_new = false;
    for (time, exception) in row.span.exceptions() {
        is_any_new |= ExceptionRow {
            source: Source::Span(span),
            trace_id: Some(row.trace_id),
            span_id: Some(row.span_id),
            ids,
            time: plausible.check(time).unwrap_or(stored_time(received_at)),
            exception,
        }
        .insert(connection)?;
    }
    Ok(is_any_new)
}
