//! Tests of the points that the query `metric` makes of each kind of metric.

use super::{
    BEGIN, CUMULATIVE, DELTA, SECOND, column, exponential_point, histogram_point, number, send,
    sum, with_attribute,
};
use crate::ok;
use serde_json::{Value as Json, json};
use throughline_viewer::Store;

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
