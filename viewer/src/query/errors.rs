//! The query `errors`: exceptions in groups of one fault each.

use super::time_range::TimeRange;
use super::trend::Trend;
use super::{Parameters, QueryError, logs};
use crate::Store;
use crate::decode::{Attributes, LogRecord, Span, id_json};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use throughline_otlp::field::resource;
use throughline_trace_context::hex;

pub(super) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let service = parameters.text("service");
    let words = parameters.text("q").unwrap_or_default().to_lowercase();
    let id = parameters.text("group");
    let times = TimeRange::read(&mut parameters)?;
    let TimeRange { since, until } = times;
    let limit = parameters.limit()?;
    parameters.finish()?;
    let (errors, trend, failures) = store.read(|connection| {
        let trend = Trend::of_exceptions(connection, times)?;
        let mut groups = Vec::new();
        let mut statement = connection.prepare_cached(GROUPS)?;
        let mut rows = statement.query(params![service, since, until])?;
        while groups.len() < limit
            && let Some(row) = rows.next()?
        {
            let group = Group::read(row)?;
            if group.has_words(&words) && id.as_ref().is_none_or(|id| *id == group.id()) {
                groups.push(group);
            }
        }
        let groups = groups
            .iter()
            .map(|group| {
                let mut json = group.json(connection)?;
                json["trend"] = trend
                    .counts(group.counts(connection, service.as_deref(), times)?)
                    .into();
                Ok(json)
            })
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let failures = connection
            .prepare_cached(ENGINE_FAILURES)?
            .query_map(
                params![
                    throughline_semconv::THROUGHLINE_ENGINE_FAILURE,
                    service,
                    NEWEST,
                    since,
                    until
                ],
                EngineFailure::read,
            )?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        Ok((groups, trend.json(), failures))
    })?;
    Ok(json!({
        "errors": errors,
        "trend": trend,
        "engine_failures": EngineFailure::json(failures),
    }))
}

/// A page's report that its engine failed: no exception of the application.
struct EngineFailure {
    service: String,
    time: i64,
    bytes: Vec<u8>,
}

impl EngineFailure {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            service: row.get(0)?,
            time: row.get(1)?,
            bytes: row.get(2)?,
        })
    }

    /// The failures, newest first, by service, reason and message.
    fn json(failures: Vec<Self>) -> Json {
        let mut groups: Vec<(Json, u64, i64)> = Vec::new();
        for failure in failures {
            let Ok(log) = LogRecord::decode(&failure.bytes) else {
                continue;
            };
            let attributes = log.attributes();
            let group = json!({
                "service": failure.service,
                "reason": attributes.text(throughline_semconv::THROUGHLINE_ENGINE_FAILURE_REASON),
                "message": attributes.text(throughline_semconv::THROUGHLINE_ENGINE_FAILURE_MESSAGE),
            });
            match groups.iter_mut().find(|(known, ..)| *known == group) {
                Some((_, count, _)) => *count += 1,
                None => groups.push((group, 1, failure.time)),
            }
        }
        groups
            .into_iter()
            .map(|(mut group, count, last)| {
                group["count"] = count.into();
                group["last_seen_unix_nano"] = last.to_string().into();
                group
            })
            .collect()
    }
}

/// Exceptions with one fingerprint: those of one fault. Type, message and frame are those of the newest.
struct Group {
    fingerprint: i64,
    kind: String,
    message: String,
    thrown_at: String,
    count: i64,
    traces: i64,
    last: i64,
    /// The id of the newest exception.
    latest: i64,
}

