//! The query `traces`: a page of the traces that match a filter, newest first.

use super::parameters::ParameterError;
use super::search::Search;
use super::search::index;
use super::time_range::TimeRange;
use super::{Parameters, QueryError};
use crate::Store;
use crate::decode::{Span, TraceId, detail, id_from_hex, id_json};
use crate::store::search_index::Traces;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value as Json, json};
use std::ops::RangeInclusive;
use throughline_trace_context::hex;

pub(super) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let filter = Filter::read(&mut parameters)?;
    let limit = parameters.limit()?;
    let before = parameters
        .parsed("before", "a `next` of an earlier response", Position::parse)?
        .unwrap_or(Position::START);
    parameters.finish()?;

    let (traces, next) = match filter.search.trace_id {
        Some(trace_id) => (store.read(|c| filter.one(c, &trace_id))?, None),
        None => filter.page(store, before, limit)?,
    };
    Ok(json!({"traces": traces, "next": next.map(|at| at.format())}))
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

/// The conditions that a listed trace meets.
pub(super) struct Filter {
    service: Option<String>,
    name: Option<String>,
    search: Search,
    /// Traces with an error, or those without.
    has_errors: Option<bool>,
    duration_nano: RangeInclusive<i64>,
    times: TimeRange,
}

impl Filter {
    /// Reads the parameters of the filter.
    pub(super) fn read(parameters: &mut Parameters<'_>) -> Result<Self, QueryError> {
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
            duration_nano: duration(parameters, "min_ms")?.unwrap_or(0)
                ..=duration(parameters, "max_ms")?.unwrap_or(i64::MAX),
            times: TimeRange::read(parameters)?,
        })
    }

    fn one(&self, connection: &Connection, trace_id: &TraceId) -> rusqlite::Result<Vec<Json>> {
        match TraceRow::by_id(connection, trace_id)? {
            Some(row) if self.matches(connection, &row)? => Ok(vec![row.json(connection)?]),
            _ => Ok(Vec::new()),
        }
    }

    /// One page of results, and where the next one starts.
    fn page(
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

    /// Calls `found` with each trace before `before` that matches, newest first.
    pub(super) fn each(
        &self,
        store: &Store,
        mut found: impl FnMut(&TraceRow),
    ) -> rusqlite::Result<()> {
        self.windows(store, Position::START, |_, row| {
            found(row);
            Ok(true)
        })?;
        Ok(())
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
            let mut statement = connection
                .prepare_cached("SELECT start FROM trace WHERE trace_id = ?1 AND spans > 0")?;
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
            "{SELECT} WHERE (start, trace_id) < (?1, ?2) AND spans > 0
             ORDER BY start DESC, trace_id DESC"
        ))?;
        let mut rows = statement.query(params![before.start, before.trace_id])?;
        let mut records = 0;
        while let Some(row) = rows.next()? {
            let row = TraceRow::read(row)?;
            if row.start < self.times.since {
                return Ok(WindowEnd::Last);
            }
            *before = row.position();
            if self.matches(connection, &row)? && !found(connection, &row)? {
                return Ok(WindowEnd::Stopped);
            }
            records += row.spans + row.logs;
            if records >= WINDOW {
                return Ok(WindowEnd::More);
            }
        }
        Ok(WindowEnd::Last)
    }

    /// The range of times, where nothing else is asked for.
    pub(super) fn only_times(&self) -> Option<TimeRange> {
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
            && *duration_nano == (0..=i64::MAX);
        is_whole.then_some(*times)
    }

    fn matches(&self, connection: &Connection, row: &TraceRow) -> rusqlite::Result<bool> {
        if self.search.trace_id.is_some_and(|id| id != row.trace_id) {
            return Ok(false);
        }
        if !self.times.has(row.start) || !self.duration_nano.contains(&(row.end - row.start)) {
            return Ok(false);
        }
        if let Some(has_errors) = self.has_errors
            && has_errors != (row.all_errors(connection)? > 0)
        {
            return Ok(false);
        }
        if let Some(service) = &self.service {
            let has_service: bool = connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM trace_service
                        JOIN service ON service.id = trace_service.service
                        WHERE trace_id = ?1 AND service.name = ?2)",
                )?
                .query_row(params![row.trace_id, service], |row| row.get(0))?;
            if !has_service {
                return Ok(false);
            }
        }
        if let Some(name) = &self.name {
            let has_name: bool = connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM span WHERE trace_id = ?1 AND name = ?2)",
                )?
                .query_row(params![row.trace_id, name], |row| row.get(0))?;
            if !has_name {
                return Ok(false);
            }
        }
        self.search.matches(connection, &row.trace_id)
    }
}

/// The position of a trace in the list, unique to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    start: i64,
    trace_id: TraceId,
}

