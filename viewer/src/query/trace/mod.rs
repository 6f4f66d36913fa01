//! The queries `traces/{trace_id}` and `trace`: the spans, log records and links of one trace.

mod siblings;

use super::parameters::{self, ParameterError};
use super::{Parameters, QueryError, logs};
use crate::Store;
use crate::decode::{Span, SpanId, TraceId, detail, id_from_hex, resource_json, scope_json};
use rusqlite::{Connection, Row};
use serde_json::{Value as Json, json};
use std::collections::{HashMap, HashSet};
use throughline_trace_context::hex;

/// The trace with all its records.
pub(super) fn whole(
    store: &Store,
    trace_id: &str,
    parameters: Parameters<'_>,
) -> Result<Json, QueryError> {
    parameters.finish()?;
    read(store, trace_id)
}

/// The trace, or one of its spans and those below it, with equal siblings joined unless `expand` is
/// given.
pub(super) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let trace_id = parameters.text("trace_id");
    let trace_id = trace_id.ok_or(ParameterError::missing("trace_id", parameters::TRACE_ID))?;
    let span_id = parameters.parsed("span_id", SPAN_ID, id_from_hex::<8>)?;
    let is_expanded = parameters.flag("expand")?;
    parameters.finish()?;
    let mut trace = read(store, &trace_id)?;
    if let Some(span_id) = span_id {
        let spans = siblings::below(taken(&mut trace, "spans"), &hex::encode(&span_id));
        if spans.is_empty() {
            return Err(QueryError::Absent("span"));
        }
        trace["spans"] = spans.into();
        keep_of_spans(&mut trace);
    }
    trace["siblings"] = Json::Array(Vec::new());
    if is_expanded {
        return Ok(trace);
    }
    let mut logs: HashMap<String, usize> = HashMap::new();
    for log in trace["logs"].as_array().into_iter().flatten() {
        let span_id = log["span_id"].as_str().unwrap_or_default().to_owned();
        *logs.entry(span_id).or_default() += 1;
    }
    let joined = siblings::join(taken(&mut trace, "spans"), &logs);
    trace["spans"] = joined.spans.into();
    trace["siblings"] = joined.siblings.into();
    if joined.left_out > 0 {
        let hidden_logs = logs.values().sum::<usize>();
        keep_of_spans(&mut trace);
        let left = trace["logs"].as_array().map_or(0, Vec::len);
        trace["left_out"] = json!({
            "spans": joined.left_out,
            "logs": hidden_logs - left,
            "reason": "equal siblings are joined; expand gives all, span_id one span with those below it",
        });
    }
    Ok(trace)
}

fn taken(trace: &mut Json, key: &str) -> Vec<Json> {
    match trace[key].take() {
        Json::Array(list) => list,
        _ => Vec::new(),
    }
}

/// Removes the log records and links of spans that are not among `spans`. Log records
/// without a span stay.
fn keep_of_spans(trace: &mut Json) {
    let ids: HashSet<String> = (trace["spans"].as_array().into_iter().flatten())
        .filter_map(|span| Some(span["span_id"].as_str()?.to_owned()))
        .collect();
    let is_of = |record: &Json, key: &str| {
        record[key]
            .as_str()
            .is_some_and(|id| id.is_empty() || ids.contains(id))
    };
    for (list, key) in [("logs", "span_id"), ("linked", "own_span_id")] {
        let mut records = taken(trace, list);
        records.retain(|record| is_of(record, key));
        trace[list] = records.into();
    }
}

fn read(store: &Store, trace_id: &str) -> Result<Json, QueryError> {
    let trace_id = id_from_hex(trace_id).ok_or_else(|| ParameterError::trace_id(trace_id))?;
    // One read, so that the rows are consistent. They become JSON after the lock is
    // released.
    let (spans, logs, linked) = store.read(|connection| {
        Ok((
            SpanRow::all(connection, &trace_id)?,
            logs::LogRow::of_trace(connection, &trace_id)?,
            LinkedRow::all(connection, &trace_id)?,
        ))
    })?;
    if spans.is_empty() && logs.is_empty() {
        return Err(QueryError::Absent("trace"));
    }
    let mut resources = DistinctMessages::new(resource_json);
    let mut scopes = DistinctMessages::new(scope_json);
    let mut copies = HashMap::new();
    let mut spans: Vec<(u64, Json)> = spans
        .iter()
        .filter_map(|row| row.json(&mut copies, &mut resources, &mut scopes))
        .collect();
    spans.sort_by_key(|(start, _)| *start);
    let logs: Vec<Json> = logs
        .iter()
        .filter_map(|row| {
            let mut json = row.json_without_resource()?;
            json["resource"] = resources.index_of(row.resource()).into();
            Some(json)
        })
        .collect();
    Ok(json!({
        "trace_id": hex::encode(&trace_id),
        "spans": spans.into_iter().map(|(_, json)| json).collect::<Vec<_>>(),
        "logs": logs,
        "linked": linked.iter().map(LinkedRow::json).collect::<Vec<_>>(),
        "resources": resources.rows,
        "scopes": scopes.rows,
    }))
}

struct SpanRow {
    service: String,
    resource: Vec<u8>,
    scope: Vec<u8>,
    failed: bool,
    odd: u8,
    bytes: Vec<u8>,
}