impl Group {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            kind: row.get(0)?,
            message: row.get(1)?,
            thrown_at: row.get(2)?,
            count: row.get(3)?,
            traces: row.get(4)?,
            last: row.get(5)?,
            latest: row.get(6)?,
            fingerprint: row.get(7)?,
        })
    }

    fn json(&self, connection: &Connection) -> rusqlite::Result<Json> {
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
        let is_new = self.is_new(connection, &releases)?;
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
            "is_new": is_new,
            "affected": self.affected(connection)?,
            "recent": recent,
            "latest": self.latest(connection)?,
        }))
    }

    /// The name of the group, the same in every store.
    fn id(&self) -> String {
        format!("{:016x}", self.fingerprint)
    }

    /// Whether the words are in the type, the message or the frame; they are in lower case.
    fn has_words(&self, words: &str) -> bool {
        let text = format!("{} {} {}", self.kind, self.message, self.thrown_at).to_lowercase();
        words.split_whitespace().all(|word| text.contains(word))
    }

    /// The times of the exceptions, with how many there were.
    fn counts(
        &self,
        connection: &Connection,
        service: Option<&str>,
        times: TimeRange,
    ) -> rusqlite::Result<Vec<(i64, i64)>> {
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
            let attributes = Attributes::of(bytes, resource::ATTRIBUTES);
            let version = attributes.text(throughline_semconv::SERVICE_VERSION);
            if let Some(version) = version.map(|version| version.to_string())
                && !version.is_empty()
                && !releases.contains(&version)
            {
                releases.push(version);
            }
        }
        Ok(releases)
    }

    /// Whether the group is there since the newest release of its service alone, where there were
    /// others before.
    fn is_new(&self, connection: &Connection, releases: &[String]) -> rusqlite::Result<bool> {
        let [release] = releases else {
            return Ok(false);
        };
        let mut versions: Vec<String> = Vec::new();
        let mut statement = connection.prepare_cached(
            "SELECT bytes FROM resource WHERE service IN (
                SELECT service FROM exception WHERE fingerprint = ?1) ORDER BY id",
        )?;
        let mut rows = statement.query([self.fingerprint])?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(0)?.as_blob().unwrap_or_default();
            let attributes = Attributes::of(bytes, resource::ATTRIBUTES);
            if let Some(version) = attributes.text(throughline_semconv::SERVICE_VERSION)
                && !versions.iter().any(|known| *known == version)
            {
                versions.push(version.into_owned());
            }
        }
        Ok(versions.len() > 1 && versions.last() == Some(release))
    }

    /// The sessions and routes of the newest exceptions.
    fn affected(&self, connection: &Connection) -> rusqlite::Result<Json> {
        let mut sessions = BTreeSet::new();
        let mut routes: BTreeMap<String, u64> = BTreeMap::new();
        let mut statement = connection.prepare_cached(
            "SELECT log.bytes FROM exception JOIN log ON log.id = exception.log
             WHERE fingerprint = ?1 ORDER BY exception.time DESC LIMIT ?2",
        )?;
        let mut rows = statement.query(params![self.fingerprint, NEWEST])?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(0)?.as_blob().unwrap_or_default();
            let Ok(log) = LogRecord::decode(bytes) else {
                continue;
            };
            let attributes = log.attributes();
            sessions.extend(
                attributes
                    .text(throughline_semconv::SESSION_ID)
                    .map(String::from),
            );
            let route = ROUTES.iter().find_map(|key| attributes.text(key));
            if let Some(route) = route {
                *routes.entry(route.into_owned()).or_default() += 1;
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

/// SQLite takes the bare columns from the row with the maximum.
/// <https://www.sqlite.org/lang_select.html#bareagg>
const GROUPS: &str =
    "SELECT type, message, thrown_at, sum(exception.count), count(DISTINCT trace_id),
        max(time), exception.id, fingerprint
    FROM exception JOIN service ON service.id = exception.service
    WHERE (?1 IS NULL OR service.name = ?1) AND time >= ?2 AND time < ?3
    GROUP BY fingerprint ORDER BY max(time) DESC";
/// The newest reports of pages that their engine failed.
const ENGINE_FAILURES: &str = "SELECT service.name, time, log.bytes FROM log
    JOIN resource ON resource.id = log.resource
    JOIN service ON service.id = resource.service
    WHERE event_name = ?1 AND event_name <> '' AND (?2 IS NULL OR service.name = ?2)
        AND time >= ?4 AND time < ?5
    ORDER BY time DESC LIMIT ?3";
/// The attributes that name a route, of a page or of a server, the first that is there.
const ROUTES: [&str; 4] = [
    "throughline.document.url.template",
    throughline_semconv::HTTP_ROUTE,
    throughline_semconv::URL_TEMPLATE,
    throughline_semconv::BROWSER_DOCUMENT_URL_FULL,
];
const MOST_ROUTES: usize = 5;
/// Reports that are counted, and exceptions whose sessions and routes are.
const NEWEST: i64 = 200;
