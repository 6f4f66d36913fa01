//! Decodes log records and writes them as rows.

use super::digest::digest;
use super::eviction::StoreSize;
use super::exception_rows::{ExceptionRow, Source};
use super::intern::{Intern, ResourceIds};
use super::plausible::PlausibleTimes;
use super::search_index::SearchIndex;
use super::{StoreError, stored_time};
use crate::changes::Change;
use crate::decode::{Attributes, LogRecord, Record, TraceId, WebVital, records};
use rusqlite::{Connection, params};
use std::collections::HashMap;
use throughline_otlp::field::resource;

/// A decoded log record.
pub(super) struct LogRow<'a> {
    record: Record<'a>,
    log: LogRecord<'a>,
    /// The time of the record where that is plausible, else the time at which it was received.
    time: i64,
}

/// Decodes an `ExportLogsServiceRequest`.
pub(super) fn read(
    export_request: &[u8],
    received_at_unix_nano: u64,
) -> Result<Vec<LogRow<'_>>, StoreError> {
    let plausible = PlausibleTimes::received_at(received_at_unix_nano);
    let received_at = stored_time(received_at_unix_nano);
    records(export_request)?
        .into_iter()
        .map(|record| {
            let log = LogRecord::decode(record.bytes)?;
            Ok(LogRow {
                time: log
                    .time()
                    .and_then(|time| plausible.check(time))
                    .unwrap_or(received_at),
                record,
                log,
            })
        })
        .collect()
}

/// Writes the log records, with the exceptions and web vitals among them.
pub(super) fn insert(
    connection: &Connection,
    rows: &[LogRow<'_>],
    size: &mut StoreSize,
    index: &mut SearchIndex,
) -> rusqlite::Result<Change> {
    let mut change = Change::default();
    let mut intern = Intern::default();
    let mut copies: HashMap<i64, i64> = HashMap::new();
    for row in rows {
        let ids = intern.resource(connection, row.record.resource)?;
        // Nothing distinguishes a record without a time from the next one like it, except the
        // time at which it was received.
        let received_at = row.log.time().is_none().then_some(row.time);
        let digest = digest((received_at, ids.resource, row.record.bytes));
        let copies = copies.entry(digest).or_default();
        let copy = *copies;
        *copies += 1;
        let inserted = connection
            .prepare_cached(
                "INSERT INTO log
                    (trace_id, time, severity, event_name, digest, copy, resource, bytes)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE NOT EXISTS (
                    SELECT 1 FROM log INDEXED BY log_by_digest WHERE digest = ?5 AND copy = ?6
                        AND coalesce(?9, time) = time AND resource = ?7 AND bytes = ?8)",
            )?
            .execute(params![
                row.log.trace_id,
                row.time,
                row.log.severity_number,
                row.log.event_name,
                digest,
                copy,
                ids.resource,
                row.record.bytes,
                received_at
            ])?;
        if inserted == 0 {
            continue;
        }
        change.logs = true;
        let log = connection.last_insert_rowid();
        match row.log.trace_id {
            Some(trace_id) => {
                size.touch(connection, trace_id, row.record.bytes.len())?;
                update_trace(connection, trace_id, row.time)?;
                change.traces.insert(trace_id);
            }
            None => size.add_untraced(row.record.bytes.len()),
        }
        index.add_log(log, &row.log, (ids.resource, row.record.resource));
        change.exceptions |= insert_exception(connection, row, log, ids)?;
        change.web_vitals |= insert_web_vital(connection, row, log, ids)?;
    }
    Ok(change)
}

/// Counts the log record in the row of its trace, whose times are those of its log records until a
/// span arrives.
fn update_trace(connection: &Connection, trace_id: TraceId, time: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE trace SET
                start = CASE WHEN spans > 0 THEN start WHEN logs = 0 THEN ?2 ELSE min(start, ?2) END,
                end = CASE WHEN spans > 0 THEN end WHEN logs = 0 THEN ?2 ELSE max(end, ?2) END,
                logs = logs + 1
             WHERE trace_id = ?1",
        )?
        .execute(params![trace_id, time])?;
    Ok(())
}

/// Sets the times of traces without spans in a store of a program that did not.
pub(super) fn date_traces(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE trace SET
            start = (SELECT min(time) FROM log WHERE log.trace_id = trace.trace_id),
            end = (SELECT max(time) FROM log WHERE log.trace_id = trace.trace_id)
         WHERE start = 0 AND spans = 0 AND logs > 0",
        [],
    )?;
    Ok(())
}

fn insert_exception(
    connection: &Connection,
    row: &LogRow<'_>,
    log: i64,
    ids: ResourceIds,
) -> rusqlite::Result<bool> {
    let Some(exception) = row.log.exception() else {
        return Ok(false);
    };
    if !exception.handled {
        mark_failed(connection, row)?;
    }
    ExceptionRow {
        source: Source::Log(log),
        trace_id: row.log.trace_id,
        span_id: row.log.span_id,
        ids,
        time: row.time,
        exception,
    }
    .insert(connection)
}

/// Marks the span in which an exception was thrown as failed; with several spans of this id,
/// all of them.
fn mark_failed(connection: &Connection, row: &LogRow<'_>) -> rusqlite::Result<()> {
    let services = connection
        .prepare_cached(
            "UPDATE span SET failed = 1 WHERE trace_id = ?1 AND span_id = ?2 AND NOT failed
             RETURNING (SELECT service FROM resource WHERE resource.id = span.resource)",
        )?
        .query_map(params![row.log.trace_id, row.log.span_id], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<i64>>>()?;
    for service in services {
        connection
            .prepare_cached("UPDATE trace SET errors = errors + 1 WHERE trace_id = ?1")?
            .execute([row.log.trace_id])?;
        connection
            .prepare_cached(
                "UPDATE trace_service SET errors = errors + 1
                 WHERE trace_id = ?1 AND service = ?2",
            )?
            .execute(params![row.log.trace_id, service])?;
    }
    Ok(())
}

fn insert_web_vital(
    connection: &Connection,
    row: &LogRow<'_>,
    log: i64,
    ids: ResourceIds,
) -> rusqlite::Result<bool> {
    let resource = Attributes::of(row.record.resource, resource::ATTRIBUTES);
    let Some(vital) = WebVital::read(&row.log, resource) else {
        return Ok(false);
    };
    connection
        .prepare_cached(
            "INSERT INTO web_vital (log, trace_id, service, time, page, name, value)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            log,
            row.log.trace_id,
            ids.service,
            row.time,
            vital.page,
            vital.name,
            vital.value
        ])?;
    Ok(true)
}
