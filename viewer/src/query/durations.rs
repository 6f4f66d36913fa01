//! The query `durations`: how many traces began at a time and lasted so long, for a heat map.

use super::traces::Filter;
use super::{Parameters, QueryError};
use crate::Store;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

pub(super) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let filter = Filter::read(&mut parameters)?;
    parameters.finish()?;
    let mut traces = Vec::new();
    filter.each(store, |row| {
        traces.push((row.start(), row.duration_nano(), row.has_failed_spans()));
    })?;
    let first = traces.iter().map(|(start, ..)| *start).min().unwrap_or(0);
    let last = traces.iter().map(|(start, ..)| *start).max().unwrap_or(0);
    let width = ((last - first) / COLUMNS + 1).max(1);
    let mut cells: BTreeMap<(i64, u32), (u64, u64)> = BTreeMap::new();
    for (start, duration, failed) in &traces {
        let cell = cells.entry(((start - first) / width, row(*duration)));
        let (count, errors) = cell.or_default();
        *count += 1;
        *errors += u64::from(*failed);
    }
    let cells: Vec<Json> = (cells.into_iter())
        .map(|((column, row), (count, errors))| {
            json!({"column": column, "row": row, "count": count, "errors": errors})
        })
        .collect();
    Ok(json!({
        "traces": traces.len(),
        "start_unix_nano": first.to_string(),
        "column_nano": width.to_string(),
        "columns": COLUMNS,
        "rows": (0..ROWS).map(|row| json!({
            "min_ms": if row == 0 { 0.0 } else { limit(row - 1) },
            "max_ms": (row + 1 < ROWS).then(|| limit(row)),
        })).collect::<Vec<_>>(),
        "cells": cells,
    }))
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
