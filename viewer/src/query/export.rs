//! The query `export`: traces with their log records, and metrics, as files of OTLP JSON lines, zipped.
//!
//! `traces.jsonl`, `logs.jsonl` and `metrics.jsonl` have an export request per line, as the specification has it
//! for files, which the Collector's receiver `otlpjsonfile` reads too.
//! <https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/>

use super::traces::Filter;
use super::{Parameters, QueryError, metrics};
use crate::Store;
use crate::decode::TraceId;
use rusqlite::{Connection, Row, params};
use std::io::{Cursor, Write};
use throughline_otlp::field::{export_request, resource_group, scope_group};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::{Signal, json, schema};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The traces that match a filter, as a zip archive.
pub(crate) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Vec<u8>, QueryError> {
    let only = parameters.trace_id("trace_id")?;
    let filter = Filter::read(&mut parameters)?;
    parameters.finish()?;
    let mut traces = Vec::new();
    filter.each(store, |_, row| {
        let trace_id = row.trace_id();
        if only.is_none_or(|only| only == trace_id) {
            traces.push(trace_id);
        }
        Ok(only.is_none() || traces.is_empty())
    })?;
    if only.is_some() && traces.is_empty() {
        return Err(QueryError::Absent("trace"));
    }
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(TRACES, SimpleFileOptions::default())?;
    for trace_id in &traces {
        let rows = store.read(|connection| rows(connection, SPANS, Some(trace_id)))?;
        write_line(&mut archive, Signal::Traces, &rows)?;
    }
    archive.start_file(LOGS, SimpleFileOptions::default())?;
    for trace_id in &traces {
        let rows = store.read(|connection| rows(connection, LOGS_OF_TRACE, Some(trace_id)))?;
        write_line(&mut archive, Signal::Logs, &rows)?;
    }
    // A range of times has the log records of no trace and the metrics too; another filter is about traces.
    let times = filter.only_times().filter(|_| only.is_none());
    if let Some(times) = times {
        let rows = store.read(|connection| {
            let mut statement = connection.prepare_cached(LOGS_OF_NONE)?;
            let rows = statement.query_map(params![times.since, times.until], ExportRow::read)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        for rows in rows.chunks(LOGS_PER_LINE) {
            write_line(&mut archive, Signal::Logs, rows)?;
        }
    }
    archive.start_file(METRICS, SimpleFileOptions::default())?;
    if let Some(times) = times {
        metrics::export(store, times, &mut archive)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// A record with what sent it.
struct ExportRow {
    resource: Vec<u8>,
    scope: Vec<u8>,
    bytes: Vec<u8>,
}

impl ExportRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            resource: row.get(0)?,
            scope: row.get(1)?,
            bytes: row.get(2)?,
        })
    }
}

fn rows(
    connection: &Connection,
    select: &str,
    trace_id: Option<&TraceId>,
) -> rusqlite::Result<Vec<ExportRow>> {
    let mut statement = connection.prepare_cached(select)?;
    let rows = statement.query_map([trace_id], ExportRow::read)?;
    rows.collect()
}

/// Writes one export request as a line; nothing for no rows.
fn write_line(
    archive: &mut impl Write,
    signal: Signal,
    rows: &[ExportRow],
) -> Result<(), QueryError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut request = Writer::new();
    for resource in rows.chunk_by(|a, b| a.resource == b.resource) {
        let group = request.open(export_request::RESOURCE);
        if let [first, ..] = resource {
            request.bytes_present(resource_group::RESOURCE, &first.resource);
        }
        for scope in resource.chunk_by(|a, b| a.scope == b.scope) {
            let records = request.open(resource_group::SCOPE);
            if let [first, ..] = scope {
                request.bytes(scope_group::SCOPE, &first.scope);
            }
            for row in scope {
                request.bytes_present(scope_group::RECORD, &row.bytes);
            }
            request.close(records);
        }
        request.close(group);
    }
    let line = json::from_protobuf(schema::export_request(signal), request.as_bytes())?;
    writeln!(archive, "{line}")?;
    Ok(())
}

/// The file of spans in an archive.
pub(crate) const TRACES: &str = "traces.jsonl";
/// The file of log records in an archive.
pub(crate) const LOGS: &str = "logs.jsonl";
/// The file of metrics in an archive.
pub(crate) const METRICS: &str = "metrics.jsonl";
const LOGS_PER_LINE: usize = 1_000;
/// Records of one resource and scope come one after the other.
const SPANS: &str = "SELECT resource.bytes, scope.bytes, span.bytes FROM span
    JOIN resource ON resource.id = span.resource JOIN scope ON scope.id = span.scope
    WHERE trace_id = ?1 ORDER BY span.resource, span.scope, span.id";
/// The scope of a log record is not stored.
const LOGS_OF_TRACE: &str = "SELECT resource.bytes, x'', log.bytes FROM log
    JOIN resource ON resource.id = log.resource
    WHERE trace_id = ?1 ORDER BY log.resource, log.id";
const LOGS_OF_NONE: &str = "SELECT resource.bytes, x'', log.bytes FROM log
    JOIN resource ON resource.id = log.resource
    WHERE time >= ?1 AND time < ?2 AND trace_id IS NULL
    ORDER BY log.resource, log.id";
