//! The conditions that exceptions meet, and the groups of those that do.

use super::group::{GROUPS, Group};
use crate::decode::{LogRecord, Span, TraceId};
use crate::query::search::{self, RecordRoutes, RecordSearch, RoutePattern};
use crate::query::time_range::TimeRange;
use crate::query::{Parameters, QueryError};
use rusqlite::{Connection, Row, params};
use std::collections::{BTreeSet, HashMap};
use throughline_semconv as semconv;

/// The conditions that an exception meets.
pub(super) struct Filter {
    pub(super) service: Option<String>,
    pub(super) times: TimeRange,
    /// Those that type, message or innermost frame of a group have, in lower case.
    words: Vec<String>,
    search: RecordSearch,
    route: Option<RoutePattern>,
}

impl Filter {
    /// Reads `q`, `service`, `route`, `release`, `attribute`, `since` and `until`.
    pub(super) fn read(parameters: &mut Parameters<'_>) -> Result<Self, QueryError> {
        let (words, search) = search::words_and_attributes(parameters)?;
        let release = parameters.text("release");
        Ok(Self {
            service: parameters.text("service"),
            times: TimeRange::read(parameters)?,
            words,
            search: match release {
                Some(release) => search.with_value(semconv::SERVICE_VERSION, &release),
                None => search,
            },
            route: RoutePattern::read(parameters),
        })
    }

    /// Whether a group has the words.
    pub(super) fn has_words_of(&self, group: &Group) -> bool {
        self.words.is_empty() || group.has_words(&self.words)
    }

    /// Calls `found` with the groups of the exceptions that match, those seen last first, until it
    /// returns false.
    pub(super) fn each_group(
        &self,
        connection: &Connection,
        mut found: impl FnMut(Group) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<()> {
        if !self.search.is_empty() || self.route.is_some() {
            for group in self.groups_of_matching(connection)? {
                if !found(group)? {
                    break;
                }
            }
            return Ok(());
        }
        let TimeRange { since, until } = self.times;
        let mut statement = connection.prepare_cached(GROUPS)?;
        let mut rows = statement.query(params![self.service, since, until])?;
        while let Some(row) = rows.next()? {
            if !found(Group::read(row)?)? {
                break;
            }
        }
        Ok(())
    }

    /// The groups of the exceptions whose records match: SQLite cannot read those.
    fn groups_of_matching(&self, connection: &Connection) -> rusqlite::Result<Vec<Group>> {
        let TimeRange { since, until } = self.times;
        let mut groups: Vec<(Group, BTreeSet<TraceId>)> = Vec::new();
        let mut places: HashMap<i64, usize> = HashMap::new();
        let mut routes = RecordRoutes::new(connection);
        let mut statement = connection.prepare_cached(EXCEPTIONS)?;
        let mut rows = statement.query(params![self.service, since, until])?;
        while let Some(row) = rows.next()? {
            if !self.matches(row, &mut routes)? {
                continue;
            }
            let exception = Group::read(row)?;
            let trace_id: Option<TraceId> = row.get(8)?;
            let place = *places
                .entry(exception.fingerprint())
                .or_insert(groups.len());
            match groups.get_mut(place) {
                Some((group, traces)) => {
                    group.add(&exception);
                    traces.extend(trace_id);
                }
                None => groups.push((exception.alone(), trace_id.into_iter().collect())),
            }
        }
        let groups = groups.into_iter();
        Ok(groups
            .map(|(group, traces)| group.in_traces(traces.len()))
            .collect())
    }

    /// Whether the log record or the span of an exception matches.
    fn matches(&self, row: &Row<'_>, routes: &mut RecordRoutes<'_>) -> rusqlite::Result<bool> {
        let resource = row.get_ref(10)?.as_blob().unwrap_or_default();
        let is_it = |route: Option<String>| match &self.route {
            None => true,
            Some(pattern) => route.is_some_and(|route| pattern.is(&route)),
        };
        if let Ok(bytes) = row.get_ref(11)?.as_blob() {
            let Ok(log) = LogRecord::decode(bytes) else {
                return Ok(false);
            };
            return Ok(self.search.matches(&log, resource)
                && (self.route.is_none() || is_it(routes.of_log(&log, resource)?)));
        }
        let bytes = row.get_ref(12)?.as_blob().unwrap_or_default();
        let Ok(span) = Span::decode(bytes) else {
            return Ok(false);
        };
        if !self.search.matches_span(&span, resource) {
            return Ok(false);
        }
        let ids: (Option<TraceId>, _) = (row.get(8)?, row.get(9)?);
        Ok(match (&self.route, ids) {
            (None, _) => true,
            (Some(_), (Some(trace_id), Some(span_id))) => is_it(routes.of_span(trace_id, span_id)?),
            (Some(_), _) => false,
        })
    }
}

/// The exceptions in a range of times with their records, the newest first; the first columns are those of
/// [`GROUPS`].
const EXCEPTIONS: &str =
    "SELECT type, message, thrown_at, exception.count, 1, exception.time, exception.id, fingerprint,
        exception.trace_id, exception.span_id, resource.bytes, log.bytes, span.bytes
    FROM exception JOIN service ON service.id = exception.service
    LEFT JOIN log ON log.id = exception.log LEFT JOIN span ON span.id = exception.span
    JOIN resource ON resource.id = coalesce(log.resource, span.resource)
    WHERE (?1 IS NULL OR service.name = ?1) AND exception.time >= ?2 AND exception.time < ?3
    ORDER BY exception.time DESC, fingerprint DESC, exception.id DESC";
