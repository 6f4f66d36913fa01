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
    let before = parameters
        .parsed("before", "a `next` of an earlier response", Position::parse)?
        .unwrap_or(Position::START);
    parameters.finish()?;
    let mut newest = store.find(|index| index.newest_values(semconv::SESSION_ID, usize::MAX))?;
    if !before.after.is_empty() {
        let place = newest.iter().position(|id| *id == before.after);
        // Evicted meanwhile.
        let place = place.ok_or(QueryError::Absent("session"))?;
        newest.drain(..=place);
    }
    let is_rest = newest.len() <= LOOKED_AT;
    newest.truncate(LOOKED_AT);
    let last_looked_at = newest.last().cloned();
    let mut visits = Vec::new();
    for id in newest {
        visits.extend(Visit::read(store, id)?.filter(|visit| {
            filter.times_of(visit) && (visit.end(), visit.id()) < (before.end, &*before.id)
        }));
    }
    // The index has the order in which they came, but not for what was stored before it was opened.
    visits.sort_by(|a, b| (b.end(), b.id()).cmp(&(a.end(), a.id())));
    let mut sessions = Vec::new();
    let (mut last, mut next) = (None, None);
    for visit in visits {
        let row = store.read(|connection| match filter.matches(&visit, connection)? {
            true => visit.row(connection).map(Some),
            false => Ok(None),
        })?;
        let Some(row) = row else { continue };
        if sessions.len() == limit {
            next = last;
            break;
        }
        sessions.push(row);
        last = Some(Position {
            after: before.after.clone(),
            end: visit.end(),
            id: visit.id().to_owned(),
        });
    }
    if next.is_none() && !is_rest {
        next = last_looked_at.map(|after| Position {
            after,
            ..Position::START
        });
    }
    let next = next.map(|position| position.format());
    Ok(json!({"sessions": sessions, "next": next}))
}

/// The position of a session in the list, from which the next page continues: the list is that of
/// [`LOOKED_AT`] sessions of the index after another.
#[derive(Debug, Clone)]
struct Position {
    /// The session of the index after which those of the page come; empty for the newest ones.
    after: String,
    /// The end of the last session of the page before, in ns since the Unix epoch.
    end: i64,
    /// Its id.
    id: String,
}

impl Position {
    /// Before all sessions.
    const START: Self = Self {
        after: String::new(),
        end: i64::MAX,
        id: String::new(),
    };

    fn parse(text: &str) -> Option<Self> {
        let (end, rest) = text.split_once('-')?;
        let (length, ids) = rest.split_once('-')?;
        let (after, id) = ids.split_at_checked(length.parse().ok()?)?;
        Some(Self {
            after: after.to_owned(),
            end: end.parse().ok()?,
            id: id.to_owned(),
        })
    }

    fn format(&self) -> String {
        let Self { after, end, id } = self;
        format!("{end}-{}-{after}{id}", after.len())
    }
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

/// Sessions of the index that are looked at for a page of the list.
const LOOKED_AT: usize = 1_000;
