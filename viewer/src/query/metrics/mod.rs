//! The queries `metrics` and `metric`: the metrics that there are, and one of them as points over time.

mod distribution;
mod export;
mod runs;
mod series;
mod steps;

pub(super) use export::export;

use super::search::RecordSearch;
use super::time_range::TimeRange;
use super::{Parameters, QueryError, exemplars};
use crate::Store;
use crate::decode::{MetricHead, MetricKind, scope_json};
use serde_json::{Map, Value as Json, json};
use series::SeriesRow;
use std::collections::{BTreeMap, BTreeSet};
use steps::{Grid, last_json};

/// Lists metrics by name, kind and unit.
pub(super) fn list(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let service = parameters.text("service");
    let search = RecordSearch::read(&mut parameters)?;
    let times = TimeRange::read(&mut parameters)?;
    let limit = parameters.limit()?;
    parameters.finish()?;
    let mut rows = store.read(|connection| series::all(connection, None, service.as_deref()))?;
    rows.retain(|row| row.matches(&search));
    let rows = store.read(|connection| series::in_range(connection, rows, times))?;
    let mut metrics: BTreeMap<(String, &str, String), Listed> = BTreeMap::new();
    for row in rows {
        let head = row.head();
        let key = (row.name.clone(), head.kind.name(), head.unit.clone());
        let listed = metrics.entry(key).or_default();
        listed.services.insert(row.service.clone());
        listed.series += 1;
        if (listed.newest.as_ref()).is_none_or(|newest| newest.0.last_time <= row.last_time) {
            listed.newest = Some((row, head));
        }
    }
    let total = metrics.len();
    let metrics = store.read(|connection| {
        let listed = metrics.into_iter().take(limit);
        let rows = listed.filter_map(|((name, ..), listed)| {
            let (row, head) = listed.newest?;
            let last = row.last_point(connection, times).transpose()?;
            Some(last.map(|last| {
                let mut json = head_json(&head);
                json["metric"] = name.into();
                json["description"] = head.description.into();
                json["services"] = listed.services.into_iter().collect();
                json["series"] = listed.series.into();
                json["last"] = last_json(row.last_time, &last);
                json["last"]["service"] = row.service.into();
                json
            }))
        });
        rows.collect::<rusqlite::Result<Vec<_>>>()
    })?;
    Ok(json!({"metrics": metrics, "total": total}))
}

/// One metric by its series, as points over time.
pub(super) fn one(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let name = parameters.text("metric").unwrap_or_default();
    let service = parameters.text("service");
    let search = RecordSearch::attributes(&mut parameters)?;
    let times = TimeRange::read(&mut parameters)?;
    let most = parameters.parsed("steps", "a number from 1 to 1000", |text| {
        whole(text, 1_000)
    })?;
    let limit = parameters.parsed("limit", "a number from 1 to 100", |text| whole(text, 100))?;
    parameters.finish()?;
    let mut rows =
        store.read(|connection| series::all(connection, Some(&name), service.as_deref()))?;
    if rows.is_empty() && service.is_none() {
        return Err(QueryError::Absent("metric"));
    }
    rows.retain(|row| row.matches(&search));
    let rows = store.read(|connection| series::in_range(connection, rows, times))?;
    let total = rows.len();
    let limit = limit.unwrap_or(DEFAULT_SERIES);
    let rows = match total > limit {
        true => store.read(|connection| series::largest(connection, rows, times, limit))?,
        false => rows,
    };
    let budget = MAX_POINTS / rows.len().max(1);
    let mut shown = Vec::new();
    let mut is_whole = true;
    for row in rows {
        // Series by series, so that many points do not block writes.
        let points = store.read(|connection| row.points(connection, times, budget))?;
        is_whole &= !points.is_shortened;
        shown.push((row, points));
    }
    let grid = Grid::of(
        shown.iter().map(|(_, points)| points),
        most.unwrap_or(DEFAULT_STEPS),
    );
    let exemplars = store.read(|connection| {
        exemplars::newest(
            connection,
            Some(&name),
            service.as_deref(),
            times,
            MAX_EXEMPLARS,
        )
    })?;
    let own: BTreeSet<(&str, String)> = shown
        .iter()
        .map(|(row, _)| (&*row.service, sorted(row.attributes()).to_string()))
        .collect();
    let exemplars: Vec<Json> = exemplars
        .into_iter()
        .map(|mut exemplar| {
            exemplar["attributes"] = sorted(exemplar["attributes"].take());
            exemplar
        })
        .filter(|exemplar| {
            let service = exemplar["service"].as_str().unwrap_or_default();
            own.contains(&(service, exemplar["attributes"].to_string()))
        })
        .collect();
    let resources = differing(shown.iter().map(|(row, _)| row.resource_json()).collect());
    let description = shown.iter().map(|(row, _)| row.head().description);
    let description = description.max_by_key(String::len).unwrap_or_default();
    let series: Vec<Json> = shown
        .iter()
        .zip(resources)
        .map(|((row, points), resource)| {
            let head = row.head();
            let mut json = head_json(&head);
            json["service"] = row.service.clone().into();
            json["resource"] = resource.into();
            json["scope"] = scope_json(&row.scope)["name"].take();
            json["attributes"] = sorted(row.attributes());
            json["last"] = points.last_json();
            json["points"] = grid.steps(&head, points).into();
            json
        })
        .collect();
    Ok(json!({
        "metric": name,
        "description": description,
        "start_unix_nano": grid.start.to_string(),
        "step_nano": grid.step.to_string(),
        "steps": grid.steps,
        "series": series,
        "total": total,
        "whole": is_whole,
        "exemplars": exemplars,
    }))
}

/// Attributes in the order of their keys: those of a series and of an exemplar of it compare then.
fn sorted(attributes: Json) -> Json {
    let Json::Object(attributes) = attributes else {
        return attributes;
    };
    let sorted: BTreeMap<String, Json> = attributes.into_iter().collect();
    Json::Object(sorted.into_iter().collect())
}

/// The series of one metric that is listed.
#[derive(Default)]
struct Listed {
    services: BTreeSet<String>,
    series: u64,
    newest: Option<(SeriesRow, MetricHead)>,
}

fn head_json(head: &MetricHead) -> Json {
    json!({
        "kind": head.kind.name(),
        "unit": head.unit,
        "temporality": head.kind.has_temporality().then(|| steps::temporality_name(head)),
        "monotonic": (head.kind == MetricKind::Sum).then_some(head.is_monotonic),
    })
}

/// Of each resource the attributes that not all of them have with one value: what distinguishes series.
fn differing(resources: Vec<Map<String, Json>>) -> Vec<Map<String, Json>> {
    let is_shared = |key: &String, value: &Json| {
        (resources.iter()).all(|resource| resource.get(key) == Some(value))
    };
    let differing = resources.iter().map(|resource| {
        let own = resource.iter().filter(|(key, value)| {
            *key != throughline_semconv::SERVICE_NAME && !is_shared(key, value)
        });
        own.map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    });
    differing.collect()
}

fn whole(text: &str, most: usize) -> Option<usize> {
    let number = text.parse().ok();
    number.filter(|number| (1..=most).contains(number))
}

/// Series of one response, unless more are asked for.
const DEFAULT_SERIES: usize = 10;
/// Steps of one response, unless more are asked for.
const DEFAULT_STEPS: usize = 60;
/// Points that one response is made of: the newest of its series, which have equal shares.
const MAX_POINTS: usize = 10_000;
const MAX_EXEMPLARS: usize = 200;
