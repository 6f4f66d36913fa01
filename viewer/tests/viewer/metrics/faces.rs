//! Tests of the lists of metrics and series, and of the command line and MCP.

use super::{BEGIN, CUMULATIVE, DELTA, SECOND, histogram_point, number, send, sum, with_attribute};
use crate::cli::run;
use crate::{append, attribute, ok};
use http::Request;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use throughline_otlp::Signal;
use throughline_viewer::{McpEndpoint, Store};

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
        run(&store, &["metrics", "--q", "nothing"]),
        Err("no metrics match".to_owned())
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
