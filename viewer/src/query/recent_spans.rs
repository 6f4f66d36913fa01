//! Reads the newest spans, trace by trace, for queries that add them up.

use super::QueryError;
use super::parameters::{ParameterError, Parameters};
use super::time_range::TimeRange;
use crate::Store;
use crate::decode::{Span, SpanId, TraceId, is_page};
use rusqlite::{Connection, params};
use std::collections::HashMap;

/// The spans that are added up.
#[derive(Debug)]
pub(super) struct RecentSpans {
    service: Option<String>,
    times: TimeRange,
}

/// The spans that were added up, as the queries say it: how many, and whether there were more.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Extent {
    pub(super) spans: usize,
    pub(super) is_whole: bool,
    /// The earliest and the latest start, in ns since the Unix epoch.
    pub(super) first: i64,
    pub(super) last: i64,
}

/// A span with what sent it.
#[derive(Debug)]
pub(super) struct RecentSpan<'a> {
    pub(super) service: &'a str,
    /// Whether a page in a browser sent it.
    pub(super) is_of_page: bool,
    pub(super) failed: bool,
    pub(super) trace_id: TraceId,
    pub(super) span_id: SpanId,
    pub(super) span: Span<'a>,
}

impl RecentSpan<'_> {
    /// In ms; zero for a span that ends before it starts.
    pub(super) fn duration_ms(&self) -> f64 {
        let Span {
            start_unix_nano,
            end_unix_nano,
            ..
        } = self.span;
        end_unix_nano.saturating_sub(start_unix_nano) as f64 / 1e6
    }
}

impl RecentSpans {
    /// Reads `service`, `since` and `until`.
    pub(super) fn read(parameters: &mut Parameters<'_>) -> Result<Self, ParameterError> {
        Ok(Self {
            service: parameters.text("service"),
            times: TimeRange::read(parameters)?,
        })
    }

    /// Whether spans of this service are wanted.
    pub(super) fn is_of(&self, service: &str) -> bool {
        self.service.as_deref().is_none_or(|own| own == service)
    }

    /// Calls `add` with the spans of each trace, newest trace first, until they are [`MOST`].
    pub(super) fn each_trace(
        &self,
        store: &Store,
        mut add: impl FnMut(&[RecentSpan<'_>]),
    ) -> Result<Extent, QueryError> {
        let traces = store.read(|connection| self.traces(connection))?;
        let mut senders = Senders::default();
        let mut extent = Extent {
            is_whole: true,
            ..Extent::default()
        };
        for traces in traces.chunks(TRACES_PER_READ) {
            let rows = store.read(|connection| {
                let mut rows = Vec::new();
                for (trace_id, start) in traces {
                    rows.push((*trace_id, *start, senders.rows_of(connection, trace_id)?));
                }
                Ok(rows)
            })?;
            for (trace_id, start, rows) in &rows {
                if extent.spans + rows.len() > MOST && extent.spans > 0 {
                    extent.is_whole = false;
                    return Ok(extent);
                }
                let spans: Vec<_> = (rows.iter())
                    .filter_map(|row| row.decode(*trace_id))
                    .collect();
                add(&spans);
                if extent.spans == 0 {
                    extent.last = *start;
                }
                extent.first = *start;
                extent.spans += rows.len();
            }
        }
        Ok(extent)
    }

    fn traces(&self, connection: &Connection) -> rusqlite::Result<Vec<(TraceId, i64)>> {
        let TimeRange { since, until } = self.times;
        connection
            .prepare_cached(
                "SELECT trace_id, start FROM trace WHERE start >= ?1 AND start < ?2 AND spans > 0
                 ORDER BY start DESC, trace_id DESC LIMIT ?3",
            )?
            // Each trace has a span at least.
            .query_map(params![since, until, MOST + 1], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect()
    }
}

/// A span that is stored.
pub(super) struct Row {
    service: String,
    is_of_page: bool,
    failed: bool,
    bytes: Vec<u8>,
}

impl Row {
    /// The span; `None` where it cannot be read.
    pub(super) fn decode(&self, trace_id: TraceId) -> Option<RecentSpan<'_>> {
        let span = Span::decode(&self.bytes).ok()?;
        Some(RecentSpan {
            service: &self.service,
            is_of_page: self.is_of_page,
            failed: self.failed,
            trace_id,
            span_id: span.span_id?,
            span,
        })
    }
}

/// The resources that are known: few of them send all spans.
#[derive(Default)]
pub(super) struct Senders {
    /// Whether each is a page, by the number of its row.
    pages: HashMap<i64, bool>,
}

impl Senders {
    /// The spans of a trace.
    pub(super) fn rows_of(
        &mut self,
        connection: &Connection,
        trace_id: &TraceId,
    ) -> rusqlite::Result<Vec<Row>> {
        let mut statement = connection.prepare_cached(
            "SELECT service.name, failed, span.bytes, span.resource FROM span
             JOIN resource ON resource.id = span.resource
             JOIN service ON service.id = resource.service
             WHERE trace_id = ?1 ORDER BY span.id",
        )?;
        let mut found = statement.query([trace_id])?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            rows.push(Row {
                service: row.get(0)?,
                failed: row.get(1)?,
                bytes: row.get(2)?,
                is_of_page: self.is_page(connection, row.get(3)?)?,
            });
        }
        Ok(rows)
    }

    fn is_page(&mut self, connection: &Connection, resource: i64) -> rusqlite::Result<bool> {
        if let Some(known) = self.pages.get(&resource) {
            return Ok(*known);
        }
        let is_page = connection
            .prepare_cached("SELECT bytes FROM resource WHERE id = ?1")?
            .query_row([resource], |row| {
                Ok(is_page(row.get_ref(0)?.as_blob().unwrap_or_default()))
            })?;
        self.pages.insert(resource, is_page);
        Ok(is_page)
    }
}

/// The value that this share of the sorted values does not exceed, by nearest rank.
pub(super) fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// Spans that are added up.
pub(super) const MOST: usize = 10_000;
const TRACES_PER_READ: usize = 200;
