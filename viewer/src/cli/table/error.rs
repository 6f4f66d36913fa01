//! One error whole: its stack, what happened before it, and what it affects.

use super::cells::{aligned, duration, each, text, time};
use super::state;
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The errors of a result, each whole.
pub(super) fn errors(result: &Json) -> String {
    let errors: Vec<_> = each(&result["errors"]).map(error).collect();
    errors.join("\n")
}

fn error(group: &Json) -> String {
    let latest = &group["latest"];
    let exception = &latest["exception"];
    let mut lines = format!("{}\n", title(group));
    let list = |key: &str| {
        let texts: Vec<_> = each(&group[key]).map(text).collect();
        texts.join(", ")
    };
    let affected = &group["affected"];
    let mut facts = vec![
        ["id".to_owned(), text(&group["id"])],
        ["state".to_owned(), state(group)],
        [
            "count".to_owned(),
            format!("{}, in {} traces", group["count"], group["traces"]),
        ],
        ["first".to_owned(), time(&group["first_seen_unix_nano"])],
        ["last".to_owned(), time(&group["last_seen_unix_nano"])],
        ["services".to_owned(), list("services")],
        ["releases".to_owned(), list("releases")],
    ];
    if affected["sessions"] != 0 {
        let newest = text(&latest["attributes"]["session.id"]);
        let newest = match newest.is_empty() {
            true => newest,
            false => format!(", the newest {newest}"),
        };
        let sessions = format!("{}{newest}", affected["sessions"]);
        facts.push(["sessions".to_owned(), sessions]);
    }
    facts.retain(|[_, value]| !value.is_empty());
    lines.push_str(&aligned(facts));
    section(&mut lines, "routes", routes(affected));
    section(&mut lines, "stack of the newest", stack(exception));
    for cause in each(&exception["causes"]) {
        let name = format!("caused by {}", title(cause));
        section(&mut lines, &name, stack(cause));
    }
    section(&mut lines, "before it", breadcrumbs(latest));
    section(&mut lines, "traces", recent(group));
    lines
}

fn title(exception: &Json) -> String {
    let parts = [text(&exception["type"]), text(&exception["message"])];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(": ")
}

/// Adds lines with a heading, if there are any.
fn section(lines: &mut String, heading: &str, content: String) {
    if content.is_empty() {
        return;
    }
    let _ = writeln!(lines, "{heading}:");
    for line in content.lines() {
        let _ = writeln!(lines, "    {line}");
    }
}

fn routes(affected: &Json) -> String {
    let rows = each(&affected["routes"])
        .map(|route| [text(&route["route"]), format!("{}×", route["count"])]);
    aligned(rows.collect())
}

/// The frames, innermost first; the stack as it came where it has none that can be read.
fn stack(exception: &Json) -> String {
    let rows: Vec<_> = each(&exception["frames"])
        .zip(0..)
        .map(|(frame, nth)| {
            let own = if exception["own_frame"] == nth {
                "→"
            } else {
                ""
            };
            let place = ["file", "line", "column"].map(|key| text(&frame[key]));
            let place: Vec<_> = place.into_iter().filter(|part| !part.is_empty()).collect();
            [own.to_owned(), text(&frame["function"]), place.join(":")]
        })
        .collect();
    if !rows.is_empty() {
        return aligned(rows);
    }
    let lines = exception["stacktrace"].as_str().unwrap_or_default().lines();
    let lines: Vec<_> = lines.map(|line| text(&json!(line))).collect();
    lines.join("\n")
}

/// Events of the page before it: time before the error, kind and message of each.
fn breadcrumbs(latest: &Json) -> String {
    let list = &latest["attributes"][throughline_semconv::THROUGHLINE_EXCEPTION_BREADCRUMBS];
    let list: Json = match list.as_str().map(serde_json::from_str) {
        Some(Ok(list)) => list,
        _ => list.clone(),
    };
    let rows = each(&list).map(|breadcrumb| {
        // Its clock has no parts of milliseconds.
        let at = breadcrumb["time"].as_f64().unwrap_or_default().max(0.0) as u64;
        let at = json!((u128::from(at) * 1_000_000).to_string());
        [
            format!("-{}", duration(&at, &latest["time_unix_nano"])),
            text(&breadcrumb["category"]),
            text(&breadcrumb["message"]),
        ]
    });
    aligned(rows.collect())
}

fn recent(group: &Json) -> String {
    let rows = each(&group["recent"]).map(|exception| {
        [
            time(&exception["time_unix_nano"]),
            text(&exception["trace_id"]),
        ]
    });
    aligned(rows.collect())
}
