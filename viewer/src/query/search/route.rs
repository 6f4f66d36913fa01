//! The route that a record is of: its own attribute, or that of the request in which it was written.

use super::term::{Term, Test};
use crate::decode::{Attributes, LogRecord, Span, SpanId, TraceId, path_of};
use crate::query::Parameters;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use throughline_otlp::attribute::AttributeValue;
use throughline_otlp::field::resource;
use throughline_semconv as semconv;

/// A route to be found, with `*` at either end for any text.
#[derive(Debug)]
pub(in crate::query) struct RoutePattern(Test);

impl RoutePattern {
    /// Reads the parameter `route`.
    pub(in crate::query) fn read(parameters: &mut Parameters<'_>) -> Option<Self> {
        match Term::any_of(&[], &parameters.text("route")?) {
            Term::Attribute { test, .. } => Some(Self(test)),
            Term::Word(_) => None,
        }
    }

    /// Whether it is this route.
    pub(in crate::query) fn is(&self, route: &str) -> bool {
        self.0.passes(AttributeValue::String(route))
    }
}

/// Finds the routes of records, and keeps those of spans that were read.
pub(in crate::query) struct RecordRoutes<'c> {
    connection: &'c Connection,
    spans: HashMap<(TraceId, SpanId), Option<String>>,
}

impl<'c> RecordRoutes<'c> {
    pub(in crate::query) fn new(connection: &'c Connection) -> Self {
        Self {
            connection,
            spans: HashMap::new(),
        }
    }

    /// The route of a log record: of the page, or of the request in which it was written; the path of a
    /// page without a route.
    pub(in crate::query) fn of_log(
        &mut self,
        log: &LogRecord<'_>,
        resource: &[u8],
    ) -> rusqlite::Result<Option<String>> {
        let resource = Attributes::of(resource, resource::ATTRIBUTES);
        if let Some(route) = own(log.attributes()).or_else(|| own(resource)) {
            return Ok(Some(route));
        }
        match (log.trace_id, log.span_id) {
            (Some(trace_id), Some(span_id)) => self.of_span(trace_id, span_id),
            _ => Ok(None),
        }
    }

    /// The route of a span, or of the nearest one above it in its service that has a route.
    pub(in crate::query) fn of_span(
        &mut self,
        trace_id: TraceId,
        span_id: SpanId,
    ) -> rusqlite::Result<Option<String>> {
        if let Some(known) = self.spans.get(&(trace_id, span_id)) {
            return Ok(known.clone());
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT resource.service, span.bytes FROM span
             JOIN resource ON resource.id = span.resource
             WHERE trace_id = ?1 AND span_id = ?2 ORDER BY span.id LIMIT 1",
        )?;
        let (mut found, mut next, mut service) = (None, Some(span_id), None);
        // Bounded: spans may be their own ancestors.
        for _ in 0..HIGHEST {
            let Some(span_id) = next else { break };
            let row: Option<(i64, Vec<u8>)> = statement
                .query_row(params![trace_id, span_id], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            let Some((of, bytes)) = row else { break };
            let Ok(span) = Span::decode(&bytes) else {
                break;
            };
            if *service.get_or_insert(of) != of {
                break;
            }
            found = own(span.attributes());
            if found.is_some() {
                break;
            }
            next = span.parent_span_id;
        }
        self.spans.insert((trace_id, span_id), found.clone());
        Ok(found)
    }
}

/// The route that attributes name.
fn own(attributes: Attributes<'_>) -> Option<String> {
    if let Some(route) = ROUTES.iter().find_map(|key| attributes.text(key)) {
        return Some(route.into_owned());
    }
    let address = attributes.text(semconv::BROWSER_DOCUMENT_URL_FULL)?;
    Some(path_of(&address).to_owned())
}

/// The attributes that name a route, of a page, of a server and of a client, the first that is there.
const ROUTES: [&str; 3] = [
    semconv::THROUGHLINE_DOCUMENT_URL_TEMPLATE,
    semconv::HTTP_ROUTE,
    semconv::URL_TEMPLATE,
];
/// Spans above a record that are looked at.
const HIGHEST: usize = 64;