impl Position {
    const START: Self = Self {
        start: i64::MAX,
        trace_id: [0xff; 16],
    };

    /// This one, or that of the first trace before a time if that comes later in the list.
    fn or_before(self, until: i64) -> Self {
        match self.start < until {
            true => self,
            false => Self {
                start: until,
                trace_id: [0; 16],
            },
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (start, trace_id) = text.split_once('-')?;
        Some(Self {
            start: start.parse().ok()?,
            trace_id: id_from_hex(trace_id)?,
        })
    }

    fn format(self) -> String {
        format!("{}-{}", self.start, hex::encode(&self.trace_id))
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

pub(super) struct TraceRow {
    trace_id: TraceId,
    start: i64,
    end: i64,
    spans: i64,
    odd: i64,
    errors: i64,
    logs: i64,
    exceptions: i64,
    root_has_parent: bool,
    /// The id of the root's row.
    root: Option<i64>,
}

impl TraceRow {
    pub(super) fn by_id(
        connection: &Connection,
        trace_id: &TraceId,
    ) -> rusqlite::Result<Option<Self>> {
        connection
            .prepare_cached(&format!("{SELECT} WHERE trace_id = ?1 AND spans > 0"))?
            .query_row([trace_id], Self::read)
            .optional()
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            trace_id: row.get(0)?,
            start: row.get(1)?,
            end: row.get(2)?,
            spans: row.get(3)?,
            errors: row.get(4)?,
            logs: row.get(5)?,
            exceptions: row.get(6)?,
            root_has_parent: row.get(7)?,
            root: row.get(8)?,
            odd: row.get(9)?,
        })
    }

    pub(super) const fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    pub(super) const fn start(&self) -> i64 {
        self.start
    }

    pub(super) const fn end(&self) -> i64 {
        self.end
    }

    pub(super) const fn duration_nano(&self) -> i64 {
        self.end - self.start
    }

    pub(super) const fn has_failed_spans(&self) -> bool {
        self.errors > 0
    }

    const fn position(&self) -> Position {
        Position {
            start: self.start,
            trace_id: self.trace_id,
        }
    }

    /// Failed spans, and exceptions in spans that are not stored or in none.
    fn all_errors(&self, connection: &Connection) -> rusqlite::Result<i64> {
        if self.exceptions == 0 {
            return Ok(self.errors);
        }
        let outside: i64 = connection
            .prepare_cached(
                "SELECT count(DISTINCT coalesce(span_id, id)) FROM exception
                 WHERE trace_id = ?1 AND log IS NOT NULL AND NOT handled AND NOT EXISTS (
                    SELECT 1 FROM span WHERE span.trace_id = exception.trace_id
                        AND span.span_id = exception.span_id)",
            )?
            .query_row([self.trace_id], |row| row.get(0))?;
        Ok(self.errors + outside)
    }

    pub(super) fn json(&self, connection: &Connection) -> rusqlite::Result<Json> {
        let services = connection
            .prepare_cached(
                "SELECT service.name, trace_service.spans, trace_service.errors
                 FROM trace_service JOIN service ON service.id = trace_service.service
                 WHERE trace_id = ?1 ORDER BY service.id",
            )?
            .query_map([self.trace_id], |row| {
                Ok(json!({
                    "name": row.get::<_, String>(0)?,
                    "spans": row.get::<_, i64>(1)?,
                    "errors": row.get::<_, i64>(2)?,
                }))
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let root: Option<(Vec<u8>, String)> = connection
            .prepare_cached(
                "SELECT span.bytes, service.name FROM span
                 JOIN resource ON resource.id = span.resource
                 JOIN service ON service.id = resource.service
                 WHERE span.id = ?1",
            )?
            .query_row([self.root], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let root =
            (root.as_ref()).and_then(|(bytes, service)| Some((Span::decode(bytes).ok()?, service)));
        Ok(json!({
            "trace_id": hex::encode(&self.trace_id),
            "root": root.map(|(root, service)| json!({
                "span_id": id_json(root.span_id),
                "name": root.name,
                "detail": detail(&root),
                "kind": root.kind(),
                "service": service,
                "arrived": !self.root_has_parent,
            })),
            "start_unix_nano": self.start.to_string(),
            "end_unix_nano": self.end.to_string(),
            "spans": self.spans,
            "errors": self.all_errors(connection)?,
            "odd_times": self.odd,
            "logs": self.logs,
            "exceptions": self.exceptions,
            "services": services,
        }))
    }
}

const SELECT: &str = "SELECT trace_id, start, end, spans, errors, logs, exceptions,
    root_has_parent, root, odd FROM trace";
/// Traces that are compared with a search under one lock.
const CANDIDATES: usize = 500;
/// Spans and log records of the traces that are read under one lock.
const WINDOW: i64 = 5_000;
