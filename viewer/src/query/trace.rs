//! The query `traces/{trace_id}`: the spans, log records and links of one trace.

use super::{Parameters, QueryError, logs};
use crate::Store;
use crate::decode::{Span, SpanId, TraceId, id_from_hex, resource_json, scope_json};
use rusqlite::{Connection, Row};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use throughline_trace_context::hex;

pub(super) fn answer(
    store: &Store,
    trace_id: &str,
    parameters: Parameters<'_>,
) -> Result<Json, QueryError> {
    parameters.finish()?;
    let trace_id = id_from_hex(trace_id).ok_or(QueryError::Absent("trace"))?;
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
    let mut shared = SharedJson::default();
    let mut spans: Vec<(u64, Json)> = spans
        .iter()
        .filter_map(|row| row.json(&mut shared))
        .collect();
    spans.sort_by_key(|(start, _)| *start);
    Ok(json!({
        "trace_id": hex::encode(&trace_id),
        "spans": spans.into_iter().map(|(_, json)| json).collect::<Vec<_>>(),
        "logs": logs.iter().filter_map(|row| row.json()).collect::<Vec<_>>(),
        "linked": linked.iter().map(LinkedRow::json).collect::<Vec<_>>(),
    }))
}

struct SpanRow {
    service: String,
    resource: Vec<u8>,
    scope: Vec<u8>,
    bytes: Vec<u8>,
}

impl SpanRow {
    fn all(connection: &Connection, trace_id: &TraceId) -> rusqlite::Result<Vec<Self>> {
        connection
            .prepare_cached(
                "SELECT service.name, resource.bytes, scope.bytes, span.bytes FROM span
                 JOIN resource ON resource.id = span.resource
                 JOIN service ON service.id = resource.service
                 JOIN scope ON scope.id = span.scope
                 WHERE trace_id = ?1",
            )?
            .query_map([trace_id], |row| {
                Ok(Self {
                    service: row.get(0)?,
                    resource: row.get(1)?,
                    scope: row.get(2)?,
                    bytes: row.get(3)?,
                })
            })?
            .collect()
    }

    /// The span's start and its JSON.
    fn json<'a>(&'a self, shared: &mut SharedJson<'a>) -> Option<(u64, Json)> {
        let span = Span::decode(&self.bytes).ok()?;
        let mut json = span.json();
        json["service"] = Json::from(self.service.as_str());
        json["resource"] = shared.resource(&self.resource).clone();
        json["scope"] = shared.scope(&self.scope).clone();
        Some((span.start_unix_nano, json))
    }
}

/// The JSON of resources and scopes, which most spans of a trace share.
#[derive(Default)]
struct SharedJson<'a> {
    resources: HashMap<&'a [u8], Json>,
    scopes: HashMap<&'a [u8], Json>,
}

impl<'a> SharedJson<'a> {
    fn resource(&mut self, bytes: &'a [u8]) -> &Json {
        self.resources
            .entry(bytes)
            .or_insert_with(|| resource_json(bytes))
    }

    fn scope(&mut self, bytes: &'a [u8]) -> &Json {
        self.scopes
            .entry(bytes)
            .or_insert_with(|| scope_json(bytes))
    }
}

/// A span at the other end of a link.
struct LinkedRow {
    direction: &'static str,
    own_span_id: SpanId,
    trace_id: TraceId,
    span_id: SpanId,
    /// Service and bytes; `None` until the span arrives.
    span: Option<(String, Vec<u8>)>,
}

impl LinkedRow {
    fn all(connection: &Connection, trace_id: &TraceId) -> rusqlite::Result<Vec<Self>> {
        let mut rows = Vec::new();
        for (direction, query) in [
            (
                "outgoing",
                "SELECT link.span_id, linked_trace_id, linked_span_id, service.name, span.bytes
                 FROM link
                 LEFT JOIN span ON span.trace_id = linked_trace_id AND span.span_id = linked_span_id
                 LEFT JOIN resource ON resource.id = span.resource
                 LEFT JOIN service ON service.id = resource.service
                 WHERE link.trace_id = ?1",
            ),
            (
                "incoming",
                "SELECT link.linked_span_id, link.trace_id, link.span_id, service.name, span.bytes
                 FROM link
                 JOIN span ON span.trace_id = link.trace_id AND span.span_id = link.span_id
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
        let bytes: Option<Vec<u8>> = row.get(4)?;
        Ok(Self {
            direction,
            own_span_id: row.get(0)?,
            trace_id: row.get(1)?,
            span_id: row.get(2)?,
            span: service.zip(bytes),
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
        if let Some((service, bytes)) = &self.span
            && let Ok(span) = Span::decode(bytes)
        {
            json["span"] = json!({
                "name": span.name,
                "kind": span.kind(),
                "service": service,
                "start_unix_nano": span.start_unix_nano.to_string(),
                "end_unix_nano": span.end_unix_nano.to_string(),
                "error": span.is_error(),
            });
        }
        json
    }
}
