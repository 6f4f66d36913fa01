//! The query `logs`: log records that match a filter, newest first.

use super::parameters::ParameterError;
use super::search::{RecordRoutes, RecordSearch, RoutePattern};
use super::time_range::TimeRange;
use super::{Parameters, QueryError};
use crate::Store;
use crate::decode::{LogRecord, TraceId, resource_json};
use rusqlite::{Connection, Row, params};
use serde_json::{Value as Json, json};

pub(super) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let trace_id = parameters.trace_id("trace_id")?;
    let event = parameters.text("event");
    let service = parameters.text("service");
    let min_severity = parameters
        .parsed("min_severity", "a severity number from 1 to 24", |text| {
            text.parse::<u8>().ok().filter(|n| (1..=24).contains(n))
        })?
        .unwrap_or_default();
    let filter = RecordFilter::read(&mut parameters)?;
    let severities = min_severity.max(filter.severity.0)..=filter.severity.1;
    let times = TimeRange::read(&mut parameters)?;
    let limit = parameters.limit()?;
    let before = parameters
        .parsed("before", "a `next` of an earlier response", Position::parse)?
        .unwrap_or(Position::START);
    parameters.finish()?;

    // Each of them has an index; without, the newest are read in turn.
    let only = match (&trace_id, &event) {
        (Some(_), _) => "trace_id = ?1 AND (?2 IS NULL OR event_name = ?2)",
        (None, Some(_)) => "?1 IS NULL AND event_name = ?2 AND event_name <> ''",
        (None, None) => "?1 IS NULL AND ?2 IS NULL",
    };
    let statement = format!(
        "{SELECT} WHERE {only} AND time >= ?3 AND (time, log.id) < (?4, ?5)
         ORDER BY time DESC, log.id DESC LIMIT ?6"
    );
    let is_wanted = |row: &Row<'_>, routes: &mut RecordRoutes<'_>| -> rusqlite::Result<bool> {
        if !severities.contains(&row.get::<_, u8>(5)?) {
            return Ok(false);
        }
        if let Some(service) = &service
            && row.get_ref(1)?.as_str().unwrap_or_default() != service
        {
            return Ok(false);
        }
        let (resource, bytes) = (row.get_ref(2)?.as_blob(), row.get_ref(3)?.as_blob());
        filter.matches(
            bytes.unwrap_or_default(),
            resource.unwrap_or_default(),
            routes,
        )
    };
    let mut rows = Vec::new();
    let mut position = before.or_before(times.until);
    let mut looked_at = 0;
    // Window by window, so that words that few records have do not block writes.
    let is_last = loop {
        let mut length = 0;
        store.read(|connection| {
            let mut routes = RecordRoutes::new(connection);
            let mut statement = connection.prepare_cached(&statement)?;
            let mut found = statement.query(params![
                trace_id,
                event,
                times.since,
                position.time,
                position.id,
                WINDOW
            ])?;
            while rows.len() <= limit
                && let Some(row) = found.next()?
            {
                length += 1;
                position = Position {
                    time: row.get(0)?,
                    id: row.get(4)?,
                };
                if is_wanted(row, &mut routes)? {
                    rows.push(LogRow::read(row)?);
                }
            }
            Ok(())
        })?;
        looked_at += length;
        if rows.len() > limit {
            break false;
        }
        if length < WINDOW {
            break true;
        }
        if looked_at >= LOOKED_AT {
            break false;
        }
    };
    let next = match rows.len() > limit {
        true => {
            rows.truncate(limit);
            rows.last().map(LogRow::position)
        }
        false if is_last => None,
        false => Some(position),
    };
    let logs: Vec<Json> = rows.iter().filter_map(LogRow::json).collect();
    Ok(json!({
        "logs": logs,
        "next": next.map(Position::format),
        "looked_at": looked_at,
    }))
}

/// The position of a log record in the list, from which the next page continues.
#[derive(Debug, Clone, Copy)]
struct Position {
    time: i64,
    id: i64,
}

impl Position {
    /// Before all log records.
    const START: Self = Self {
        time: i64::MAX,
        id: i64::MAX,
    };

