//! The query `durations`: how many traces, or spans of one operation, began at a time and lasted so
//! long, for a heat map.

use super::recent_spans::{self, RecentSpan};
use super::traces::Filter;
use super::{Parameters, QueryError, routes};
use crate::Store;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use throughline_trace_context::hex;

pub(super) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let operation = parameters.text("operation");
    let filter = Filter::read(&mut parameters)?;
    parameters.finish()?;
    let found = match &operation {
        None => of_traces(store, &filter)?,
        Some(operation) => of_spans(store, &filter, operation)?,
    };
    let starts = || found.items.iter().map(|item| item.start);
    let (first, last) = (starts().min().unwrap_or(0), starts().max().unwrap_or(0));
    let width = ((last - first) / COLUMNS + 1).max(1);
    let mut cells: BTreeMap<(i64, u32), Cell<'_>> = BTreeMap::new();
    for item in &found.items {
        let place = ((item.start - first) / width, row(item.duration));
        cells.entry(place).or_default().add(item);
    }
    let cells: Vec<Json> = (cells.into_iter())
        .map(|((column, row), cell)| cell.json(column, row))
        .collect();
    let mut json = json!({
        "start_unix_nano": first.to_string(),
        "column_nano": width.to_string(),
        "columns": COLUMNS,
        "rows": (0..ROWS).map(|row| json!({
            "min_ms": if row == 0 { 0.0 } else { limit(row - 1) },
            "max_ms": (row + 1 < ROWS).then(|| limit(row)),
        })).collect::<Vec<_>>(),
        "cells": cells,
        "whole": found.is_whole,
    });
    let counted = if operation.is_some() {
        "spans"
    } else {
        "traces"
    };
    json[counted] = found.items.len().into();
    Ok(json)
}

/// A trace, or a span, that is counted. Times are in ns.
struct Item {
    /// The start of the trace, which is plausible where that of a span may not be.
    start: i64,
    duration: i64,
    failed: bool,
    /// The ids of a span and its trace.
    span: Option<([u8; 16], [u8; 8])>,
}

struct Found {
    items: Vec<Item>,
    /// Whether nothing was left out.
    is_whole: bool,
}

fn of_traces(store: &Store, filter: &Filter) -> Result<Found, QueryError> {
    let mut items = Vec::new();
    filter.each(store, |connection, row| {
        if !row.has_spans() {
            return Ok(true);
        }
        items.push(Item {
            start: row.start(),
            duration: row.duration_nano(),
            failed: row.has_errors(connection)?,
            span: None,
        });
        Ok(true)
    })?;
    Ok(Found {
        items,
        is_whole: true,
    })
}

/// The spans of an operation in the traces that match: those of
/// a route of this name or, where there are none, the spans with this name.
fn of_spans(store: &Store, filter: &Filter, operation: &str) -> Result<Found, QueryError> {
    let (mut received, mut named) = (Vec::new(), Vec::new());
    let (mut read, mut is_whole) = (0, true);
    let mut senders = recent_spans::Senders::default();
    filter.each(store, |connection, trace| {
        let rows = senders.rows_of(connection, &trace.trace_id())?;
        if read + rows.len() > recent_spans::MOST && read > 0 {
            is_whole = false;
            return Ok(false);
        }
        read += rows.len();
        for span in rows.iter().filter_map(|row| row.decode(trace.trace_id())) {
            if !filter.is_of(span.service) {
                continue;
            }
            if routes::route_of(&span).is_some_and(|route| route.name == operation) {
                received.push(item(trace.start(), &span));
            } else if span.span.name == operation {
                named.push(item(trace.start(), &span));
            }
        }
        Ok(true)
    })?;
    let items = if received.is_empty() { named } else { received };
    Ok(Found { items, is_whole })
}

fn item(start: i64, span: &RecentSpan<'_>) -> Item {
    Item {
        start,
        // Saturates: a span that is as long does not exist.
        duration: (span.duration_ms() * 1e6) as i64,
        failed: span.failed,
        span: Some((span.trace_id, span.span_id)),
    }
}

/// The items of one cell.
#[derive(Default)]
struct Cell<'a> {
    count: u64,
    errors: u64,
    slowest: Option<&'a Item>,
}

impl<'a> Cell<'a> {
    fn add(&mut self, item: &'a Item) {
        self.count += 1;
        self.errors += u64::from(item.failed);
        if self
            .slowest
            .is_none_or(|slowest| slowest.duration < item.duration)
        {
            self.slowest = Some(item);
        }
    }

    fn json(&self, column: i64, row: u32) -> Json {
        let mut json = json!({
            "column": column,
            "row": row,
            "count": self.count,
            "errors": self.errors,
        });
        if let Some(slowest) = self.slowest
            && let Some((trace_id, span_id)) = slowest.span
        {
            json["slowest"] = json!({
                "ms": slowest.duration as f64 / 1e6,
                "trace_id": hex::encode(&trace_id),
                "span_id": hex::encode(&span_id),
            });
        }
        json
    }
}

/// The row of a duration: each ends at three times, then about three times more of the one before.
fn row(nano: i64) -> u32 {
    let ms = nano as f64 / 1e6;
    (0..ROWS - 1)
        .find(|row| ms < limit(*row))
        .unwrap_or(ROWS - 1)
}

/// The end of a row in ms: 1, 3, 10, 30 and so on.
fn limit(row: u32) -> f64 {
    let power = 10_f64.powi(i32::try_from(row / 2).unwrap_or(i32::MAX));
    if row.is_multiple_of(2) {
        power
    } else {
        3.0 * power
    }
}

const COLUMNS: i64 = 60;
/// Up to 1 ms, and over 100 s.
const ROWS: u32 = 12;
