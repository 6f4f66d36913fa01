//! Tests of what is stored of metrics: duplicates, evictions, files, exports.

use super::{
    BEGIN, CUMULATIVE, DELTA, SECOND, column, exponential_point, histogram_point, number, request,
    send, sum, with_attribute,
};
use crate::cli::run;
use crate::{NOW, append, attribute, get, ok};
use serde_json::{Value as Json, json};
use throughline_otlp::Signal;
use throughline_viewer::{Bounds, Store};

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
        ..Bounds::IN_MEMORY
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
        ..Bounds::IN_MEMORY
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
        bytes: Some(bytes),
        ..Bounds::IN_MEMORY
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
