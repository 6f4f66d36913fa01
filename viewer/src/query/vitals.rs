//! The query `vitals`: web vitals by service and page, with their 75th percentile.

use super::time_range::TimeRange;
use super::{Parameters, QueryError};
use crate::Store;
use crate::decode::id_json;
use rusqlite::Row;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

pub(super) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let service = parameters.text("service");
    let route = parameters.text("route");
    let TimeRange { since, until } = TimeRange::read(&mut parameters)?;
    parameters.finish()?;
    let measurements =
        store.read(|connection| {
            connection
            .prepare_cached(
                "SELECT service.name, page, web_vital.name, value, trace_id, time FROM web_vital
                 JOIN service ON service.id = web_vital.service
                 WHERE (?1 IS NULL OR service.name = ?1) AND (?3 IS NULL OR page = ?3)
                    AND time >= ?4 AND time < ?5
                 ORDER BY time DESC LIMIT ?2",
            )?
            .query_map(rusqlite::params![service, NEWEST, route, since, until], Measurement::read)?
            .collect::<rusqlite::Result<Vec<_>>>()
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
        .map(|((service, page), vitals)| {
            let vitals: Map<String, Json> = vitals
                .into_iter()
                .filter_map(|(name, measurements)| {
                    Some((name.clone(), summary(&name, measurements)?))
                })
                .collect();
            json!({"service": service, "page": page, "vitals": vitals})
        })
        .collect();
    Ok(json!({"pages": pages}))
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
/// How many of the newest measurements count.
const NEWEST: i64 = 20_000;
/// How many of the worst measurements are listed.
const WORST: usize = 5;
