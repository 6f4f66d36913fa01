//! Formats the results of queries for a terminal.

mod cells;
mod error;
mod metrics;
mod trace;

use cells::{aligned, counted, duration, each, log_text, ms, shortened, text, time};
use serde_json::Value as Json;
use std::fmt::Write as _;

/// The result of a query as lines of text. Telemetry is untrusted: no control character of it
/// reaches the terminal.
pub(crate) fn format(query: &str, result: &Json) -> String {
    match query {
        "traces" => traces(result),
        "trace" => trace::format(result),
        "logs" => logs(result),
        "errors" => errors(result),
        "error" => error::errors(result),
        "vitals" => vitals(result),
        "metrics" => metrics::list(result),
        "metric" => metrics::one(result),
        "exemplars" => exemplars(result),
        "routes" => routes(result),
        "durations" => durations(result),
        "services" => services(result),
        "sessions" => sessions(result),
        "session" => session(result),
        "attributes" => attributes(result),
        _ => status(result),
    }
}

/// Why there is nothing in the list that a query has for its result; `None` where there is something,
/// or it has no list.
pub(crate) fn nothing(query: &str, result: &Json) -> Option<String> {
    let (lists, reason): (&[_], _) = match query {
        "traces" => (&["traces"], "no traces match"),
        "logs" => (&["logs"], "no log records match"),
        "errors" => (&["errors"], "no errors match"),
        "vitals" => (&["pages"], "no web vitals match"),
        "metrics" => (&["metrics"], "no metrics match"),
        "metric" => (&["series"], "no series match"),
        "exemplars" => (&["exemplars"], "no exemplars match"),
        "routes" => (&["routes"], "no requests, messages and page loads"),
        "durations" => (&["cells"], "no traces and no spans match"),
        "services" => (&["nodes"], "no services match"),
        "sessions" => (&["sessions"], "no sessions match"),
        "attributes" => (
            &["keys", "values"],
            "no attribute matches: attributes are those of spans, log records, resources and scopes; a span's kind and the name of its scope are none",
        ),
        _ => return None,
    };
    let is_empty = |list: &&str| each(&result[*list]).next().is_none();
    if !lists.iter().all(is_empty) {
        return None;
    }
    Some(match query {
        // The search has ended before the store has.
        "logs" if !result["next"].is_null() => format!(
            "none of the newest {} log records matches",
            result["looked_at"]
        ),
        "routes" => format!("{reason} among {} spans", result["spans"]),
        _ => reason.to_owned(),
    })
}

fn traces(result: &Json) -> String {
    let rows = each(&result["traces"]).map(|trace| {
        let root = &trace["root"];
        let services: Vec<_> = each(&trace["services"]).map(|s| text(&s["name"])).collect();
        [
            time(&trace["start_unix_nano"]),
            duration(&trace["start_unix_nano"], &trace["end_unix_nano"]),
            match trace["spans"].as_u64() {
                Some(0) => "no spans".to_owned(),
                _ => format!("{} spans", trace["spans"]),
            },
            match trace["errors"].as_u64() {
                Some(0) | None => String::new(),
                Some(errors) => format!("{errors} errors"),
            },
            services.join(", "),
            match root.is_null() {
                true => shortened(&text(&trace["headline"])),
                false => text(&root["name"]),
            },
            text(&trace["trace_id"]),
        ]
    });
    aligned(rows.collect()) + &more(result)
}

/// The line that says how a list goes on; nothing where it is whole.
fn more(result: &Json) -> String {
    let next = &result["next"];
    match next.is_null() {
        true => String::new(),
        false => format!("more: --before {}\n", quoted(&text(next))),
    }
}

/// A text as a shell takes it for one argument.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

fn logs(result: &Json) -> String {
    let rows = each(&result["logs"]).map(|log| {
        [
            time(&log["time_unix_nano"]),
            text(&log["severity_text"]),
            text(&log["service"]),
            shortened(&log_text(log)),
            text(&log["trace_id"]),
        ]
    });
    aligned(rows.collect()) + &more(result)
}

