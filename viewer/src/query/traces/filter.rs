//! The conditions that a listed trace meets, and the search for traces that meet them.

use super::position::Position;
use super::row::{SELECT, TraceRow};
use crate::Store;
use crate::decode::TraceId;
use crate::query::parameters::ParameterError;
use crate::query::search::{Search, index};
use crate::query::time_range::TimeRange;
use crate::query::{Parameters, QueryError};
use crate::store::search_index::Traces;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value as Json;
use std::ops::RangeInclusive;

/// The conditions that a listed trace meets.
pub(in crate::query) struct Filter {
    service: Option<String>,
    name: Option<String>,
    pub(super) search: Search,
    /// Traces with an error, or those without.
    has_errors: Option<bool>,
    /// Traces without spans have no duration.
    duration_nano: Option<RangeInclusive<i64>>,
    times: TimeRange,
}

impl Filter {
    /// Reads the parameters of the filter.
    pub(in crate::query) fn read(parameters: &mut Parameters<'_>) -> Result<Self, QueryError> {
        let search = Search::parse(&parameters.text("q").unwrap_or_default())?
            .with_parameters(parameters)?;
        let errors_only = parameters.flag("errors")?.then_some(true);
        let (search, status) = match parameters.text("status").as_deref() {
            None => (search, None),
            Some("error") => (search, Some(true)),
            Some("ok") => (search, Some(false)),
            Some(code) => {
                let search = search.with_status_code(code);
                (search.ok_or_else(|| ParameterError::status(code))?, None)
            }
        };
        Ok(Self {
            service: parameters.text("service"),
            name: parameters.text("name"),
            search,
            has_errors: errors_only.or(status),
            duration_nano: match (
                duration(parameters, "min_ms")?,
                duration(parameters, "max_ms")?,
            ) {
                (None, None) => None,
                (min, max) => Some(min.unwrap_or(0)..=max.unwrap_or(i64::MAX)),
            },
            times: TimeRange::read(parameters)?,
        })
    }

    /// The trace with this id, if it matches.
    pub(super) fn one(
        &self,
        connection: &Connection,
        trace_id: &TraceId,
    ) -> rusqlite::Result<Vec<Json>> {
        match TraceRow::by_id(connection, trace_id)? {
            Some(row) if self.matches(connection, &row)? => Ok(vec![row.json(connection)?]),
            _ => Ok(Vec::new()),
        }
    }

    /// One page of results, and where the next one starts.
    pub(super) fn page(
        &self,
        store: &Store,
        before: Position,
        limit: usize,
    ) -> rusqlite::Result<(Vec<Json>, Option<Position>)> {
        let mut page = Vec::new();
        let next = self.windows(store, before, |connection, row| {
            page.push(row.json(connection)?);
            Ok(page.len() < limit)
        })?;
        Ok((page, next))
    }

