//! Metrics as lines of text.

use super::cells::{aligned, each, shortened, text, time};
use serde_json::Value as Json;
use std::fmt::Write as _;

/// The list of metrics.
pub(super) fn list(result: &Json) -> String {
    let rows = each(&result["metrics"]).map(|metric| {
        let services: Vec<_> = each(&metric["services"]).map(text).collect();
        [
            text(&metric["metric"]),
            kind(metric),
            text(&metric["unit"]),
            format!("{} series", metric["series"]),
            format!("last {}", last(&metric["last"])),
            time(&metric["last"]["time_unix_nano"]),
            shortened(&services.join(", ")),
        ]
    });
    let rows: Vec<_> = rows.collect();
    let shown = rows.len() as u64;
    let mut table = aligned(rows);
    let total = result["total"].as_u64().unwrap_or_default();
    if total > shown {
        let _ = writeln!(table, "and {} more: --limit N", total - shown);
    }
    table
}

/// One metric: the steps of each series below it, and its exemplars.
pub(super) fn one(result: &Json) -> String {
    let mut lines = format!(
        "{}  {}\n",
        text(&result["metric"]),
        text(&result["description"])
    );
    for series in each(&result["series"]) {
        let _ = writeln!(lines, "\n{}", heading(series));
        let is_gauge = series["kind"] == "gauge";
        let rows = each(&series["points"]).map(|point| {
            let at = time(&point["time_unix_nano"]);
            match () {
                () if is_gauge => [
                    at,
                    number(&point["value"]),
                    String::new(),
                    String::new(),
                    String::new(),
                    String::new(),
                ],
                () if series["kind"] == "sum" => [
                    at,
                    labelled("+", &point["increase"]),
                    rate(point),
                    labelled("value ", &point["value"]),
                    String::new(),
                    String::new(),
                ],
                () => [
                    at,
                    labelled("", &point["count"]),
                    labelled("mean ", &point["mean"]),
                    labelled("p50 ", &point["p50"]),
                    labelled("p95 ", &point["p95"]),
                    labelled("p99 ", &point["p99"]),
                ],
            }
        });
        lines.push_str(&aligned(rows.collect()));
    }
    let total = result["total"].as_u64().unwrap_or_default();
    let shown = each(&result["series"]).count() as u64;
    if total == 0 {
        lines.push_str("no series matches\n");
    } else if total > shown {
        let _ = writeln!(
            lines,
            "\nand {} more series: --limit N, or --attribute KEY=VALUE",
            total - shown
        );
    }
    if result["whole"] == false {
        lines.push_str("of the newest points: a shorter range of times has all of them\n");
    }
    let exemplars = each(&result["exemplars"]).take(EXEMPLARS).map(|exemplar| {
        [
            "exemplar".to_owned(),
            time(&exemplar["time_unix_nano"]),
            number(&exemplar["value"]),
            text(&exemplar["trace_id"]),
        ]
    });
    let exemplars = aligned(exemplars.collect());
    if !exemplars.is_empty() {
        let _ = write!(lines, "\n{exemplars}");
    }
    lines
}

fn heading(series: &Json) -> String {
    let mut parts = vec![text(&series["service"])];
    for attributes in [&series["resource"], &series["attributes"]] {
        let pairs = attributes.as_object().into_iter().flatten();
        parts.extend(pairs.map(|(key, value)| {
            let key = text(&Json::from(key.as_str()));
            format!("{key}={}", shortened(&text(value)))
        }));
    }
    let unit = text(&series["unit"]);
    parts.push(format!(
        "({}{}{unit})",
        kind(series),
        if unit.is_empty() { "" } else { ", " }
    ));
    parts.join("  ")
}

fn kind(metric: &Json) -> String {
    let mut kind = text(&metric["kind"]);
    if metric["kind"] == "sum" && metric["monotonic"] == false {
        kind.push_str(" up and down");
    }
    kind
}

fn last(last: &Json) -> String {
    match last["count"].is_null() {
        true => number(&last["value"]),
        false => format!("{} values, mean {}", last["count"], number(&last["mean"])),
    }
}

fn rate(point: &Json) -> String {
    match number(&point["per_second"]) {
        rate if rate.is_empty() => rate,
        rate => format!("{rate}/s"),
    }
}

fn labelled(label: &str, value: &Json) -> String {
    match number(value) {
        value if value.is_empty() => value,
        value => format!("{label}{value}"),
    }
}

/// A measured value: four digits, and whole numbers as they are.
fn number(value: &Json) -> String {
    let Some(value) = value.as_f64() else {
        return String::new();
    };
    if value == 0.0 || value.fract() == 0.0 && value.abs() < 1e15 {
        return format!("{value}");
    }
    let digits = 3 - value.abs().log10().floor() as i32;
    match digits {
        0..=12 => {
            let text = format!("{value:.*}", digits.unsigned_abs() as usize);
            let text = if text.contains('.') {
                text.trim_end_matches('0')
            } else {
                &text
            };
            text.trim_end_matches('.').to_owned()
        }
        ..0 if value.abs() < 1e15 => format!("{value:.0}"),
        _ => format!("{value:e}"),
    }
}

/// Exemplars that are listed.
const EXEMPLARS: usize = 10;
