//! Tests of metrics: what is stored of them, and what the queries make of it.

mod faces;
mod points;
mod stored;

use crate::{NOW, append, attribute, ok, resource};
use serde_json::{Value as Json, json};
use throughline_otlp::Signal;
use throughline_viewer::Store;

const SECOND: u64 = 1_000_000_000;
const DELTA: u32 = 1;
const CUMULATIVE: u32 = 2;

/// A whole minute before [`NOW`], so that steps begin with points.
const BEGIN: u64 = NOW - NOW % (60 * SECOND);

fn request(service: &str, metrics: Json) -> Json {
    json!({"resourceMetrics": [{"resource": resource(service), "scopeMetrics": [{"metrics": metrics}]}]})
}

fn send(store: &Store, service: &str, metric: Json) {
    append(store, Signal::Metrics, &request(service, json!([metric])));
}

/// A point with a number, `at` and `start` in seconds from [`BEGIN`] on.
fn number(start: i64, at: u64, value: f64) -> Json {
    json!({
        "startTimeUnixNano": (BEGIN.cast_signed() + start * SECOND.cast_signed()).to_string(),
        "timeUnixNano": (BEGIN + at * SECOND).to_string(),
        "asDouble": value,
    })
}

fn sum(name: &str, temporality: u32, points: &[Json]) -> Json {
    let sum =
        json!({"aggregationTemporality": temporality, "isMonotonic": true, "dataPoints": points});
    json!({"name": name, "unit": "{request}", "sum": sum})
}

fn with_attribute(mut point: Json, key: &str, value: &str) -> Json {
    point["attributes"] = json!([attribute(key, json!({"stringValue": value}))]);
    point
}

/// A column of the first series of a metric.
fn column(store: &Store, uri: &str, name: &str) -> Vec<Json> {
    let metric = ok(store, uri);
    let points = metric["series"][0]["points"].as_array().unwrap().iter();
    points.map(|point| point[name].clone()).collect()
}

/// A point of a histogram with the bounds 1, 2 and 4.
fn histogram_point(start: i64, at: u64, counts: [u64; 4], sum: f64) -> Json {
    json!({
        "startTimeUnixNano": (BEGIN.cast_signed() + start * SECOND.cast_signed()).to_string(),
        "timeUnixNano": (BEGIN + at * SECOND).to_string(),
        "count": counts.iter().sum::<u64>().to_string(),
        "sum": sum,
        "bucketCounts": counts.map(|count| count.to_string()),
        "explicitBounds": [1, 2, 4],
    })
}

/// A point of an exponential histogram of these values, which are not negative.
fn exponential_point(start: i64, at: u64, scale: i32, values: &[f64]) -> Json {
    let index = |value: f64| (value.log2() * f64::exp2(f64::from(scale))).ceil() as i64 - 1;
    let positive: Vec<i64> = values
        .iter()
        .filter(|value| **value > 0.0)
        .map(|value| index(*value))
        .collect();
    let offset = positive.iter().min().copied().unwrap_or_default();
    let end = positive.iter().max().map_or(offset, |last| last + 1);
    let counts: Vec<String> = (offset..end)
        .map(|index| {
            positive
                .iter()
                .filter(|found| **found == index)
                .count()
                .to_string()
        })
        .collect();
    json!({
        "startTimeUnixNano": (BEGIN.cast_signed() + start * SECOND.cast_signed()).to_string(),
        "timeUnixNano": (BEGIN + at * SECOND).to_string(),
        "count": values.len().to_string(),
        "sum": values.iter().sum::<f64>(),
        "scale": scale,
        "zeroCount": (values.len() - positive.len()).to_string(),
        "positive": {"offset": offset, "bucketCounts": counts},
    })
}
