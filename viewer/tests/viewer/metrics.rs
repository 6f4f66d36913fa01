//! Tests of metrics: what is stored of them, and what the queries make of it.

use crate::cli::run;
use crate::{NOW, append, attribute, get, ok, resource};
use http::Request;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use throughline_otlp::Signal;
use throughline_viewer::{Bounds, McpEndpoint, Store};

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

#[test]
fn metrics_are_listed_with_their_last_values() {
    let store = Store::in_memory().unwrap();
    let gauge = |value: f64, at, host: &str| {
        let point = with_attribute(number(0, at, value), "host", host);
        json!({"name": "memory", "unit": "By", "description": "Used memory", "gauge": {"dataPoints": [point]}})
    };
    send(&store, "shop", gauge(5.0, 10, "a"));
    send(&store, "shop", gauge(7.0, 20, "b"));
    send(&store, "cart", gauge(3.0, 5, "a"));
    send(
        &store,
        "shop",
        sum("requests", CUMULATIVE, &[number(0, 10, 4.0)]),
    );
    let list = ok(&store, "/api/metrics");
    assert_eq!(list["total"], 2);
    assert_eq!(
        list["metrics"][0],
        json!({
            "metric": "memory",
            "description": "Used memory",
            "kind": "gauge",
            "unit": "By",
            "temporality": null,
            "monotonic": null,
            "services": ["cart", "shop"],
            "series": 3,
            "last": {"value": 7.0, "service": "shop", "time_unix_nano": (BEGIN + 20 * SECOND).to_string()},
        })
    );
    assert_eq!(list["metrics"][1]["temporality"], "cumulative");
    assert_eq!(list["metrics"][1]["monotonic"], true);
    let names = |query: &str| -> Vec<String> {
        let list = ok(&store, &format!("/api/metrics?{query}"));
        let metrics = list["metrics"].as_array().unwrap().iter();
        metrics
            .map(|one| one["metric"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("service=cart"), ["memory"]);
    assert_eq!(names("q=REQUEST"), ["requests"]);
    assert_eq!(names("q=used"), ["memory"], "a word of the description");
    assert_eq!(names("attribute=host%3Db"), ["memory"]);
    assert_eq!(names("attribute=host%3Dc"), [""; 0]);
    assert_eq!(names(&format!("until={}", BEGIN + 6 * SECOND)), ["memory"]);
    assert_eq!(names(&format!("since={}", BEGIN + 21 * SECOND)), [""; 0]);
    let limited = ok(&store, "/api/metrics?limit=1");
    assert_eq!(limited["metrics"].as_array().unwrap().len(), 1);
    assert_eq!(limited["total"], 2);
    assert_eq!(ok(&store, "/api/status")["store"]["metric_series"], 4);
}

#[test]
fn a_cumulative_sum_is_an_increase_and_starts_anew_where_its_program_does() {
    let store = Store::in_memory().unwrap();
    let points = [
        number(0, 60, 6.0),
        number(0, 120, 18.0),
        // The program has started again: all of it is new.
        number(130, 180, 5.0),
        number(130, 240, 8.0),
        // It says that it did not, but the count is lower.
        number(130, 300, 2.0),
    ];
    send(&store, "shop", sum("requests", CUMULATIVE, &points));
    let uri = "/api/metric?metric=requests";
    assert_eq!(ok(&store, uri)["step_nano"], (60 * SECOND).to_string());
    assert_eq!(column(&store, uri, "value"), [6.0, 18.0, 5.0, 8.0, 2.0]);
    assert_eq!(column(&store, uri, "increase"), [6.0, 12.0, 5.0, 3.0, 2.0]);
    // The third is of the 50 s since the start.
    let rates = [6.0 / 60.0, 12.0 / 60.0, 5.0 / 50.0, 3.0 / 60.0, 2.0 / 60.0];
    assert_eq!(column(&store, uri, "per_second"), rates);
    // The point before the range is what the first one is compared with.
    let later = format!("{uri}&since={}", BEGIN + 120 * SECOND);
    assert_eq!(column(&store, &later, "increase"), [12.0, 5.0, 3.0, 2.0]);
    // Longer steps have the same increases.
    let both = format!("{uri}&steps=1");
    let total: f64 = column(&store, &both, "increase")
        .iter()
        .filter_map(Json::as_f64)
        .sum();
    assert_eq!(total, 28.0);
    assert!(column(&store, &both, "increase").len() < 3);
}

#[test]
fn a_sum_that_began_long_before_has_no_increase_at_its_first_point() {
    let store = Store::in_memory().unwrap();
    let points = [number(-86_400, 60, 1e6), number(-86_400, 120, 1e6 + 30.0)];
    send(&store, "shop", sum("requests", CUMULATIVE, &points));
    let uri = "/api/metric?metric=requests";
    assert_eq!(column(&store, uri, "increase"), [Json::Null, json!(30.0)]);
    assert_eq!(column(&store, uri, "per_second"), [Json::Null, json!(0.5)]);
}

#[test]
fn two_programs_that_send_one_series_are_added() {
    let store = Store::in_memory().unwrap();
    // As while a new process takes the place of an old one.
    let points = [
        number(0, 60, 10.0),
        number(30, 61, 1.0),
        number(0, 120, 20.0),
        number(30, 121, 4.0),
    ];
    send(&store, "shop", sum("requests", CUMULATIVE, &points));
    let increases = column(&store, "/api/metric?metric=requests&steps=1", "increase");
    let total: f64 = increases.iter().filter_map(Json::as_f64).sum();
    assert_eq!(total, 10.0 + 1.0 + 10.0 + 3.0);
}

#[test]
fn a_delta_sum_is_added_up_in_steps_by_series() {
    let store = Store::in_memory().unwrap();
    for nth in 0..120_u64 {
        for (route, value) in [("/a", 2.0), ("/b", 3.0)] {
            let start = nth.cast_signed() * 10;
            let point = with_attribute(number(start, nth * 10 + 10, value), "http.route", route);
            send(&store, "shop", sum("requests", DELTA, &[point]));
        }
    }
    let metric = ok(&store, "/api/metric?metric=requests&steps=20");
    assert_eq!(metric["total"], 2);
    for series in metric["series"].as_array().unwrap() {
        let value = if series["attributes"]["http.route"] == "/a" {
            2.0
        } else {
            3.0
        };
        let points = series["points"].as_array().unwrap();
        let total: f64 = points
            .iter()
            .filter_map(|point| point["increase"].as_f64())
            .sum();
        assert_eq!(total, 120.0 * value);
        for point in points {
            assert_eq!(point["per_second"], value / 10.0, "{point}");
            assert!(
                point.get("value").is_none(),
                "a delta has no value since its start"
            );
        }
    }
    let one = ok(
        &store,
        "/api/metric?metric=requests&attribute=http.route%3D/b",
    );
    assert_eq!(one["series"].as_array().unwrap().len(), 1);
    assert_eq!(one["series"][0]["attributes"]["http.route"], "/b");
    // Those of the largest values are shown, and the others counted.
    let limited = ok(&store, "/api/metric?metric=requests&limit=1");
    assert_eq!(limited["series"][0]["attributes"]["http.route"], "/b");
    assert_eq!(limited["total"], 2);
}

#[test]
fn a_gauge_is_its_last_value_and_a_counter_down_goes_down() {
    let store = Store::in_memory().unwrap();
    let points = [
        number(0, 0, 1.0),
        number(0, 1, 9.0),
        number(0, 2, 4.0),
        number(0, 60, 5.0),
    ];
    let gauge = json!({"name": "queue", "gauge": {"dataPoints": points}});
    send(&store, "shop", gauge);
    let metric = ok(&store, "/api/metric?metric=queue&steps=2");
    assert_eq!(metric["step_nano"], (30 * SECOND).to_string());
    let values = column(&store, "/api/metric?metric=queue&steps=2", "value");
    assert_eq!(values, [4.0, 5.0]);
    let sum = json!({"aggregationTemporality": CUMULATIVE, "dataPoints": [
        number(0, 60, 5.0), number(0, 120, 2.0),
    ]});
    send(&store, "shop", json!({"name": "open", "sum": sum}));
    assert_eq!(
        column(&store, "/api/metric?metric=open", "increase"),
        [5.0, -3.0]
    );
    assert_eq!(
        ok(&store, "/api/metric?metric=open")["series"][0]["monotonic"],
        false
    );
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

#[test]
fn the_percentiles_of_a_histogram_are_those_of_what_came_in_the_step() {
    let store = Store::in_memory().unwrap();
    let points = [
        histogram_point(0, 60, [10, 0, 0, 0], 5.0),
        // 100 more between 1 and 2, and 100 between 2 and 4.
        histogram_point(0, 120, [10, 100, 100, 0], 455.0),
    ];
    let histogram = json!({"aggregationTemporality": CUMULATIVE, "dataPoints": points});
    send(
        &store,
        "shop",
        json!({"name": "duration", "unit": "s", "histogram": histogram}),
    );
    let uri = "/api/metric?metric=duration";
    assert_eq!(column(&store, uri, "count"), [10, 200]);
    assert_eq!(column(&store, uri, "mean"), [0.5, 2.25]);
    assert_eq!(column(&store, uri, "p50"), [0.5, 2.0]);
    // 90 of the 100 between 2 and 4 are below it.
    assert_eq!(column(&store, uri, "p95"), [0.95, 3.8]);
    assert_eq!(column(&store, uri, "p99"), [0.99, 3.96]);
    assert_eq!(
        column(&store, uri, "per_second"),
        [10.0 / 60.0, 200.0 / 60.0]
    );

    // Deltas are what came; a value above the last bound is at most the largest one.
    let mut delta = histogram_point(0, 60, [0, 0, 0, 4], 40.0);
    delta["max"] = json!(12.0);
    let histogram = json!({"aggregationTemporality": DELTA, "dataPoints": [delta, histogram_point(60, 120, [0, 0, 0, 4], 40.0)]});
    send(
        &store,
        "shop",
        json!({"name": "slow", "histogram": histogram}),
    );
    assert_eq!(column(&store, "/api/metric?metric=slow", "p50"), [8.0, 4.0]);

    // A count that is lower has begun anew.
    let points = [
        histogram_point(0, 60, [10, 0, 0, 0], 5.0),
        histogram_point(0, 120, [0, 4, 0, 0], 6.0),
    ];
    let histogram = json!({"aggregationTemporality": CUMULATIVE, "dataPoints": points});
    send(
        &store,
        "shop",
        json!({"name": "again", "histogram": histogram}),
    );
    assert_eq!(column(&store, "/api/metric?metric=again", "count"), [10, 4]);
    assert_eq!(
        column(&store, "/api/metric?metric=again", "mean"),
        [0.5, 1.5]
    );
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

#[test]
fn exponential_histograms_have_percentiles_over_changes_of_their_scale() {
    let store = Store::in_memory().unwrap();
    let first: Vec<f64> = (1..=100).map(f64::from).collect();
    // 1,000 more, ten times as large: the program has halved the number of ranges twice meanwhile.
    let second: Vec<f64> = (1..=1_000).map(|n| f64::from(n) * 10.0).collect();
    let all = [first.clone(), second.clone()].concat();
    let points = [
        exponential_point(0, 60, 5, &first),
        exponential_point(0, 120, 3, &all),
    ];
    let histogram = json!({"aggregationTemporality": CUMULATIVE, "dataPoints": points});
    send(
        &store,
        "shop",
        json!({"name": "duration", "exponentialHistogram": histogram}),
    );
    let uri = "/api/metric?metric=duration";
    assert_eq!(column(&store, uri, "count"), [100, 1_000]);
    assert_eq!(column(&store, uri, "mean"), [50.5, 5_005.0]);
    for (name, exact) in [
        ("p50", [50.0, 5_000.0]),
        ("p95", [95.0, 9_500.0]),
        ("p99", [99.0, 9_900.0]),
    ] {
        // A range of scale 3 is 9 % wide, one of scale 5 2 %.
        for ((found, exact), width) in column(&store, uri, name)
            .iter()
            .zip(exact)
            .zip([1.022, 1.091])
        {
            let found = found.as_f64().unwrap();
            assert!(
                found / exact < width && exact / found < width,
                "{name}: {found} for {exact}"
            );
        }
    }
    // Zeros are below all others; deltas of two scales are one step.
    let zeros = [
        exponential_point(0, 1, 4, &[0.0, 0.0, 8.0]),
        exponential_point(1, 2, 2, &[0.0]),
    ];
    let histogram = json!({"aggregationTemporality": DELTA, "dataPoints": zeros});
    send(
        &store,
        "shop",
        json!({"name": "zeros", "exponentialHistogram": histogram}),
    );
    let zeros = ok(&store, "/api/metric?metric=zeros&steps=1");
    assert_eq!(zeros["series"][0]["points"][0]["p50"], 0.0);
    assert_eq!(zeros["series"][0]["last"]["count"], 1);
}

#[test]
fn a_summary_has_the_quantiles_that_were_sent() {
    let store = Store::in_memory().unwrap();
    let point = |at: u64, count: u64, sum: f64, p99: f64| {
        json!({
            "startTimeUnixNano": BEGIN.to_string(),
            "timeUnixNano": (BEGIN + at * SECOND).to_string(),
            "count": count.to_string(),
            "sum": sum,
            "quantileValues": [{"quantile": 0.5, "value": 2}, {"quantile": 0.99, "value": p99}],
        })
    };
    let points = [point(60, 4, 8.0, 5.0), point(120, 10, 32.0, 9.0)];
    send(
        &store,
        "shop",
        json!({"name": "pause", "summary": {"dataPoints": points}}),
    );
    let uri = "/api/metric?metric=pause";
    assert_eq!(column(&store, uri, "count"), [4, 6]);
    assert_eq!(column(&store, uri, "mean"), [2.0, 4.0]);
    assert_eq!(column(&store, uri, "p99"), [5.0, 9.0]);
    assert_eq!(column(&store, uri, "p95"), [Json::Null, Json::Null]);
    assert_eq!(ok(&store, "/api/metrics")["metrics"][0]["kind"], "summary");
}

#[test]
fn a_batch_of_metrics_that_is_sent_twice_counts_once() {
    let store = Store::in_memory().unwrap();
    let mut point = number(0, 60, 6.0);
    point["attributes"] = json!([
        attribute("a", json!({"stringValue": "1"})),
        attribute("b", json!({"stringValue": "2"})),
    ]);
    let before = request("shop", json!([sum("requests", DELTA, &[point.clone()])]));
    append(&store, Signal::Metrics, &before);
    append(&store, Signal::Metrics, &before);
    // The order of attributes says nothing.
    point["attributes"].as_array_mut().unwrap().reverse();
    send(&store, "shop", sum("requests", DELTA, &[point]));
    let metric = ok(&store, "/api/metric?metric=requests");
    assert_eq!(metric["total"], 1);
    assert_eq!(
        column(&store, "/api/metric?metric=requests", "increase"),
        [6.0]
    );
    assert_eq!(ok(&store, "/api/status")["store"]["metric_points"], 1);
}

#[test]
fn counts_of_an_edge_that_are_sent_twice_count_once() {
    let store = Store::in_memory().unwrap();
    let mut point = number(0, 60, 0.0);
    point["asInt"] = json!("5");
    point.as_object_mut().unwrap().remove("asDouble");
    point["attributes"] = json!([
        attribute("throughline.signal", json!({"stringValue": "traces"})),
        attribute("throughline.outcome", json!({"stringValue": "exported"})),
    ]);
    for _ in 0..2 {
        send(
            &store,
            "edge",
            sum("throughline.edge.records", DELTA, &[point.clone()]),
        );
    }
    assert_eq!(ok(&store, "/api/status")["edge"][0]["count"], 5);
}

#[test]
fn the_oldest_points_are_evicted_and_counted() {
    let store = Store::in_memory().unwrap().with_bounds(Bounds {
        metric_points: 5,
        ..Bounds::default()
    });
    send(
        &store,
        "old",
        json!({"name": "gone", "gauge": {"dataPoints": [number(0, 1, 1.0)]}}),
    );
    for at in 1..=7_u32 {
        let value = f64::from(at) * 10.0;
        send(
            &store,
            "shop",
            sum("requests", CUMULATIVE, &[number(0, at.into(), value)]),
        );
    }
    let status = ok(&store, "/api/status");
    assert_eq!(status["store"]["metric_points"], 5);
    assert_eq!(status["store"]["metric_points_evicted"], 3);
    assert_eq!(
        status["store"]["metric_series"], 1,
        "one without points is gone"
    );
    assert_eq!(get(&store, "/api/metric?metric=gone").0, 404);
    // The first point that is left is not the beginning, though its start is near.
    let increases = column(&store, "/api/metric?metric=requests", "increase");
    assert_eq!(
        increases,
        [
            Json::Null,
            json!(10.0),
            json!(10.0),
            json!(10.0),
            json!(10.0)
        ]
    );
}

#[test]
fn series_and_bytes_of_metrics_are_bounded() {
    let store = Store::in_memory().unwrap().with_bounds(Bounds {
        metric_series: 3,
        ..Bounds::default()
    });
    let gauge = |host: &str, at| json!({"name": "load", "gauge": {"dataPoints": [with_attribute(number(0, at, 1.0), "host", host)]}});
    for (at, host) in ["a", "b", "c", "a", "d"].into_iter().enumerate() {
        send(&store, "shop", gauge(host, at as u64));
    }
    let metric = ok(&store, "/api/metric?metric=load");
    let mut hosts: Vec<_> = (metric["series"].as_array().unwrap().iter())
        .map(|series| series["attributes"]["host"].as_str().unwrap())
        .collect();
    hosts.sort_unstable();
    assert_eq!(
        hosts,
        ["a", "c", "d"],
        "the one that was written to longest ago is gone"
    );
    assert_eq!(
        ok(&store, "/api/status")["store"]["metric_points_evicted"],
        1
    );

    let bytes = 64 << 10;
    let store = Store::in_memory().unwrap().with_bounds(Bounds {
        bytes,
        ..Bounds::default()
    });
    for at in 0..400 {
        send(&store, "shop", gauge(&"long".repeat(at % 200), at as u64));
        let held = ok(&store, "/api/status")["store"]["bytes"]
            .as_u64()
            .unwrap();
        assert!(held <= bytes / 4, "metrics have a quarter: {held}");
    }
    assert!(
        ok(&store, "/api/status")["store"]["metric_points"]
            .as_u64()
            .unwrap()
            > 10
    );
}

#[test]
fn a_file_of_version_8_is_migrated_and_keeps_its_metrics_then() {
    let folder = std::env::temp_dir().join(format!("throughline-metrics-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("store.sqlite");
    drop(Store::open(&path).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "DROP TABLE metric; DROP TABLE metric_series; DROP TABLE metric_point;
             INSERT INTO tally VALUES ('metric_points', 7); PRAGMA user_version = 8",
        )
        .unwrap();
    drop(connection);
    let store = Store::open(&path).unwrap();
    send(
        &store,
        "shop",
        sum("requests", DELTA, &[number(0, 60, 6.0)]),
    );
    let before = ok(&store, "/api/status")["store"].clone();
    assert_eq!(before["metric_points"], 1);
    drop(store);
    let store = Store::open(&path).unwrap();
    assert_eq!(ok(&store, "/api/status")["store"], before);
    assert_eq!(
        column(&store, "/api/metric?metric=requests", "increase"),
        [6.0]
    );
    drop(store);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn exemplars_come_with_the_series_that_they_belong_to() {
    let store = Store::in_memory().unwrap();
    for (route, trace) in [("/a", "1"), ("/b", "2")] {
        let mut point = histogram_point(0, 60, [1, 0, 0, 0], 0.5);
        point["exemplars"] = json!([{
            "asDouble": 0.5,
            "timeUnixNano": BEGIN.to_string(),
            "traceId": trace.repeat(32),
            "spanId": "00000000000000aa",
        }]);
        let point = with_attribute(point, "http.route", route);
        let histogram = json!({"aggregationTemporality": DELTA, "dataPoints": [point]});
        send(
            &store,
            "shop",
            json!({"name": "duration", "histogram": histogram}),
        );
    }
    let all = ok(&store, "/api/metric?metric=duration");
    assert_eq!(all["exemplars"].as_array().unwrap().len(), 2);
    let one = ok(
        &store,
        "/api/metric?metric=duration&attribute=http.route%3D/b",
    );
    assert_eq!(one["exemplars"].as_array().unwrap().len(), 1);
    assert_eq!(one["exemplars"][0]["trace_id"], "2".repeat(32));
}

#[test]
fn series_of_two_processes_are_told_apart_by_their_resources() {
    let store = Store::in_memory().unwrap();
    for instance in ["one", "two"] {
        let resource = json!({"attributes": [
            attribute("service.name", json!({"stringValue": "shop"})),
            attribute("service.version", json!({"stringValue": "1.2"})),
            attribute("service.instance.id", json!({"stringValue": instance})),
        ]});
        let metrics = json!([sum("requests", DELTA, &[number(0, 60, 1.0)])]);
        let request = json!({"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": metrics}]}]});
        append(&store, Signal::Metrics, &request);
    }
    let metric = ok(&store, "/api/metric?metric=requests");
    let resources: Vec<_> = (metric["series"].as_array().unwrap().iter())
        .map(|series| &series["resource"])
        .collect();
    assert_eq!(
        resources,
        [
            &json!({"service.instance.id": "one"}),
            &json!({"service.instance.id": "two"})
        ]
    );
}

#[test]
fn a_point_without_a_plausible_time_has_that_at_which_it_came() {
    let store = Store::in_memory().unwrap();
    let points = json!([{"asInt": "3"}]);
    send(
        &store,
        "shop",
        json!({"name": "a", "gauge": {"dataPoints": points}}),
    );
    let points = json!([{"asInt": "3", "timeUnixNano": "1760000000"}]);
    send(
        &store,
        "shop",
        json!({"name": "b", "gauge": {"dataPoints": points}}),
    );
    for metric in ok(&store, "/api/metrics")["metrics"].as_array().unwrap() {
        assert_eq!(metric["last"]["time_unix_nano"], NOW.to_string());
    }
}

#[test]
fn what_says_that_there_is_no_value_has_none() {
    let store = Store::in_memory().unwrap();
    let mut stale = number(0, 120, 0.0);
    stale["flags"] = json!(1);
    stale.as_object_mut().unwrap().remove("asDouble");
    let points = [number(0, 60, 4.0), stale];
    send(
        &store,
        "shop",
        json!({"name": "load", "gauge": {"dataPoints": points}}),
    );
    assert_eq!(column(&store, "/api/metric?metric=load", "value"), [4.0]);
}

#[test]
fn metrics_are_exported_and_imported_as_they_were() {
    let store = Store::in_memory().unwrap();
    let mut point = histogram_point(0, 60, [1, 2, 0, 0], 2.5);
    point["exemplars"] = json!([{
        "asDouble": 0.5, "timeUnixNano": BEGIN.to_string(),
        "traceId": "1".repeat(32), "spanId": "00000000000000aa",
    }]);
    let histogram = json!({"aggregationTemporality": CUMULATIVE, "dataPoints": [point]});
    let quantiles = json!([{"quantile": 0.5, "value": 2}]);
    let summary =
        json!({"timeUnixNano": BEGIN.to_string(), "count": "2", "quantileValues": quantiles});
    let metrics = json!([
        sum("requests", CUMULATIVE, &[
            with_attribute(number(0, 60, 6.0), "a", "1"),
            with_attribute(number(0, 60, 7.0), "a", "2"),
            with_attribute(number(0, 120, 9.0), "a", "1"),
        ]),
        {"name": "duration", "description": "How long", "unit": "s", "histogram": histogram},
        {"name": "wide", "exponentialHistogram": {"aggregationTemporality": DELTA, "dataPoints": [
            exponential_point(0, 60, 4, &[0.0, 1.5, 900.0]),
        ]}},
        {"name": "load", "gauge": {"dataPoints": [number(0, 1, 0.5)]}},
        {"name": "pause", "summary": {"dataPoints": [summary]}},
    ]);
    append(&store, Signal::Metrics, &request("shop", metrics));
    let archive =
        std::env::temp_dir().join(format!("throughline-metrics-{}.zip", std::process::id()));
    let to = archive.to_str().unwrap();
    let said = run(&store, &["export", "--to", to]).unwrap();
    assert!(said.contains("1 in metrics.jsonl"), "{said}");
    let imported = Store::in_memory().unwrap();
    run(&imported, &["import", to]).unwrap();
    run(&imported, &["import", to]).unwrap();
    for uri in [
        "/api/metrics",
        "/api/metric?metric=requests",
        "/api/metric?metric=duration",
        "/api/metric?metric=wide",
        "/api/metric?metric=load",
        "/api/metric?metric=pause",
        "/api/exemplars",
    ] {
        assert_eq!(ok(&imported, uri), ok(&store, uri), "{uri}");
    }
    assert_eq!(
        ok(&imported, "/api/status")["store"],
        ok(&store, "/api/status")["store"]
    );

    // A range of times has its points alone.
    let (since, until) = (
        (BEGIN + 60 * SECOND).to_string(),
        (BEGIN + 61 * SECOND).to_string(),
    );
    run(
        &store,
        &["export", "--since", &since, "--until", &until, "--to", to],
    )
    .unwrap();
    let part = Store::in_memory().unwrap();
    run(&part, &["import", to]).unwrap();
    assert_eq!(ok(&part, "/api/status")["store"]["metric_points"], 4);
    let error = run(&store, &["export", "--service", "shop", "--to", "/no/such"]).unwrap_err();
    assert!(
        error.contains("no trace matches"),
        "a filter of traces has no metrics: {error}"
    );
    std::fs::remove_file(archive).unwrap();
}

#[test]
fn the_command_line_lists_metrics_and_shows_one() {
    let store = Store::in_memory().unwrap();
    let point = |at, value| with_attribute(number(0, at, value), "route", "/a\u{1b}[2J");
    send(
        &store,
        "shop",
        sum("requests", CUMULATIVE, &[point(60, 6.0), point(120, 18.0)]),
    );
    let histogram = json!({"aggregationTemporality": DELTA, "dataPoints": [histogram_point(0, 60, [10, 0, 0, 0], 5.0)]});
    send(
        &store,
        "shop",
        json!({"name": "duration", "unit": "s", "histogram": histogram}),
    );
    let list = run(&store, &["metrics"]).unwrap();
    assert!(list.contains("duration  histogram  s"), "{list}");
    assert!(list.contains("last 10 values, mean 0.5"), "{list}");
    let one = run(&store, &["metric", "requests"]).unwrap();
    assert!(one.contains("+12  0.2/s  value 18"), "{one}");
    assert!(
        one.contains("shop  route=/a [2J  (sum, {request})"),
        "{one}"
    );
    let one = run(&store, &["metric", "duration", "--steps", "5"]).unwrap();
    assert!(
        one.contains("10  mean 0.5  p50 0.5  p95 0.95  p99 0.99"),
        "{one}"
    );
    let json: Json =
        serde_json::from_str(&run(&store, &["metric", "requests", "--json"]).unwrap()).unwrap();
    assert_eq!(json, ok(&store, "/api/metric?metric=requests"));
    assert_eq!(
        run(&store, &["metrics", "--q", "nothing"]).unwrap(),
        "no metrics match\n"
    );
    for (arguments, expected) in [
        (&["metric"][..], "needs NAME"),
        (&["metric", "nothing"], "no such metric in this store"),
        (
            &["metric", "requests", "--steps", "0"],
            "steps: \"0\" is not a number from 1 to 1000",
        ),
        (&["metrics", "--steps", "5"], "--steps"),
        (
            &["metrics", "--attribute", "x"],
            "attribute: \"x\" is not `key=value`",
        ),
    ] {
        let error = run(&store, arguments).expect_err("a wrong argument");
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

#[tokio::test]
async fn an_agent_asks_for_metrics_by_mcp() {
    let store = Store::in_memory().unwrap();
    send(
        &store,
        "shop",
        sum("requests", CUMULATIVE, &[number(0, 60, 6.0)]),
    );
    let endpoint = McpEndpoint::new(Arc::new(store.clone()));
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "metric", "arguments": {"metric": "requests", "steps": 5},
    }});
    let request = Request::post("http://127.0.0.1/mcp")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .body(call.to_string().into())
        .unwrap();
    let response = endpoint.respond(request).await;
    let body: Json = serde_json::from_slice(response.body()).unwrap();
    let result = &body["result"]["structuredContent"];
    assert_eq!(
        *result,
        ok(&store, "/api/metric?metric=requests&steps=5"),
        "{body}"
    );
    assert_eq!(result["series"][0]["points"][0]["increase"], 6.0);
}