    /// This one, or that of the first log record before a time if that comes later in the list.
    fn or_before(self, until: i64) -> Self {
        match self.time < until {
            true => self,
            false => Self {
                time: until,
                id: i64::MIN,
            },
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (time, id) = text.split_once('-')?;
        Some(Self {
            time: time.parse().ok()?,
            id: id.parse().ok()?,
        })
    }

    fn format(self) -> String {
        format!("{}-{}", self.time, self.id)
    }
}

/// The conditions that are read in a record itself.
struct RecordFilter {
    search: RecordSearch,
    route: Option<RoutePattern>,
    /// The lowest and the highest severity number.
    severity: (u8, u8),
}

impl RecordFilter {
    fn read(parameters: &mut Parameters<'_>) -> Result<Self, QueryError> {
        let search = RecordSearch::read(parameters)?;
        let (search, severity) = match parameters.text("status").as_deref() {
            None => (search, ANY_SEVERITY),
            Some("error") => (search, (ERROR, u8::MAX)),
            Some("ok") => (search, (0, ERROR - 1)),
            Some(code) => {
                let search = search.with_status_code(code);
                let search = search.ok_or_else(|| ParameterError::status(code))?;
                (search, ANY_SEVERITY)
            }
        };
        Ok(Self {
            search,
            route: RoutePattern::read(parameters),
            severity,
        })
    }

    /// Whether a record matches.
    fn matches(
        &self,
        bytes: &[u8],
        resource: &[u8],
        routes: &mut RecordRoutes<'_>,
    ) -> rusqlite::Result<bool> {
        if self.search.is_empty() && self.route.is_none() {
            return Ok(true);
        }
        let Ok(log) = LogRecord::decode(bytes) else {
            return Ok(false);
        };
        if !self.search.matches(&log, resource) {
            return Ok(false);
        }
        let Some(route) = &self.route else {
            return Ok(true);
        };
        Ok((routes.of_log(&log, resource)?).is_some_and(|own| route.is(&own)))
    }
}

/// A stored log record.
pub(super) struct LogRow {
    id: i64,
    time: i64,
    service: String,
    resource: Vec<u8>,
    bytes: Vec<u8>,
}

impl LogRow {
    /// The log records of a trace, oldest first.
    pub(super) fn of_trace(
        connection: &Connection,
        trace_id: &TraceId,
    ) -> rusqlite::Result<Vec<Self>> {
        connection
            .prepare_cached(&format!(
                "{SELECT} WHERE trace_id = ?1 ORDER BY time, log.id"
            ))?
            .query_map([trace_id], Self::read)?
            .collect()
    }

    /// The log record with the id `log`.
    pub(super) fn by_id(connection: &Connection, log: i64) -> rusqlite::Result<Self> {
        connection
            .prepare_cached(&format!("{SELECT} WHERE log.id = ?1"))?
            .query_row([log], Self::read)
    }

    pub(super) fn json(&self) -> Option<Json> {
        let mut json = self.json_without_resource()?;
        json["resource"] = resource_json(&self.resource);
        Some(json)
    }

    pub(super) fn json_without_resource(&self) -> Option<Json> {
        let time = u64::try_from(self.time).unwrap_or_default();
        let log = LogRecord::decode(&self.bytes).ok()?;
        let mut json = log.json(time);
        let odd_time = log.time().filter(|own| *own != time);
        json["odd_time_unix_nano"] = odd_time.map(|own| own.to_string()).into();
        json["service"] = Json::from(self.service.as_str());
        let exception = &json["exception"];
        json["failed"] = Json::from(!exception.is_null() && exception["handled"] != true);
        Some(json)
    }

    /// The place in the list.
    const fn position(&self) -> Position {
        Position {
            time: self.time,
            id: self.id,
        }
    }

    pub(super) fn matches(&self, search: &RecordSearch) -> bool {
        LogRecord::decode(&self.bytes).is_ok_and(|log| search.matches(&log, &self.resource))
    }

    pub(super) fn service(&self) -> &str {
        &self.service
    }

    pub(super) fn resource(&self) -> &[u8] {
        &self.resource
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            time: row.get(0)?,
            service: row.get(1)?,
            resource: row.get(2)?,
            bytes: row.get(3)?,
            id: row.get(4)?,
        })
    }
}

const ANY_SEVERITY: (u8, u8) = (0, u8::MAX);
/// The lowest severity number of an error.
/// <https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber>
const ERROR: u8 = 17;
/// Log records that are read under one lock.
const WINDOW: usize = 2_000;
/// Log records that are compared with a filter for one answer: a tenth of a second at most.
const LOOKED_AT: usize = 10_000;
const SELECT: &str =
    "SELECT time, service.name, resource.bytes, log.bytes, log.id, severity FROM log
    JOIN resource ON resource.id = log.resource
    JOIN service ON service.id = resource.service";
