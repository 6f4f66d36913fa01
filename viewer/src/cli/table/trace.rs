//! Formats one trace as a tree.

use super::cells::{
    aligned, counted, duration, each, id, log_text, ms, nanoseconds, shortened, text,
};
use serde_json::Value as Json;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

/// The spans as a tree, each with its duration and service, and the log records below them. Equal
/// siblings that the query has joined are one line.
pub(super) fn format(result: &Json) -> String {
    let spans: Vec<&Json> = each(&result["spans"]).collect();
    let ids: HashSet<&str> = spans.iter().map(|span| id(span, "span_id")).collect();
    let mut children: HashMap<&str, Vec<&Json>> = HashMap::new();
    for span in spans.into_iter().chain(each(&result["siblings"])) {
        let parent = id(span, "parent_span_id");
        let parent = if ids.contains(parent) { parent } else { "" };
        children.entry(parent).or_default().push(span);
    }
    let sorted = |mut spans: Vec<_>| {
        spans.sort_by_key(|span: &&Json| nanoseconds(&span["start_unix_nano"]));
        spans.into_iter().rev()
    };
    let mut logs: HashMap<&str, Vec<&Json>> = HashMap::new();
    for log in each(&result["logs"]) {
        logs.entry(id(log, "span_id")).or_default().push(log);
    }
    let mut lines = format!("trace {}\n", text(&result["trace_id"]));
    let mut rows = Vec::new();
    // The spans that are still to be written, with their depth; a span is written once, so that
    // spans which are their own ancestors end.
    let roots = sorted(children.remove("").unwrap_or_default());
    let mut open: Vec<(&Json, usize)> = roots.map(|span| (span, 0)).collect();
    while let Some((span, depth)) = open.pop() {
        let indent = "  ".repeat(depth.min(DEEPEST));
        let failed = if span["failed"] == true { " ✗" } else { "" };
        if !span["count"].is_null() {
            rows.push(joined(span, &indent, failed));
            continue;
        }
        let own = id(span, "span_id");
        rows.push([
            format!("{indent}{}{failed}", text(&span["name"])),
            duration(&span["start_unix_nano"], &span["end_unix_nano"]),
            text(&span["service"]),
            shortened(&text(&span["detail"])),
        ]);
        for log in logs.remove(own).unwrap_or_default() {
            rows.push([
                format!("{indent}  · {}", shortened(&log_text(log))),
                String::new(),
                text(&log["service"]),
                text(&log["severity_text"]),
            ]);
        }
        let below = children.remove(own).unwrap_or_default();
        open.extend(sorted(below).map(|span| (span, depth + 1)));
    }
    lines.push_str(&aligned(rows));
    for log in logs.into_values().flatten() {
        let _ = writeln!(lines, "· {}", shortened(&log_text(log)));
    }
    let left_out = &result["left_out"];
    if !left_out["spans"].is_null() {
        let logs = counted(&left_out["logs"], "log records");
        let logs = if logs.is_empty() {
            logs
        } else {
            format!(" and {logs}")
        };
        let _ = writeln!(
            lines,
            "joined: {} spans{logs} of equal siblings; all: --expand, one with those below it: --span-id ID",
            left_out["spans"],
        );
    }
    lines
}

/// The line of equal siblings.
fn joined(siblings: &Json, indent: &str, failed: &str) -> [String; 4] {
    let detail = text(&siblings["detail"]);
    let mut parts = vec![format!("longest {}", ms(&siblings["longest_ms"]))];
    if siblings["spans"] != siblings["count"] {
        parts.push(format!("{} spans with those below", siblings["spans"]));
    }
    if !detail.is_empty() {
        parts.push(shortened(&detail));
    }
    [
        format!(
            "{indent}{} × {}{failed}",
            siblings["count"],
            text(&siblings["name"])
        ),
        format!("sum {}", ms(&siblings["sum_ms"])),
        text(&siblings["service"]),
        parts.join(" · "),
    ]
}

/// The depth from which on spans are not indented further.
const DEEPEST: usize = 40;