fn errors(result: &Json) -> String {
    let rows = each(&result["errors"]).map(|group| {
        let services: Vec<_> = each(&group["services"]).map(text).collect();
        [
            format!("{}×", group["count"]),
            shortened(&format!(
                "{}: {}",
                text(&group["type"]),
                text(&group["message"])
            )),
            state(group),
            text(&group["thrown_at"]),
            services.join(", "),
            format!("last {}", time(&group["last_seen_unix_nano"])),
            text(&group["id"]),
            text(&group["recent"][0]["trace_id"]),
        ]
    });
    let lines = aligned(rows.collect());
    let mut table = String::new();
    for (line, group) in lines.lines().zip(each(&result["errors"])) {
        let _ = writeln!(table, "{line}\n    {}", reach(group));
    }
    table.push_str(&more(result));
    for failure in each(&result["engine_failures"]) {
        let _ = writeln!(
            table,
            "{}× the engine failed in pages of {}: {}",
            failure["count"],
            text(&failure["service"]),
            text(&failure["message"])
        );
    }
    table
}

/// Since when and in which releases a group of errors is there, and what it affects.
fn reach(group: &Json) -> String {
    let releases: Vec<_> = each(&group["releases"]).map(text).collect();
    let affected = &group["affected"];
    let routes = each(&affected["routes"]).map(|route| {
        let (name, count) = (text(&route["route"]), &route["count"]);
        format!("{} {count}×", shortened(&name))
    });
    let mut parts = vec![format!("first {}", time(&group["first_seen_unix_nano"]))];
    if !releases.is_empty() {
        parts.push(format!("releases {}", shortened(&releases.join(", "))));
    }
    if affected["sessions"] != 0 {
        parts.push(format!("{} sessions", affected["sessions"]));
    }
    parts.extend(routes);
    parts.join(" · ")
}

/// The state of a group of errors, with when and in which release it came back.
fn state(group: &Json) -> String {
    let came_back = &group["resolution"]["came_back"];
    if came_back.is_null() {
        return text(&group["state"]);
    }
    let release = text(&came_back["release"]);
    let release = match release.is_empty() {
        true => release,
        false => format!(" in {release}"),
    };
    format!(
        "came back{release} at {}",
        time(&came_back["time_unix_nano"])
    )
}

fn vitals(result: &Json) -> String {
    let mut rows = Vec::new();
    for page in each(&result["pages"]) {
        let Some(vitals) = page["vitals"].as_object() else {
            continue;
        };
        for (name, vital) in vitals {
            let value = vital["p75"].as_f64().unwrap_or_default();
            rows.push([
                text(&page["service"]),
                text(&page["page"]),
                name.clone(),
                match name.as_str() {
                    "cls" => format!("{value:.3}"),
                    _ => format!("{value:.0} ms"),
                },
                text(&vital["rating"]),
                format!("of {}", vital["count"]),
                text(&vital["worst"][0]["trace_id"]),
            ]);
        }
    }
    aligned(rows)
}

fn exemplars(result: &Json) -> String {
    let rows = each(&result["exemplars"]).map(|exemplar| {
        [
            time(&exemplar["time_unix_nano"]),
            text(&exemplar["metric"]),
            text(&exemplar["service"]),
            exemplar["value"].to_string(),
            text(&exemplar["trace_id"]),
        ]
    });
    aligned(rows.collect())
}

fn routes(result: &Json) -> String {
    let rows = each(&result["routes"]).map(|route| {
        let rate = route["per_second"].as_f64();
        [
            text(&route["service"]),
            text(&route["route"]),
            text(&route["kind"]),
            format!("{}×", route["count"]),
            rate.map_or_else(String::new, |rate| format!("{rate:.2}/s")),
            counted(&route["errors"], "errors"),
            format!("p50 {}", ms(&route["p50_ms"])),
            format!("p95 {}", ms(&route["p95_ms"])),
            text(&route["slowest"]["trace_id"]),
        ]
    });
    let mut table = aligned(rows.collect());
    if !table.is_empty() && result["whole"] == false {
        let _ = writeln!(
            table,
            "of the newest {} spans; --since and --until choose others",
            result["spans"]
        );
    }
    table
}

