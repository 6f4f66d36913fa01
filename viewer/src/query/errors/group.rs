//! A group of exceptions: those of one fault.

use super::resolve;
use super::state::{Resolution, State};
use crate::decode::{LogRecord, Span, id_json, service_version};
use crate::query::logs;
use crate::query::search::RecordRoutes;
use crate::query::time_range::TimeRange;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use throughline_trace_context::hex;

/// Exceptions with one fingerprint: those of one fault. Type, message and frame are those of the newest.
pub(super) struct Group {
    fingerprint: i64,
    kind: String,
    message: String,
    thrown_at: String,
    count: i64,
    traces: i64,
    last: i64,
    /// The id of the newest exception.
    latest: i64,
    /// The times of the exceptions that match a filter of records, with how many there were; `None` where
    /// all of a service and a range of times do.
    matching: Option<Vec<(i64, i64)>>,
}

impl Group {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            kind: row.get(0)?,
            message: row.get(1)?,
            thrown_at: row.get(2)?,
            count: row.get(3)?,
            traces: row.get(4)?,
            last: row.get(5)?,
            latest: row.get(6)?,
            fingerprint: row.get(7)?,
            matching: None,
        })
    }

    /// The group of this exception alone, to which others are added.
    pub(super) fn alone(mut self) -> Self {
        self.matching = Some(vec![(self.last, self.count)]);
        self
    }

    /// Adds an older exception.
    pub(super) fn add(&mut self, exception: &Self) {
        self.count += exception.count;
        let matching = self.matching.get_or_insert_default();
        matching.push((exception.last, exception.count));
    }

    pub(super) fn in_traces(mut self, traces: usize) -> Self {
        self.traces = i64::try_from(traces).unwrap_or(i64::MAX);
        self
    }

    pub(super) const fn fingerprint(&self) -> i64 {
        self.fingerprint
    }

    pub(super) fn json(&self, connection: &Connection) -> rusqlite::Result<Json> {
        let services = connection
            .prepare_cached(
                "SELECT DISTINCT service.name FROM exception
                 JOIN service ON service.id = exception.service
                 WHERE fingerprint = ?1 ORDER BY service.id",
            )?
            .query_map([self.fingerprint], |row| row.get::<_, String>(0))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let recent = connection
            .prepare_cached(
                "SELECT trace_id, span_id, time FROM exception
                 WHERE fingerprint = ?1 AND trace_id IS NOT NULL
                 ORDER BY time DESC LIMIT 10",
            )?
            .query_map([self.fingerprint], |row| {
                Ok(json!({
                    "trace_id": hex::encode(&row.get::<_, [u8; 16]>(0)?),
                    "span_id": id_json(row.get::<_, Option<[u8; 8]>>(1)?),
                    "time_unix_nano": row.get::<_, i64>(2)?.to_string(),
                }))
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let first: i64 = connection
            .prepare_cached("SELECT min(time) FROM exception WHERE fingerprint = ?1")?
            .query_row([self.fingerprint], |row| row.get(0))?;
        let releases = self.releases(connection)?;
        let resolution = Resolution::of(connection, self.fingerprint)?;
        let state = State::of(connection, self.fingerprint, &releases, resolution.as_ref())?;
        Ok(json!({
            "id": self.id(),
            "type": self.kind,
            "message": self.message,
            "thrown_at": self.thrown_at,
            "count": self.count,
            "traces": self.traces,
            "services": services,
            "first_seen_unix_nano": first.to_string(),
            "last_seen_unix_nano": self.last.to_string(),
            "releases": releases,
            "state": state.text(),
            "resolution": resolution.map(Resolution::json),
            "affected": self.affected(connection)?,
            "recent": recent,
            "latest": self.latest(connection)?,
        }))
    }

    pub(super) const fn position(&self) -> Position {
        Position {
            last: self.last,
            fingerprint: self.fingerprint,
        }
    }

    /// The name of the group, the same in every store.
    pub(super) fn id(&self) -> String {
        resolve::id(self.fingerprint)
    }

    /// Whether the group is in a state.
    pub(super) fn is_in(&self, state: State, connection: &Connection) -> rusqlite::Result<bool> {
        let resolution = Resolution::of(connection, self.fingerprint)?;
        // The releases are read from all exceptions, and decide without a resolution alone.
        let releases = match (&resolution, state) {
            (Some(_), _) => Vec::new(),
            (None, State::Resolved | State::CameBack) => return Ok(false),
            (None, State::New | State::Open) => self.releases(connection)?,
        };
        let own = State::of(connection, self.fingerprint, &releases, resolution.as_ref())?;
        Ok(own == state)
    }

    /// Whether the words are in the type, the message or the frame; they are in lower case.
    pub(super) fn has_words(&self, words: &[String]) -> bool {
        let text = format!("{} {} {}", self.kind, self.message, self.thrown_at).to_lowercase();
        words.iter().all(|word| text.contains(word))
    }

    /// The times of the exceptions, with how many there were.
    pub(super) fn counts(
        &self,
        connection: &Connection,
        service: Option<&str>,
        times: TimeRange,
    ) -> rusqlite::Result<Vec<(i64, i64)>> {
        if let Some(matching) = &self.matching {
            return Ok(matching.clone());
        }
        connection
            .prepare_cached(
                "SELECT time, count FROM exception JOIN service ON service.id = exception.service
                 WHERE fingerprint = ?1 AND (?2 IS NULL OR service.name = ?2)
                    AND time >= ?3 AND time < ?4",
            )?
            .query_map(
                params![self.fingerprint, service, times.since, times.until],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?
            .collect()
    }

    /// The versions of the services that threw it, those that threw it first in front.
    fn releases(&self, connection: &Connection) -> rusqlite::Result<Vec<String>> {
        let mut releases = Vec::new();
        let mut statement = connection.prepare_cached(
            "SELECT resource.bytes FROM exception
             LEFT JOIN log ON log.id = exception.log
             LEFT JOIN span ON span.id = exception.span
             JOIN resource ON resource.id = coalesce(log.resource, span.resource)
             WHERE fingerprint = ?1
             GROUP BY resource.id ORDER BY min(exception.time)",
        )?;
        let mut rows = statement.query([self.fingerprint])?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(0)?.as_blob().unwrap_or_default();
            if let Some(version) = service_version(bytes)
                && !releases.iter().any(|known| *known == version)
            {
                releases.push(version.into_owned());
            }
        }
        Ok(releases)
    }

    /// The sessions and routes of the newest exceptions.
    fn affected(&self, connection: &Connection) -> rusqlite::Result<Json> {
        let mut sessions = BTreeSet::new();
        let mut routes: BTreeMap<String, u64> = BTreeMap::new();
        let mut of_records = RecordRoutes::new(connection);
        let mut statement = connection.prepare_cached(
            "SELECT log.bytes, resource.bytes, exception.trace_id, exception.span_id FROM exception
             LEFT JOIN log ON log.id = exception.log LEFT JOIN resource ON resource.id = log.resource
             WHERE fingerprint = ?1 ORDER BY exception.time DESC LIMIT ?2",
        )?;
        let mut rows = statement.query(params![self.fingerprint, NEWEST])?;
        while let Some(row) = rows.next()? {
            let resource = row.get_ref(1)?.as_blob().unwrap_or_default();
            let log = row.get_ref(0)?.as_blob().map(LogRecord::decode);
            let route = match log {
                Ok(Ok(log)) => {
                    let session = log.attributes().text(throughline_semconv::SESSION_ID);
                    sessions.extend(session.map(String::from));
                    of_records.of_log(&log, resource)?
                }
                Ok(Err(_)) => None,
                Err(_) => match (row.get(2)?, row.get(3)?) {
                    (Some(trace_id), Some(span_id)) => of_records.of_span(trace_id, span_id)?,
                    _ => None,
                },
            };
            if let Some(route) = route {
                *routes.entry(route).or_default() += 1;
            }
        }
        let mut routes: Vec<_> = routes.into_iter().collect();
        routes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        routes.truncate(MOST_ROUTES);
        Ok(json!({
            "sessions": sessions.len(),
            "routes": routes.iter().map(|(route, count)| json!({"route": route, "count": count})).collect::<Vec<_>>(),
        }))
    }

    /// The newest exception with all its attributes: its log record, or its span's event.
    fn latest(&self, connection: &Connection) -> rusqlite::Result<Json> {
        let (log, span): (Option<i64>, Option<i64>) = connection
            .prepare_cached("SELECT log, span FROM exception WHERE id = ?1")?
            .query_row([self.latest], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if let Some(log) = log {
            return Ok(logs::LogRow::by_id(connection, log)?
                .json()
                .unwrap_or_default());
        }
        let bytes: Option<Vec<u8>> = connection
            .prepare_cached("SELECT bytes FROM span WHERE id = ?1")?
            .query_row([span], |row| row.get(0))
            .optional()?;
        let event = bytes
            .as_deref()
            .and_then(|bytes| Span::decode(bytes).ok())
            .and_then(|span| span.exception_json(&self.kind, &self.message));
        Ok(event.unwrap_or_default())
    }
}

/// The position of a group in the list, from which the next page continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    last: i64,
    fingerprint: i64,
}

impl Position {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (last, id) = text.split_once('-')?;
        Some(Self {
            last: last.parse().ok()?,
            fingerprint: resolve::fingerprint(id)?,
        })
    }

    pub(super) fn format(self) -> String {
        format!("{}-{}", self.last, resolve::id(self.fingerprint))
    }
}

/// The groups in a range of times, those seen last first. SQLite takes the bare columns from the row with the maximum.
/// <https://www.sqlite.org/lang_select.html#bareagg>
pub(super) const GROUPS: &str =
    "SELECT type, message, thrown_at, sum(exception.count), count(DISTINCT trace_id),
        max(time), exception.id, fingerprint
    FROM exception JOIN service ON service.id = exception.service
    WHERE (?1 IS NULL OR service.name = ?1) AND time >= ?2 AND time < ?3
    GROUP BY fingerprint ORDER BY max(time) DESC, fingerprint DESC";
const MOST_ROUTES: usize = 5;
/// Exceptions whose sessions and routes are counted.
const NEWEST: i64 = 200;