    /// Calls `found` with each trace that matches, newest first, until it returns false.
    pub(in crate::query) fn each(
        &self,
        store: &Store,
        found: impl FnMut(&Connection, &TraceRow) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<()> {
        self.windows(store, Position::START, found).map(drop)
    }

    /// Calls `found` with each trace that matches, until it returns false; returns where to
    /// continue then. The store is read window by window, so that a search with few results does
    /// not block writes.
    fn windows(
        &self,
        store: &Store,
        before: Position,
        mut found: impl FnMut(&Connection, &TraceRow) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<Option<Position>> {
        let mut before = before.or_before(self.times.until);
        if let Some(candidates) = self.candidates(store)? {
            return self.listed(store, &candidates, before, found);
        }
        loop {
            let end = store.read(|c| self.window(c, &mut before, &mut found))?;
            match end {
                WindowEnd::Stopped => return Ok(Some(before)),
                WindowEnd::Last => return Ok(None),
                WindowEnd::More => {}
            }
        }
    }

    /// The traces that may match, where the index tells and they are few.
    fn candidates(&self, store: &Store) -> rusqlite::Result<Option<Traces>> {
        let searched = self.search.candidates(store)?;
        let named = (self.name.as_deref())
            .map(|name| index::with_text(store, name))
            .transpose()?;
        Ok(index::both(searched, named.flatten()))
    }

    /// The same as [`Self::windows`], for traces that are given by their ids.
    fn listed(
        &self,
        store: &Store,
        candidates: &Traces,
        before: Position,
        mut found: impl FnMut(&Connection, &TraceRow) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<Option<Position>> {
        let mut positions = store.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT start FROM trace WHERE trace_id = ?1")?;
            let mut positions = Vec::with_capacity(candidates.len());
            for trace_id in candidates {
                let start = statement
                    .query_row([trace_id], |row| row.get(0))
                    .optional()?;
                positions.extend(start.map(|start| Position {
                    start,
                    trace_id: *trace_id,
                }));
            }
            Ok(positions)
        })?;
        positions.retain(|at| *at < before && self.times.has(at.start));
        positions.sort_unstable_by(|a, b| b.cmp(a));
        for positions in positions.chunks(CANDIDATES) {
            let stopped = store.read(|connection| {
                for position in positions {
                    if let Some(row) = TraceRow::by_id(connection, &position.trace_id)?
                        && self.matches(connection, &row)?
                        && !found(connection, &row)?
                    {
                        return Ok(Some(*position));
                    }
                }
                Ok(None)
            })?;
            if stopped.is_some() {
                return Ok(stopped);
            }
        }
        Ok(None)
    }

    /// Reads one window of traces before `before` and moves `before` to its end.
    fn window(
        &self,
        connection: &Connection,
        before: &mut Position,
        found: &mut impl FnMut(&Connection, &TraceRow) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<WindowEnd> {
        let mut statement = connection.prepare_cached(&format!(
            "{SELECT} WHERE (start, trace_id) < (?1, ?2)
             ORDER BY start DESC, trace_id DESC"
        ))?;
        let mut rows = statement.query(params![before.start, before.trace_id])?;
        let mut records = 0;
        while let Some(row) = rows.next()? {
            let row = TraceRow::read(row)?;
            if row.start() < self.times.since {
                return Ok(WindowEnd::Last);
            }
            *before = row.position();
            if self.matches(connection, &row)? && !found(connection, &row)? {
                return Ok(WindowEnd::Stopped);
            }
            records += row.records();
            if records >= WINDOW {
                return Ok(WindowEnd::More);
            }
        }
        Ok(WindowEnd::Last)
    }

    /// Whether records of this service are wanted.
    pub(in crate::query) fn is_of(&self, service: &str) -> bool {
        self.service.as_deref().is_none_or(|own| own == service)
    }

    /// The range of times, where nothing else is asked for.
    pub(in crate::query) fn only_times(&self) -> Option<TimeRange> {
        let Self {
            service,
            name,
            search,
            has_errors,
            duration_nano,
            times,
        } = self;
        let is_whole = service.is_none()
            && name.is_none()
            && search.is_empty()
            && has_errors.is_none()
            && duration_nano.is_none();
        is_whole.then_some(*times)
    }

    fn matches(&self, connection: &Connection, row: &TraceRow) -> rusqlite::Result<bool> {
        if self.search.trace_id.is_some_and(|id| id != row.trace_id()) {
            return Ok(false);
        }
        if !self.times.has(row.start()) {
            return Ok(false);
        }
        if let Some(range) = &self.duration_nano
            && !(row.has_spans() && range.contains(&row.duration_nano()))
        {
            return Ok(false);
        }
        if let Some(has_errors) = self.has_errors
            && has_errors != row.has_errors(connection)?
        {
            return Ok(false);
        }
        if let Some(service) = &self.service
            && !row.has_service(connection, service)?
        {
            return Ok(false);
        }
        if let Some(name) = &self.name {
            let has_name: bool = connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM span WHERE trace_id = ?1 AND name = ?2)",
                )?
                .query_row(params![row.trace_id(), name], |row| row.get(0))?;
            if !has_name {
                return Ok(false);
            }
        }
        self.search.matches(connection, &row.trace_id())
    }
}

/// Reads a duration in ms; the result is in ns.
fn duration(
    parameters: &mut Parameters<'_>,
    name: &'static str,
) -> Result<Option<i64>, ParameterError> {
    let duration = parameters.parsed(name, "a number of milliseconds", |text| {
        text.parse::<f64>().ok().filter(|ms| *ms >= 0.0)
    })?;
    // Saturates: a trace that is as long does not exist.
    Ok(duration.map(|ms| (ms * 1e6) as i64))
}

/// The end of a window of traces.
enum WindowEnd {
    /// A trace was the last that is wanted.
    Stopped,
    /// There are no more traces.
    Last,
    /// There may be more.
    More,
}

/// Traces that are compared with a search under one lock.
const CANDIDATES: usize = 500;
/// Spans and log records of the traces that are read under one lock.
const WINDOW: i64 = 5_000;