fn durations(result: &Json) -> String {
    let counted = match result["spans"].is_null() {
        true => "traces",
        false => "spans",
    };
    if nothing("durations", result).is_some() {
        return String::new();
    }
    let rows = each(&result["rows"]).zip(0..).map(|(row, nth)| {
        let cells = each(&result["cells"]).filter(|cell| cell["row"] == nth);
        let count: u64 = cells.filter_map(|cell| cell["count"].as_u64()).sum();
        let range = match row["max_ms"].as_f64() {
            Some(max) => format!("{} to {max} ms", row["min_ms"]),
            None => format!("over {} ms", row["min_ms"]),
        };
        [range, format!("{count} {counted}")]
    });
    aligned(rows.collect())
}

fn services(result: &Json) -> String {
    // Services that call no other one are all there is then.
    if each(&result["calls"]).next().is_none() {
        let rows = each(&result["nodes"]).map(|node| {
            [
                text(&node["name"]),
                text(&node["kind"]),
                format!("{} spans", node["spans"]),
                counted(&node["errors"], "errors"),
            ]
        });
        return aligned(rows.collect());
    }
    let rows = each(&result["calls"]).map(|call| {
        [
            text(&call["from"]["name"]),
            "→".to_owned(),
            text(&call["to"]["name"]),
            text(&call["to"]["kind"]),
            format!("{}×", call["count"]),
            counted(&call["errors"], "errors"),
            format!("p95 {}", ms(&call["p95_ms"])),
        ]
    });
    aligned(rows.collect())
}

fn sessions(result: &Json) -> String {
    let rows = each(&result["sessions"]).map(|session| {
        [
            time(&session["start_unix_nano"]),
            duration(&session["start_unix_nano"], &session["end_unix_nano"]),
            counted(&session["traces"], "traces"),
            counted(&session["failed_traces"], "failed"),
            counted(&session["logs"], "log records"),
            counted(&session["failed_logs"], "errors"),
            text(&session["session_id"]),
        ]
    });
    aligned(rows.collect()) + &more(result)
}

fn session(result: &Json) -> String {
    let mut table = traces(result);
    for event in each(&result["events"]) {
        let _ = writeln!(
            table,
            "· {}  {}",
            time(&event["time_unix_nano"]),
            shortened(&log_text(event))
        );
    }
    table
}

fn attributes(result: &Json) -> String {
    let (list, counted) = match result["keys"].is_array() {
        true => (&result["keys"], "values"),
        false => (&result["values"], "traces"),
    };
    let rows = each(list).map(|row| {
        [
            text(&row["text"]),
            format!("{} {counted}", row[counted]),
            cells::counted(&row["logs"], "log records outside traces"),
        ]
    });
    aligned(rows.collect())
}

fn status(result: &Json) -> String {
    let services: Vec<_> = each(&result["services"]).map(text).collect();
    let store = &result["store"];
    let mut lines = format!("services: {}\n", services.join(", "));
    let _ = writeln!(
        lines,
        "store: {} traces{}, {} bytes{}; {} traces were evicted",
        store["traces"],
        of_at_most(&store["max_traces"]),
        store["bytes"],
        of_at_most(&store["max_bytes"]),
        store["traces_evicted"]
    );
    let _ = writeln!(
        lines,
        "metrics: {} points in {} series; {} points were evicted",
        store["metric_points"], store["metric_series"], store["metric_points_evicted"]
    );
    let rows = each(&result["edge"]).map(|count| {
        [
            text(&count["signal"]),
            text(&count["outcome"]),
            text(&count["reason"]),
            count["count"].to_string(),
        ]
    });
    lines + &aligned(rows.collect())
}

/// A bound; nothing where there is none.
fn of_at_most(bound: &Json) -> String {
    (bound.as_u64()).map_or_else(String::new, |bound| format!(" of at most {bound}"))
}
