//! Decodes spans and writes them as rows.

use super::eviction::Held;
use super::intern::{Intern, ResourceNumber};
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
    held: &mut Held,
) -> rusqlite::Result<Change> {
    let mut change = Change::default();
    let mut intern = Intern::default();
    for row in rows {
        let number = intern.resource(connection, row.record.resource)?;
        let scope = intern.scope(connection, row.record.scope)?;
        let inserted = connection
            .prepare_cached(
                "INSERT INTO span (trace_id, span_id, name, resource, scope, bytes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                row.trace_id,
                row.span_id,
                row.span.name,
                number.resource,
                scope,
                row.record.bytes
            ])?;
        if inserted == 0 {
            continue;
        }
        let span = connection.last_insert_rowid();
        held.touch(connection, row.trace_id, row.record.bytes.len())?;
        count(connection, row, number)?;
        insert_links(connection, row)?;
        change.exceptions |= insert_exceptions(connection, row, span, number)?;
        change.traces.insert(row.trace_id);
    }
    Ok(change)
}

/// Updates the row of the span's trace, which the list of traces shows.
fn count(
    connection: &Connection,
    row: &SpanRow<'_>,
    number: ResourceNumber,
) -> rusqlite::Result<()> {
    let start = stored_time(row.span.start_unix_nano);
    // A span without an end has duration zero, not one back to 1970.
    let end = stored_time(row.span.end_unix_nano).max(start);
    let error = i64::from(row.span.is_error());
    connection
        .prepare_cached(
            "UPDATE trace SET
                start = CASE WHEN spans = 0 THEN ?2 ELSE min(start, ?2) END,
                end = max(end, ?3),
                spans = spans + 1,
                errors = errors + ?4
             WHERE trace_id = ?1",
        )?
        .execute(params![row.trace_id, start, end, error])?;
    connection
        .prepare_cached(
            "INSERT INTO trace_service (trace_id, service, spans, errors) VALUES (?1, ?2, 1, ?3)
             ON CONFLICT DO UPDATE SET spans = spans + 1, errors = errors + ?3",
        )?
        .execute(params![row.trace_id, number.service, error])?;
    connection
        .prepare_cached(
            "UPDATE trace SET root_span_id = ?2, root_has_parent = ?3, root_start = ?4
             WHERE trace_id = ?1
               AND (root_span_id IS NULL OR (?3, ?4) < (root_has_parent, root_start))",
        )?
        .execute(params![
            row.trace_id,
            row.span_id,
            row.span.parent_span_id.is_some(),
            start
        ])?;
    Ok(())
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

/// Writes the exceptions of a span's events, unless the same exception is stored already:
/// an exception passes through every enclosing span, and some SDKs record it in each of
/// them as well as in a log record.
fn insert_exceptions(
    connection: &Connection,
    row: &SpanRow<'_>,
    span: i64,
    number: ResourceNumber,
) -> rusqlite::Result<bool> {
    let mut inserted = 0;
    for (time, exception) in row.span.exceptions() {
        inserted += connection
            .prepare_cached(
                "INSERT INTO exception
                    (span, trace_id, span_id, service, time, type, message, thrown_at, count)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE NOT EXISTS (
                    SELECT 1 FROM exception
                    WHERE trace_id = ?2 AND service = ?4 AND type = ?6 AND message = ?7)",
            )?
            .execute(params![
                span,
                row.trace_id,
                row.span_id,
                number.service,
                stored_time(time),
                exception.kind,
                exception.message,
                exception.thrown_at,
                exception.count
            ])?;
    }
    if inserted > 0 {
        connection
            .prepare_cached("UPDATE trace SET exceptions = exceptions + ?2 WHERE trace_id = ?1")?
            .execute(params![row.trace_id, inserted])?;
    }
    Ok(inserted > 0)
}