impl SpanRow {
    /// The spans of a trace, in the order in which they arrived.
    fn all(connection: &Connection, trace_id: &TraceId) -> rusqlite::Result<Vec<Self>> {
        connection
            .prepare_cached(
                "SELECT service.name, resource.bytes, scope.bytes, failed, odd, span.bytes
                 FROM span
                 JOIN resource ON resource.id = span.resource
                 JOIN service ON service.id = resource.service
                 JOIN scope ON scope.id = span.scope
                 WHERE trace_id = ?1 ORDER BY span.id",
            )?
            .query_map([trace_id], |row| {
                Ok(Self {
                    service: row.get(0)?,
                    resource: row.get(1)?,
                    scope: row.get(2)?,
                    failed: row.get(3)?,
                    odd: row.get(4)?,
                    bytes: row.get(5)?,
                })
            })?
            .collect()
    }

    /// The span's start and its JSON. `copies` counts the spans of each id.
    fn json<'a>(
        &'a self,
        copies: &mut HashMap<SpanId, u32>,
        resources: &mut DistinctMessages<'a>,
        scopes: &mut DistinctMessages<'a>,
    ) -> Option<(u64, Json)> {
        let span = Span::decode(&self.bytes).ok()?;
        let copy = copies.entry(span.span_id?).or_default();
        *copy += 1;
        let odd_times: Vec<&str> = [(1, "start"), (2, "end")]
            .into_iter()
            .filter(|(bit, _)| self.odd & bit != 0)
            .map(|(_, name)| name)
            .collect();
        let mut json = span.json();
        json["copy"] = Json::from(*copy);
        json["failed"] = Json::from(self.failed);
        json["odd_times"] = Json::from(odd_times);
        json["service"] = Json::from(self.service.as_str());
        json["resource"] = resources.index_of(&self.resource).into();
        json["scope"] = scopes.index_of(&self.scope).into();
        Some((span.start_unix_nano, json))
    }
}

/// Messages as JSON, each once: most records of a trace share their resource and scope.
struct DistinctMessages<'a> {
    json: fn(&[u8]) -> Json,
    indexes: HashMap<&'a [u8], usize>,
    rows: Vec<Json>,
}

impl<'a> DistinctMessages<'a> {
    fn new(json: fn(&[u8]) -> Json) -> Self {
        Self {
            json,
            indexes: HashMap::new(),
            rows: Vec::new(),
        }
    }

    /// The index of a message among the rows.
    fn index_of(&mut self, bytes: &'a [u8]) -> usize {
        *self.indexes.entry(bytes).or_insert_with(|| {
            self.rows.push((self.json)(bytes));
            self.rows.len() - 1
        })
    }
}

/// A span at the other end of a link.
struct LinkedRow {
    direction: &'static str,
    own_span_id: SpanId,
    trace_id: TraceId,
    span_id: SpanId,
    /// Service, whether it failed, and bytes; `None` until the span arrives.
    span: Option<(String, bool, Vec<u8>)>,
}

impl LinkedRow {
    fn all(connection: &Connection, trace_id: &TraceId) -> rusqlite::Result<Vec<Self>> {
        let mut rows = Vec::new();
        for (direction, query) in [
            (
                "outgoing",
                "SELECT link.span_id, linked_trace_id, linked_span_id, service.name, span.failed, span.bytes
                 FROM link
                 LEFT JOIN span ON span.id = (SELECT min(id) FROM span
                    WHERE trace_id = linked_trace_id AND span_id = linked_span_id)
                 LEFT JOIN resource ON resource.id = span.resource
                 LEFT JOIN service ON service.id = resource.service
                 WHERE link.trace_id = ?1",
            ),
            (
                "incoming",
                "SELECT link.linked_span_id, link.trace_id, link.span_id, service.name, span.failed, span.bytes
                 FROM link
                 JOIN span ON span.id = (SELECT min(id) FROM span
                    WHERE trace_id = link.trace_id AND span_id = link.span_id)
                 JOIN resource ON resource.id = span.resource
                 JOIN service ON service.id = resource.service
                 WHERE linked_trace_id = ?1",
            ),
        ] {
            let mut statement = connection.prepare_cached(query)?;
            let found = statement.query_map([trace_id], |row| Self::read(direction, row))?;
            for row in found {
                rows.push(row?);
            }
        }
        Ok(rows)
    }

    fn read(direction: &'static str, row: &Row<'_>) -> rusqlite::Result<Self> {
        let service: Option<String> = row.get(3)?;
        let failed: Option<bool> = row.get(4)?;
        let bytes: Option<Vec<u8>> = row.get(5)?;
        let span = service.zip(failed).zip(bytes);
        Ok(Self {
            direction,
            own_span_id: row.get(0)?,
            trace_id: row.get(1)?,
            span_id: row.get(2)?,
            span: span.map(|((service, failed), bytes)| (service, failed, bytes)),
        })
    }

    fn json(&self) -> Json {
        let mut json = json!({
            "direction": self.direction,
            "own_span_id": hex::encode(&self.own_span_id),
            "trace_id": hex::encode(&self.trace_id),
            "span_id": hex::encode(&self.span_id),
            "span": null,
        });
        if let Some((service, failed, bytes)) = &self.span
            && let Ok(span) = Span::decode(bytes)
        {
            json["span"] = json!({
                "name": span.name,
                "kind": span.kind(),
                "service": service,
                "start_unix_nano": span.start_unix_nano.to_string(),
                "end_unix_nano": span.end_unix_nano.to_string(),
                "detail": detail(&span),
                "failed": failed,
            });
        }
        json
    }
}

/// The form of a span's id, for a message.
const SPAN_ID: &str = "a span id of 16 hexadecimal digits";
