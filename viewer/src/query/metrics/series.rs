//! Reads series of metrics and their points.

use crate::decode::{Attributes, MetricHead, MetricKind, MetricPoint, PointValue};
use crate::query::search::RecordSearch;
use crate::query::time_range::TimeRange;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value as Json};
use throughline_otlp::field::resource;

/// A series: a metric, who measured it, and the attributes of its points.
pub(super) struct SeriesRow {
    id: i64,
    pub(super) name: String,
    kind: MetricKind,
    header: Vec<u8>,
    shape: Vec<u8>,
    attributes: Vec<u8>,
    resource: Vec<u8>,
    pub(super) scope: Vec<u8>,
    pub(super) service: String,
    /// Whether its first points were evicted.
    is_cut: bool,
    /// The time of the newest point in the range, in ns since the Unix epoch.
    pub(super) last_time: i64,
}

/// The points of a series in a range of times, oldest first.
pub(super) struct SeriesPoints {
    /// With their times; the one before the range too, which the first one is compared with.
    pub(super) points: Vec<(i64, MetricPoint)>,
    /// The number of points before the range.
    pub(super) before: usize,
    /// Whether there are older points, or there were.
    pub(super) has_older: bool,
    /// Whether points of the range are left out.
    pub(super) is_shortened: bool,
}

/// The series of one metric, or of all.
pub(super) fn all(
    connection: &Connection,
    name: Option<&str>,
    service: Option<&str>,
) -> rusqlite::Result<Vec<SeriesRow>> {
    let select = match name {
        Some(_) => SELECT_OF_ONE,
        None => SELECT_ALL,
    };
    let mut statement = connection.prepare_cached(select)?;
    let rows = statement.query_map(params![service, name], SeriesRow::read)?;
    rows.filter_map(Result::transpose).collect()
}

/// Those that have a point in a range of times.
pub(super) fn in_range(
    connection: &Connection,
    mut rows: Vec<SeriesRow>,
    times: TimeRange,
) -> rusqlite::Result<Vec<SeriesRow>> {
    let mut statement = connection.prepare_cached(
        "SELECT max(time) FROM metric_point WHERE series = ?1 AND time >= ?2 AND time < ?3",
    )?;
    let mut found = Vec::new();
    for mut row in rows.drain(..) {
        let values = params![row.id, times.since, times.until];
        let last: Option<i64> = statement.query_row(values, |row| row.get(0))?;
        if let Some(last) = last {
            row.last_time = last;
            found.push(row);
        }
    }
    Ok(found)
}

/// The series with the largest last value, or count of values.
pub(super) fn largest(
    connection: &Connection,
    rows: Vec<SeriesRow>,
    times: TimeRange,
    limit: usize,
) -> rusqlite::Result<Vec<SeriesRow>> {
    let mut sized = Vec::new();
    for row in rows {
        let size = match row.last_point(connection, times)? {
            Some(point) => match point.value {
                PointValue::Number(value) => value.abs(),
                PointValue::Distribution(found) => found.count as f64,
            },
            None => 0.0,
        };
        sized.push((size, row));
    }
    sized.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    sized.truncate(limit);
    Ok(sized.into_iter().map(|(_, row)| row).collect())
}

impl SeriesRow {
    pub(super) fn head(&self) -> MetricHead {
        MetricHead::read(self.kind, &self.header, &self.shape)
    }

    /// The attributes as a JSON object.
    pub(super) fn attributes(&self) -> Json {
        Attributes::of(&self.attributes, self.kind.attributes_field()).json()
    }

    pub(super) fn resource_json(&self) -> Map<String, Json> {
        match Attributes::of(&self.resource, resource::ATTRIBUTES).json() {
            Json::Object(attributes) => attributes,
            _ => Map::new(),
        }
    }

    /// Whether the name, the unit or the description has all words, and the points or who measured them the
    /// attributes.
    pub(super) fn matches(&self, search: &RecordSearch) -> bool {
        let attributes = [
            Attributes::of(&self.attributes, self.kind.attributes_field()),
            Attributes::of(&self.resource, resource::ATTRIBUTES),
        ];
        let text = || {
            let head = self.head();
            format!("{} {} {}", self.name, head.unit, head.description)
        };
        search.matches_parts(text, &attributes)
    }

    /// The newest point of the range that has a value.
    pub(super) fn last_point(
        &self,
        connection: &Connection,
        times: TimeRange,
    ) -> rusqlite::Result<Option<MetricPoint>> {
        let bytes: Option<Vec<u8>> = connection
            .prepare_cached(
                "SELECT bytes FROM metric_point WHERE series = ?1 AND time >= ?2 AND time < ?3
                 ORDER BY time DESC, id DESC LIMIT 1",
            )?
            .query_row(params![self.id, times.since, times.until], |row| row.get(0))
            .optional()?;
        Ok(bytes.and_then(|bytes| MetricPoint::decode(self.kind, &bytes)))
    }

    /// The newest points of the range, as many as `most`, and the one before them.
    pub(super) fn points(
        &self,
        connection: &Connection,
        times: TimeRange,
        most: usize,
    ) -> rusqlite::Result<SeriesPoints> {
        let mut points = Vec::new();
        let mut before = 0;
        // The one before the range ends the loop.
        let mut statement = connection.prepare_cached(
            "SELECT time, bytes FROM metric_point WHERE series = ?1 AND time < ?2
             ORDER BY time DESC, id DESC LIMIT ?3",
        )?;
        let mut rows = statement.query(params![self.id, times.until, most + 1])?;
        let mut read = 0;
        let mut is_shortened = false;
        while let Some(row) = rows.next()? {
            let time: i64 = row.get(0)?;
            let bytes = row.get_ref(1)?.as_blob().unwrap_or_default();
            let is_before = time < times.since;
            read += 1;
            is_shortened |= read > most && !is_before;
            if let Some(point) = MetricPoint::decode(self.kind, bytes) {
                before += usize::from(is_before || is_shortened);
                points.push((time, point));
            }
            if is_before {
                break;
            }
        }
        points.reverse();
        Ok(SeriesPoints {
            points,
            before,
            has_older: self.is_cut || before > 0,
            is_shortened,
        })
    }

    /// `None` for a kind that a newer program has written.
    fn read(row: &Row<'_>) -> rusqlite::Result<Option<Self>> {
        let Some(kind) = MetricKind::of_field(row.get(2)?) else {
            return Ok(None);
        };
        Ok(Some(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            kind,
            header: row.get(3)?,
            shape: row.get(4)?,
            attributes: row.get(5)?,
            resource: row.get(6)?,
            scope: row.get(7)?,
            service: row.get(8)?,
            is_cut: row.get(9)?,
            last_time: 0,
        }))
    }
}

macro_rules! select {
    ($name:literal) => {
        concat!(
            "SELECT metric_series.id, metric.name, metric.kind, metric.header, metric.shape,
                metric_series.attributes, resource.bytes, scope.bytes, service.name, metric_series.cut
             FROM metric JOIN metric_series ON metric_series.metric = metric.id
             JOIN resource ON resource.id = metric_series.resource
             JOIN scope ON scope.id = metric_series.scope
             JOIN service ON service.id = resource.service
             WHERE (?1 IS NULL OR service.name = ?1) AND ",
            $name,
            " ORDER BY metric_series.id"
        )
    };
}

const SELECT_OF_ONE: &str = select!("metric.name = ?2");
const SELECT_ALL: &str = select!("?2 IS NULL");
