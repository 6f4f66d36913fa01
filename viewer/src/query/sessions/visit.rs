//! A visit of a page: the traces and the log records with one `session.id`.

use crate::Store;
use crate::decode::TraceId;
use crate::query::logs::LogRow;
use crate::query::search::{RecordSearch, Search};
use crate::query::traces::TraceRow;
use rusqlite::{Connection, OptionalExtension};
use serde_json::{Value as Json, json};
use throughline_semconv as semconv;

/// A visit that is stored. Its log records are those of no trace; the others are in its traces.
pub(super) struct Visit {
    id: String,
    traces: Vec<TraceRow>,
    /// By the ids of their rows.
    logs: Vec<i64>,
    start: i64,
    end: i64,
}

impl Visit {
    /// The newest traces and log records of a session; `None` where there are none.
    pub(super) fn read(store: &Store, id: String) -> rusqlite::Result<Option<Self>> {
        let (traces, logs) = store.find(|index| {
            (
                index.newest_traces(semconv::SESSION_ID, &id, MOST),
                index.newest_logs(semconv::SESSION_ID, &id, MOST),
            )
        })?;
        store.read(|connection| {
            let mut visit = Self {
                id,
                traces: Vec::new(),
                logs: Vec::new(),
                start: i64::MAX,
                end: i64::MIN,
            };
            for trace_id in &traces {
                if let Some(row) = TraceRow::by_id(connection, trace_id)? {
                    visit.extend(row.start(), row.end());
                    visit.traces.push(row);
                }
            }
            let mut time = connection
                .prepare_cached("SELECT time FROM log WHERE id = ?1 AND trace_id IS NULL")?;
            for log in logs {
                if let Some(time) = time.query_row([log], |row| row.get(0)).optional()? {
                    visit.extend(time, time);
                    visit.logs.push(log);
                }
            }
            let is_empty = visit.traces.is_empty() && visit.logs.is_empty();
            visit.traces.sort_by_key(TraceRow::start);
            Ok((!is_empty).then_some(visit))
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// In ns since the Unix epoch.
    pub(super) const fn start(&self) -> i64 {
        self.start
    }

    /// In ns since the Unix epoch.
    pub(super) const fn end(&self) -> i64 {
        self.end
    }

    /// The visit as the list has it.
    pub(super) fn row(&self, connection: &Connection) -> rusqlite::Result<Json> {
        let mut failed_traces = 0;
        for trace in &self.traces {
            failed_traces += u64::from(trace.has_errors(connection)?);
        }
        let mut is_failed = connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM exception WHERE log = ?1 AND NOT handled)",
        )?;
        let mut failed_logs = 0;
        for log in &self.logs {
            failed_logs += u64::from(is_failed.query_row([log], |row| row.get::<_, bool>(0))?);
        }
        Ok(json!({
            "session_id": self.id,
            "start_unix_nano": self.start.to_string(),
            "end_unix_nano": self.end.to_string(),
            "traces": self.traces.len(),
            "failed_traces": failed_traces,
            "logs": self.logs.len(),
            "failed_logs": failed_logs,
        }))
    }

    /// The visit with its traces, oldest first, and with its events by time.
    pub(super) fn whole(&self, connection: &Connection) -> rusqlite::Result<Json> {
        let mut traces = Vec::new();
        let mut events = Vec::new();
        for trace in &self.traces {
            traces.push(trace.json(connection)?);
            events.extend(events_of(connection, &trace.trace_id())?);
        }
        for log in self.log_rows(connection)? {
            events.extend(log.json_without_resource());
        }
        events.sort_by_key(|event| {
            let time = event["time_unix_nano"].as_str();
            time.and_then(|time| time.parse::<u64>().ok())
        });
        Ok(json!({"session_id": self.id, "traces": traces, "events": events}))
    }

    /// Whether a trace is of the service and matches the search.
    pub(super) fn has_trace(
        &self,
        connection: &Connection,
        service: Option<&str>,
        search: &Search,
    ) -> rusqlite::Result<bool> {
        for trace in &self.traces {
            if let Some(service) = service
                && !trace.has_service(connection, service)?
            {
                continue;
            }
            if search.matches(connection, &trace.trace_id())? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a log record of no trace is of the service and matches the search.
    pub(super) fn has_log(
        &self,
        connection: &Connection,
        service: Option<&str>,
        search: &RecordSearch,
    ) -> rusqlite::Result<bool> {
        let rows = self.log_rows(connection)?;
        let is_of = |row: &LogRow| service.is_none_or(|service| row.service() == service);
        Ok((rows.iter()).any(|row| is_of(row) && row.matches(search)))
    }

    fn log_rows(&self, connection: &Connection) -> rusqlite::Result<Vec<LogRow>> {
        let mut rows = Vec::new();
        for log in &self.logs {
            // It may have been evicted since.
            rows.extend(LogRow::by_id(connection, *log).optional()?);
        }
        Ok(rows)
    }

    fn extend(&mut self, start: i64, end: i64) {
        self.start = self.start.min(start);
        self.end = self.end.max(end);
    }
}

/// The log records of a trace that are events: exceptions, web vitals, navigations.
fn events_of(connection: &Connection, trace_id: &TraceId) -> rusqlite::Result<Vec<Json>> {
    let rows = LogRow::of_trace(connection, trace_id)?;
    let events = rows.iter().filter_map(LogRow::json_without_resource);
    let events = events.filter(|log| log["event_name"] != "" || !log["exception"].is_null());
    Ok(events.take(EVENTS).collect())
}

/// Traces of a session, and log records of no trace.
const MOST: usize = 1_000;
/// Events of a trace.
const EVENTS: usize = 100;
