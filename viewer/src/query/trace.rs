//! The query `traces/{trace_id}`: the spans, log records and links of one trace.

use super::parameters::ParameterError;
use super::{Parameters, QueryError, logs};
use crate::Store;
use crate::decode::{Span, SpanId, TraceId, detail, id_from_hex, resource_json, scope_json};
use rusqlite::{Connection, Row};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use throughline_trace_context::hex;

pub(super) fn run(
    store: &Store,
    trace_id: &str,
    parameters: Parameters<'_>,
) -> Result<Json, QueryError> {
    parameters.finish()?;
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
