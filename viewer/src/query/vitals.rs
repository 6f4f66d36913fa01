//! The query `vitals`: web vitals by service and page, with their 75th percentile.

use super::search::{self, RecordSearch, RoutePattern};
use super::time_range::TimeRange;
use super::{Parameters, QueryError};
use crate::Store;
use crate::decode::{LogRecord, id_json};
use rusqlite::{Row, params};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

pub(super) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let service = parameters.text("service");
    let route = RoutePattern::read(&mut parameters);
    let (_, search) = search::of_attributes(&mut parameters)?;
    let status = parameters.parsed("status", RATINGS_TEXT, |text| {
        RATINGS.into_iter().find(|rating| *rating == text)
    })?;
    let limit = parameters.limit_or(usize::MAX)?;
    let TimeRange { since, until } = TimeRange::read(&mut parameters)?;
    parameters.finish()?;
    let measurements = store.read(|connection| {
        let mut statement = connection.prepare_cached(
            "SELECT service.name, page, web_vital.name, value, web_vital.trace_id, web_vital.time,
                log.bytes, resource.bytes FROM web_vital
             JOIN service ON service.id = web_vital.service
             JOIN log ON log.id = web_vital.log JOIN resource ON resource.id = log.resource
             WHERE (?1 IS NULL OR service.name = ?1)
                AND web_vital.time >= ?2 AND web_vital.time < ?3
             ORDER BY web_vital.time DESC",
        )?;
        let mut rows = statement.query(params![service, since, until])?;
        let mut measurements = Vec::new();
        while measurements.len() < NEWEST
            && let Some(row) = rows.next()?
        {
            let measurement = Measurement::read(row)?;
            let is_there = |route: &RoutePattern| route.is(&measurement.page);
            if route.as_ref().is_none_or(is_there) && (search.is_empty() || matches(&search, row)?)
            {
                measurements.push(measurement);
            }
        }
        Ok(measurements)
    })?;
    let mut pages: BTreeMap<(String, String), BTreeMap<String, Vec<Measurement>>> = BTreeMap::new();
    for measurement in measurements {
        pages
            .entry((measurement.service.clone(), measurement.page.clone()))
            .or_default()
            .entry(measurement.name.clone())
            .or_default()
            .push(measurement);
    }
    let pages: Vec<Json> = pages
        .into_iter()
        .filter_map(|((service, page), vitals)| {
            let vitals: Map<String, Json> = vitals
                .into_iter()
                .filter_map(|(name, measurements)| {
                    let summary = summary(&name, measurements)?;
                    let is_wanted = status.is_none_or(|status| summary["rating"] == status);
                    is_wanted.then_some((name, summary))
                })
                .collect();
            // Without a status, a page whose vitals are none of the five is named too.
            let is_wanted = status.is_none() || !vitals.is_empty();
            is_wanted.then(|| json!({"service": service, "page": page, "vitals": vitals}))
        })
        .take(limit)
        .collect();
    Ok(json!({"pages": pages}))
}

/// Whether the log record of a measurement matches.
fn matches(search: &RecordSearch, row: &Row<'_>) -> rusqlite::Result<bool> {
    let [record, resource] = [row.get_ref(6)?, row.get_ref(7)?];
    let record = LogRecord::decode(record.as_blob().unwrap_or_default());
    let resource = resource.as_blob().unwrap_or_default();
    Ok(record.is_ok_and(|record| search.matches(&record, resource)))
}

struct Measurement {
    service: String,
    page: String,
    name: String,
    value: f64,
    trace_id: Option<[u8; 16]>,
    time: i64,
}

impl Measurement {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            service: row.get(0)?,
            page: row.get(1)?,
            name: row.get(2)?,
            value: row.get(3)?,
            trace_id: row.get(4)?,
            time: row.get(5)?,
        })
    }

    fn json(&self) -> Json {
        json!({
            "value": self.value,
            "trace_id": id_json(self.trace_id),
            "time_unix_nano": self.time.to_string(),
        })
    }
}

/// `None` for a vital without thresholds: not one of the five.
fn summary(name: &str, mut measurements: Vec<Measurement>) -> Option<Json> {
    let (_, good, poor) = THRESHOLDS.into_iter().find(|(known, ..)| *known == name)?;
    measurements.sort_by(|a, b| a.value.total_cmp(&b.value));
    let rating = |value: f64| match value {
        value if value <= good => "good",
        value if value <= poor => "needs-improvement",
        _ => "poor",
    };
    let count = |wanted| {
        measurements
            .iter()
            .filter(|measurement| rating(measurement.value) == wanted)
            .count()
    };
    let p75 = percentile_75(&measurements)?;
    Some(json!({
        "count": measurements.len(),
        "p75": p75,
        "rating": rating(p75),
        "thresholds": {"good": good, "poor": poor},
        "distribution": {
            "good": count("good"),
            "needs-improvement": count("needs-improvement"),
            "poor": count("poor"),
        },
        "worst": measurements.iter().rev().take(WORST).map(Measurement::json).collect::<Vec<_>>(),
    }))
}

/// Nearest rank: the smallest value that three quarters do not exceed.
fn percentile_75(sorted: &[Measurement]) -> Option<f64> {
    let rank = (sorted.len() * 3).div_ceil(4);
    sorted.get(rank.checked_sub(1)?).map(|m| m.value)
}

/// Good up to and with the first, poor above the second: ms, layout shift score.
///
/// <https://web.dev/articles/defining-core-web-vitals-thresholds>
const THRESHOLDS: [(&str, f64, f64); 5] = [
    ("cls", 0.1, 0.25),
    ("fcp", 1800.0, 3000.0),
    ("inp", 200.0, 500.0),
    ("lcp", 2500.0, 4000.0),
    ("ttfb", 800.0, 1800.0),
];
/// The ratings of a web vital.
const RATINGS: [&str; 3] = ["good", "needs-improvement", "poor"];
const RATINGS_TEXT: &str =
    "`good`, `needs-improvement` or `poor`, the rating of a web vital's 75th percentile";
/// How many of the newest measurements count.
const NEWEST: usize = 20_000;
/// How many of the worst measurements are listed.
const WORST: usize = 5;
