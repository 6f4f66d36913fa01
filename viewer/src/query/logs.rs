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
    let min_severity = min_severity.max(filter.severity.0);
    let times = TimeRange::read(&mut parameters)?;
    let limit = parameters.limit()?;
    parameters.finish()?;

    let mut rows = Vec::new();
    let mut before = (i64::MAX, i64::MAX);
    // Window by window, so that words that few records have do not block writes.
    loop {
        let (last, length, matching) = store.read(|connection| {
            let window = connection
                .prepare_cached(&format!(
                    "{SELECT}
                     WHERE (?1 IS NULL OR trace_id = ?1)
                       AND (?2 IS NULL OR event_name = ?2)
                       AND (?3 IS NULL OR service.name = ?3)
                       AND severity >= ?4 AND severity <= ?10 AND time >= ?5 AND time < ?6
                       AND (time, log.id) < (?7, ?8)
                     ORDER BY time DESC, log.id DESC LIMIT ?9"
                ))?
                .query_map(
                    params![
                        trace_id,
                        event,
                        service,
                        min_severity,
                        times.since,
                        times.until,
                        before.0,
                        before.1,
                        WINDOW,
                        filter.severity.1
                    ],
                    LogRow::read,
                )?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            let last = window.last().map(LogRow::position);
            Ok((last, window.len(), filter.matching(connection, window)?))
        })?;
        let Some(last) = last else {
            break;
        };
        before = last;
        rows.extend(matching);
        if length < WINDOW || rows.len() >= limit {
            break;
        }
    }
    rows.truncate(limit);
    let logs: Vec<Json> = rows.iter().filter_map(LogRow::json).collect();
    Ok(json!({"logs": logs}))
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

    /// The records that match.
    fn matching(
        &self,
        connection: &Connection,
        window: Vec<LogRow>,
    ) -> rusqlite::Result<Vec<LogRow>> {
        let mut routes = RecordRoutes::new(connection);
        let mut matching = Vec::new();
        for row in window {
            let Ok(log) = LogRecord::decode(&row.bytes) else {
                continue;
            };
            if !self.search.matches(&log, &row.resource) {
                continue;
            }
            let has_route = match &self.route {
                None => true,
                Some(route) => {
                    (routes.of_log(&log, &row.resource)?).is_some_and(|own| route.is(&own))
                }
            };
            if has_route {
                matching.push(row);
            }
        }
        Ok(matching)
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
    const fn position(&self) -> (i64, i64) {
        (self.time, self.id)
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
const SELECT: &str = "SELECT time, service.name, resource.bytes, log.bytes, log.id FROM log
    JOIN resource ON resource.id = log.resource
    JOIN service ON service.id = resource.service";
