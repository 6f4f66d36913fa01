//! Texts of cells, and their columns.

use crate::cli::is_obeyed;
use jiff::Timestamp;
use serde_json::Value as Json;
use std::fmt::Write as _;

/// A number with its noun; nothing for zero.
pub(super) fn counted(number: &Json, noun: &str) -> String {
    match number.as_u64() {
        None | Some(0) => String::new(),
        Some(number) => format!("{number} {noun}"),
    }
}

pub(super) fn ms(number: &Json) -> String {
    number
        .as_f64()
        .map_or_else(String::new, |ms| format!("{ms:.1} ms"))
}

/// The rows with columns of one width each, but the last.
pub(super) fn aligned<const N: usize>(rows: Vec<[String; N]>) -> String {
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut table = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let _ = match width {
                0 => Ok(()),
                _ => write!(line, "{cell:width$}  "),
            };
        }
        table.push_str(line.trim_end());
        table.push('\n');
    }
    table
}

pub(super) fn each(list: &Json) -> impl Iterator<Item = &Json> {
    list.as_array().into_iter().flatten()
}

/// A text without what a terminal obeys.
pub(super) fn text(value: &Json) -> String {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    };
    let visible = text.chars().map(|c| if is_obeyed(c) { ' ' } else { c });
    visible.collect()
}

pub(super) fn id<'j>(record: &'j Json, key: &str) -> &'j str {
    record[key].as_str().unwrap_or_default()
}

/// The message of a log record, or the name of its event.
pub(super) fn log_text(log: &Json) -> String {
    let exception = &log["exception"];
    if !exception.is_null() {
        return format!(
            "{}: {}",
            text(&exception["type"]),
            text(&exception["message"])
        );
    }
    match text(&log["body"]) {
        body if body.is_empty() => text(&log["event_name"]),
        body => body,
    }
}

pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// A time in UTC, to the millisecond.
pub(super) fn time(unix_nano: &Json) -> String {
    let at = nanoseconds(unix_nano).and_then(|at| Timestamp::from_nanosecond(at).ok());
    at.map_or_else(String::new, |at| format!("{at:.3}"))
}

pub(super) fn duration(start: &Json, end: &Json) -> String {
    let (Some(start), Some(end)) = (nanoseconds(start), nanoseconds(end)) else {
        return String::new();
    };
    let ms = (end - start).max(0) as f64 / 1e6;
    match ms {
        ms if ms < 10.0 => format!("{ms:.2} ms"),
        ms if ms < 10_000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1e3),
    }
}

pub(super) fn nanoseconds(unix_nano: &Json) -> Option<i128> {
    unix_nano.as_str()?.parse().ok()
}

/// Characters of a text that has a column.
const LONGEST: usize = 100;
