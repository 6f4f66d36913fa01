//! The queries `sessions` and `session`: visits of a page, each with its traces, and its log records of no
//! trace, on one time axis.

mod visit;

use super::parameters::ParameterError;
use super::search::{self, RecordSearch, Search};
use super::time_range::TimeRange;
use super::{Parameters, QueryError};
use crate::Store;
use rusqlite::Connection;
use serde_json::{Value as Json, json};
use throughline_semconv as semconv;
use visit::Visit;

/// The list of sessions, newest first.
pub(super) fn list(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let filter = Filter::read(&mut parameters)?;
    let limit = parameters.limit()?;
    parameters.finish()?;
    let newest = store.find(|index| index.newest_values(semconv::SESSION_ID, LOOKED_AT))?;
    let mut visits = Vec::new();
    for id in newest {
        visits.extend(Visit::read(store, id)?.filter(|visit| filter.times_of(visit)));
    }
    // The index has the order in which they came, but not for what was stored before it was opened.
    visits.sort_by(|a, b| (b.end(), b.id()).cmp(&(a.end(), a.id())));
    let mut sessions = Vec::new();
    for visit in visits {
        if sessions.len() == limit {
            break;
        }
        let row = store.read(|connection| match filter.matches(&visit, connection)? {
            true => visit.row(connection).map(Some),
            false => Ok(None),
        })?;
        sessions.extend(row);
    }
    Ok(json!({"sessions": sessions}))
}

/// One session: its traces, oldest first, and their exceptions and web vitals, with its log records of no
/// trace.
pub(super) fn one(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let id = parameters.text("session_id").unwrap_or_default();
    parameters.finish()?;
    if id.is_empty() {
        return Err(ParameterError::missing("session_id", "the value of `session.id`").into());
    }
    let visit = Visit::read(store, id)?.ok_or(QueryError::Absent("session"))?;
    Ok(store.read(|connection| visit.whole(connection))?)
}

/// The conditions that a listed session meets.
struct Filter {
    service: Option<String>,
    /// The same attributes, of a trace and of a log record of none.
    traces: Search,
    logs: RecordSearch,
    times: TimeRange,
}

impl Filter {
    fn read(parameters: &mut Parameters<'_>) -> Result<Self, ParameterError> {
        let (traces, logs) = search::of_attributes(parameters)?;
        Ok(Self {
            service: parameters.text("service"),
            traces,
            logs,
            times: TimeRange::read(parameters)?,
        })
    }

    fn times_of(&self, visit: &Visit) -> bool {
        visit.end() >= self.times.since && visit.start() < self.times.until
    }

    /// Whether a trace of the visit, or a log record of no trace, is of the service and has the
    /// attributes.
    fn matches(&self, visit: &Visit, connection: &Connection) -> rusqlite::Result<bool> {
        if self.service.is_none() && self.traces.is_empty() {
            return Ok(true);
        }
        let service = self.service.as_deref();
        Ok(visit.has_trace(connection, service, &self.traces)?
            || visit.has_log(connection, service, &self.logs)?)
    }
}

/// Sessions of the index that are looked at for a list.
const LOOKED_AT: usize = 1_000;
