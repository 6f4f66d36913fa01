//! The queries `sessions` and `session`: visits of a page, each with its traces on one time axis.

use super::time_range::TimeRange;
use super::traces::TraceRow;
use super::{Parameters, QueryError, logs};
use crate::Store;
use crate::decode::TraceId;
use rusqlite::Connection;
use serde_json::{Value as Json, json};
use throughline_semconv as semconv;

/// The list of sessions, newest first.
pub(super) fn list(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let times = TimeRange::read(&mut parameters)?;
    let limit = parameters.limit()?;
    let before = parameters.text("before");
    parameters.finish()?;
    let mut newest = store.find(|index| index.newest_values(semconv::SESSION_ID, usize::MAX))?;
    if let Some(before) = before {
        let place = newest.iter().position(|id| *id == before);
        // Evicted meanwhile.
        let place = place.ok_or(QueryError::Absent("session"))?;
        newest.drain(..=place);
    }
    let mut sessions = Vec::new();
    let (mut last, mut next) = (None, None);
    for (id, looked_at) in newest.into_iter().zip(0..) {
        if sessions.len() == limit || looked_at == LOOKED_AT {
            next = last;
            break;
        }
        last = Some(id.clone());
        let rows = rows(store, &id)?;
        let failed = store.read(|connection| {
            let mut failed = 0;
            for row in &rows {
                failed += u64::from(row.has_errors(connection)?);
            }
            Ok(failed)
        })?;
        let (Some(start), Some(end)) = (
            rows.iter().map(TraceRow::start).min(),
            rows.iter().map(TraceRow::end).max(),
        ) else {
            continue;
        };
        if end < times.since || start >= times.until {
            continue;
        }
        sessions.push(json!({
            "session_id": id,
            "start_unix_nano": start.to_string(),
            "end_unix_nano": end.to_string(),
            "traces": rows.len(),
            "failed_traces": failed,
        }));
    }
    Ok(json!({"sessions": sessions, "next": next}))
}

/// One session: its traces, oldest first, and their exceptions and web vitals.
pub(super) fn one(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let id = parameters.text("session_id").unwrap_or_default();
    parameters.finish()?;
    let mut rows = rows(store, &id)?;
    if rows.is_empty() {
        return Err(QueryError::Absent("session"));
    }
    rows.sort_by_key(TraceRow::start);
    let (traces, logs) = store.read(|connection| {
        let mut traces = Vec::new();
        let mut logs = Vec::new();
        for row in &rows {
            traces.push(row.json(connection)?);
            logs.extend(events(connection, &row.trace_id())?);
        }
        Ok((traces, logs))
    })?;
    Ok(json!({"session_id": id, "traces": traces, "events": logs}))
}

/// The log records of a trace that are events: exceptions, web vitals, navigations.
fn events(connection: &Connection, trace_id: &TraceId) -> rusqlite::Result<Vec<Json>> {
    let rows = logs::LogRow::of_trace(connection, trace_id)?;
    let events = rows.iter().filter_map(logs::LogRow::json_without_resource);
    let events = events.filter(|log| log["event_name"] != "");
    Ok(events.take(EVENTS).collect())
}

/// The newest traces of a session.
fn rows(store: &Store, id: &str) -> Result<Vec<TraceRow>, QueryError> {
    let traces = store.find(|index| index.newest_traces(semconv::SESSION_ID, id, MOST))?;
    let rows = store.read(|connection| {
        let mut rows = Vec::new();
        for trace_id in &traces {
            rows.extend(TraceRow::by_id(connection, trace_id)?);
        }
        Ok(rows)
    })?;
    Ok(rows)
}

/// Sessions of the index that are looked at for a page of the list.
const LOOKED_AT: usize = 1_000;
/// Traces of a session.
const MOST: usize = 1_000;
/// Events of a trace.
const EVENTS: usize = 100;
