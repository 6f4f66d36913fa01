//! Writes metrics as OTLP JSON lines.

use crate::Store;
use crate::decode::MetricKind;
use crate::query::QueryError;
use crate::query::time_range::TimeRange;
use rusqlite::{Connection, Row, params};
use std::io::Write;
use throughline_otlp::field::{export_request, points, resource_group, scope_group};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::{Signal, json, schema};

/// Writes the data points of a range of times, in export requests.
pub(in crate::query) fn export(
    store: &Store,
    times: TimeRange,
    out: &mut impl Write,
) -> Result<(), QueryError> {
    let mut after = Position::default();
    loop {
        // Line by line, so that many points do not block writes.
        let rows = store.read(|connection| next_rows(connection, times, after))?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.position;
        let line = json::from_protobuf(schema::export_request(Signal::Metrics), &request(&rows))?;
        writeln!(out, "{line}")?;
    }
}

/// A data point with its series.
struct PointRow {
    position: Position,
    metric: i64,
    resource: Vec<u8>,
    scope: Vec<u8>,
    kind: MetricKind,
    header: Vec<u8>,
    shape: Vec<u8>,
    attributes: Vec<u8>,
    bytes: Vec<u8>,
}

/// The place of a point in the file: by series, and by time in each.
#[derive(Clone, Copy, Default)]
struct Position {
    series: i64,
    time: i64,
    id: i64,
}

fn next_rows(
    connection: &Connection,
    times: TimeRange,
    after: Position,
) -> rusqlite::Result<Vec<PointRow>> {
    let mut statement = connection.prepare_cached(SELECT)?;
    let values = params![
        times.since,
        times.until,
        after.series,
        after.time,
        after.id,
        POINTS_PER_LINE
    ];
    let rows = statement.query_map(values, PointRow::read)?;
    rows.filter_map(Result::transpose).collect()
}

impl PointRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Option<Self>> {
        let Some(kind) = MetricKind::of_field(row.get(6)?) else {
            return Ok(None);
        };
        Ok(Some(Self {
            position: Position {
                series: row.get(0)?,
                time: row.get(1)?,
                id: row.get(2)?,
            },
            metric: row.get(3)?,
            resource: row.get(4)?,
            scope: row.get(5)?,
            kind,
            header: row.get(7)?,
            shape: row.get(8)?,
            attributes: row.get(9)?,
            bytes: row.get(10)?,
        }))
    }
}

fn request(rows: &[PointRow]) -> Vec<u8> {
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
            for metric in scope.chunk_by(|a, b| a.metric == b.metric) {
                write_metric(&mut request, metric);
            }
            request.close(records);
        }
        request.close(group);
    }
    request.into_bytes()
}

fn write_metric(request: &mut Writer, rows: &[PointRow]) {
    let [first, ..] = rows else {
        return;
    };
    let metric = request.open(scope_group::RECORD);
    request.raw(&first.header);
    let data = request.open(first.kind.field());
    for row in rows {
        let point = request.open(points::DATA_POINTS);
        request.raw(&row.attributes);
        request.raw(&row.bytes);
        request.close(point);
    }
    request.raw(&first.shape);
    request.close(data);
    request.close(metric);
}

const POINTS_PER_LINE: usize = 1_000;
/// The points of a series come one after the other, and so do most series of a metric.
const SELECT: &str = "SELECT metric_point.series, metric_point.time, metric_point.id, metric.id,
        resource.bytes, scope.bytes, metric.kind, metric.header, metric.shape,
        metric_series.attributes, metric_point.bytes
    FROM metric_point INDEXED BY metric_point_by_series
    JOIN metric_series ON metric_series.id = metric_point.series
    JOIN metric ON metric.id = metric_series.metric
    JOIN resource ON resource.id = metric_series.resource
    JOIN scope ON scope.id = metric_series.scope
    WHERE (metric_point.series, metric_point.time, metric_point.id) > (?3, ?4, ?5)
        AND metric_point.time >= ?1 AND metric_point.time < ?2
    ORDER BY metric_point.series, metric_point.time, metric_point.id LIMIT ?6";
