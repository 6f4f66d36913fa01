//! Tests of the JSON API.

use crate::shop::{self, Purchase, Telemetry, purchase};
use crate::{NOW, append, get, named, ok, stored};
use serde_json::json;
use throughline_otlp::Signal;
use throughline_viewer::{Bounds, Store};

#[test]
fn a_link_is_listed_in_both_traces() {
    let store = stored(&purchase(NOW, 1, Purchase::Succeeds));
    let list = ok(&store, "/api/traces?service=pricing-worker");
    let consumer = ok(
        &store,
        &format!(
            "/api/traces/{}",
            list["traces"][0]["trace_id"].as_str().unwrap()
        ),
    );
    let outgoing = &consumer["linked"][0];
    assert_eq!(outgoing["direction"], "outgoing");
    assert_eq!(outgoing["span"]["name"], "send price-events");

    let producer = ok(
        &store,
        &format!("/api/traces/{}", outgoing["trace_id"].as_str().unwrap()),
    );
    let incoming = &producer["linked"][0];
    assert_eq!(incoming["direction"], "incoming");
    assert_eq!(incoming["trace_id"], consumer["trace_id"]);
    assert_eq!(incoming["span"]["service"], "pricing-worker");
    assert_eq!(
        incoming["own_span_id"],
        named(&producer, "pricing-api", "send price-events")["span_id"]
    );
}

#[test]
fn exceptions_are_grouped_and_counted_once_each() {
    let mut telemetry = purchase(NOW, 1, Purchase::BreaksInPricing);
    telemetry.extend(purchase(NOW + shop::SECOND, 2, Purchase::BreaksInPricing));
    telemetry.extend(purchase(NOW, 3, Purchase::BreaksInPage));
    let errors = ok(&stored(&telemetry), "/api/errors");
    let groups: Vec<_> = errors["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| {
            (
                group["type"].as_str().unwrap(),
                group["count"].as_u64().unwrap(),
                group["thrown_at"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        groups,
        [
            (
                "ZeroDivisionError",
                2,
                "compute (/app/pricing/discount.py:17)"
            ),
            (
                "TypeError",
                2,
                "formatTotal (http://127.0.0.1:8787/assets/checkout-B3xk2.js:2:1841)"
            ),
        ]
    );
    assert_eq!(errors["errors"][0]["recent"].as_array().unwrap().len(), 2);
    let thrown = &errors["errors"][1]["latest"]["exception"];
    let frames = thrown["frames"].as_array().unwrap();
    assert_eq!(
        frames[0],
        json!({
            "function": "formatTotal",
            "file": "http://127.0.0.1:8787/assets/checkout-B3xk2.js",
            "line": 2,
            "column": 1841,
            "library": false,
        })
    );
    let libraries: Vec<bool> = frames
        .iter()
        .map(|frame| frame["library"] == true)
        .collect();
    assert_eq!(libraries, [false, false, true]);
    assert_eq!(thrown["own_frame"], 0);
}

#[test]
fn an_exception_recorded_only_as_a_span_event_is_listed() {
    let mut telemetry = purchase(NOW, 1, Purchase::BreaksInPricing);
    telemetry.logs.clear();
    let errors = ok(&stored(&telemetry), "/api/errors");
    assert_eq!(errors["errors"][0]["count"], 1);
    assert_eq!(
        errors["errors"][0]["latest"]["attributes"]["exception.type"],
        "ZeroDivisionError"
    );
}

#[test]
fn a_search_matches_names_attributes_and_ids() {
    let mut telemetry = purchase(NOW, 1, Purchase::Succeeds);
    telemetry.extend(purchase(NOW + shop::SECOND, 2, Purchase::BreaksInPricing));
    telemetry.extend(shop::browse(NOW + 2 * shop::SECOND, 3));
    let store = stored(&telemetry);
    for (query, found) in [
        ("", 4),
        ("errors=1", 1),
        ("service=orders-api", 3),
        ("min_ms=236", 3),
        ("min_ms=236.1", 2),
        ("q=DOCUMENTLOAD", 1),
        ("q=http.response.status_code%3D201", 1),
        ("q=db.query.text%3D%22*FROM+products*%22", 3),
        ("q=telemetry.sdk.language%3Dgo+documentLoad", 1),
        ("q=order.id%3D1001", 1),
        ("q=order.id%3D*", 1),
        ("q=nothing-of-that-name", 0),
    ] {
        let list = ok(&store, &format!("/api/traces?{query}"));
        assert_eq!(list["traces"].as_array().unwrap().len(), found, "{query}");
    }
    let trace_id = ok(&store, "/api/traces")["traces"][1]["trace_id"]
        .as_str()
        .unwrap()
        .to_uppercase();
    let list = ok(&store, &format!("/api/traces?q={trace_id}"));
    assert_eq!(list["traces"].as_array().unwrap().len(), 1);
}

#[test]
fn pages_have_no_gaps_and_no_duplicates() {
    let mut telemetry = Telemetry::default();
    for visit in 0..450 {
        // Several traces share a start: the trace id decides.
        telemetry.extend(shop::browse(NOW + visit / 3, visit));
    }
    let store = stored(&telemetry);
    let mut seen = std::collections::BTreeSet::new();
    let mut uri = "/api/traces?limit=100".to_owned();
    let mut pages = 0;
    loop {
        let page = ok(&store, &uri);
        for row in page["traces"].as_array().unwrap() {
            assert!(seen.insert(row["trace_id"].to_string()), "twice: {row}");
        }
        pages += 1;
        match page["next"].as_str() {
            Some(next) => uri = format!("/api/traces?limit=100&before={next}"),
            None => break,
        }
    }
    assert_eq!((seen.len(), pages), (450, 5));
}

#[test]
fn web_vitals_are_rated_at_their_75th_percentile() {
    let vitals = ok(&stored(&shop::web_vitals(NOW)), "/api/vitals");
    let basket = &vitals["pages"][1];
    assert_eq!(basket["page"], "/basket");
    let lcp = &basket["vitals"]["lcp"];
    assert_eq!(lcp["count"], 20);
    assert_eq!(lcp["rating"], "poor");
    assert!(lcp["worst"][0]["value"].as_f64() >= lcp["p75"].as_f64());
}

#[test]
fn invalid_parameters_are_refused_with_the_reason() {
    let store = Store::in_memory().unwrap();
    for (uri, status, reason) in [
        (
            "/api/traces?min_ms=soon",
            400,
            "min_ms: \"soon\" is not a number of milliseconds",
        ),
        (
            "/api/traces?limit=0",
            400,
            "limit: \"0\" is not a number from 1 to 1000",
        ),
        (
            "/api/traces?before=yesterday",
            400,
            "before: \"yesterday\" is not a `next` of an earlier response",
        ),
        (
            "/api/traces?eror=1",
            400,
            "\"eror\" is not a parameter of \"traces\"; those are q, name, service, route, attribute, status, errors, min_ms, max_ms, since, until, limit, before",
        ),
        (
            "/api/errors?resolve=1",
            400,
            "\"resolve\" is not a parameter of \"errors\"; those are q, group, state, service, route, release, attribute, since, until, limit, before",
        ),
        (
            "/api/errors?min_ms=5",
            400,
            "\"min_ms\" is not a parameter of \"errors\": an error has no duration, and `traces` with `status` `error` has this filter; those are q, group, state, service, route, release, attribute, since, until, limit, before",
        ),
        (
            "/api/trace",
            400,
            "trace_id is missing: a trace id of 32 hexadecimal digits",
        ),
        (
            "/api/session",
            400,
            "session_id is missing: the value of `session.id`",
        ),
        (
            "/api/logs?trace_id=12",
            400,
            "trace_id: \"12\" is not a trace id of 32 hexadecimal digits",
        ),
        (
            "/api/traces/0af7651916cd43dd8448eb211c80319c",
            404,
            "no such trace in this store: it has not arrived, or was evicted to make room for newer ones",
        ),
    ] {
        let (found, json) = get(&store, uri);
        assert_eq!(
            (found.as_u16(), json["error"].as_str()),
            (status, Some(reason)),
            "{uri}"
        );
    }
}

#[test]
fn the_outcome_counts_of_the_edge_are_listed() {
    let telemetry = shop::edge_outcomes(NOW);
    let store = stored(&telemetry);
    // Cumulative: the newest state, not the sum.
    telemetry.append_to(&store).unwrap();
    let edge = &ok(&store, "/api/status")["edge"];
    let exported = edge
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["outcome"] == "exported" && row["signal"] == "traces");
    assert_eq!(exported.unwrap()["count"], 412);
}

#[test]
fn the_cumulative_counts_of_edges_and_backends_stand_beside_each_other() {
    let store = Store::in_memory().unwrap();
    for (instance, backend, temporality, count) in [
        ("a", "tempo", CUMULATIVE, 10),
        ("a", "archive", CUMULATIVE, 3),
        ("b", "tempo", CUMULATIVE, 5),
        // The newest of an edge takes the place of what it said before.
        ("a", "tempo", CUMULATIVE, 12),
        ("b", "tempo", CUMULATIVE, 7),
        // What comes as deltas is added, whoever counted it.
        ("c", "tempo", DELTA, 100),
        ("d", "tempo", DELTA, 200),
    ] {
        let attribute =
            |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
        let point = json!({
            "asInt": count.to_string(),
            "attributes": [
                attribute("throughline.signal", "traces"),
                attribute("throughline.backend", backend),
                attribute("throughline.outcome", "exported"),
            ],
        });
        let sum = json!({ "aggregationTemporality": temporality, "dataPoints": [point] });
        let metric = json!({ "name": "throughline.edge.records", "sum": sum });
        let resource = json!({ "attributes": [
            attribute("service.name", "throughline-edge"),
            attribute("service.instance.id", instance),
        ] });
        let scope_metrics = json!([{ "metrics": [metric] }]);
        let request = json!({
            "resourceMetrics": [{ "resource": resource, "scopeMetrics": scope_metrics }],
        });
        append(&store, Signal::Metrics, &request);
    }
    let edge = &ok(&store, "/api/status")["edge"];
    let expected = json!([
        { "signal": "traces", "outcome": "exported", "reason": "", "count": 12 + 3 + 7 + 300 },
    ]);
    assert_eq!(*edge, expected);
}

#[test]
fn an_exemplar_is_stored_once_and_evicted_with_its_trace() {
    let attribute =
        |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
    let exemplar = |value: f64, trace: u128, span: &str| {
        json!({
            "asDouble": value,
            "timeUnixNano": (NOW + value as u64).to_string(),
            "traceId": format!("{trace:032x}"),
            "spanId": span,
        })
    };
    let lcp = json!({
        "attributes": [attribute("http.route", "/products/{sku}")],
        "count": "3",
        "exemplars": [
            exemplar(2500.5, 7, "00000000000000aa"),
            exemplar(1200.0, 8, "00000000000000bb"),
            // Of no span.
            exemplar(1.0, 0, ""),
        ],
    });
    let request = json!({ "resourceMetrics": [{
        "resource": { "attributes": [attribute("service.name", "shop-web")] },
        "scopeMetrics": [{ "metrics": [
            { "name": "browser.web_vital.lcp", "histogram": { "dataPoints": [lcp] } },
            { "name": "other", "exponentialHistogram": { "dataPoints": [lcp] } },
            { "name": "third", "sum": { "dataPoints": [lcp] } },
        ] }],
    }] });
    let store = Store::in_memory().unwrap().with_bounds(Bounds {
        traces: Some(1),
        ..Bounds::IN_MEMORY
    });
    append(&store, Signal::Metrics, &request);
    append(&store, Signal::Metrics, &request);

    let found = ok(&store, "/api/exemplars?metric=browser.web_vital.lcp");
    let expected = |value: f64, trace_id: u128, span_id: &str| {
        json!({
            "metric": "browser.web_vital.lcp",
            "service": "shop-web",
            "attributes": { "http.route": "/products/{sku}" },
            "value": value,
            "time_unix_nano": (NOW + value as u64).to_string(),
            "trace_id": format!("{trace_id:032x}"),
            "span_id": span_id,
        })
    };
    assert_eq!(
        found["exemplars"],
        json!([
            expected(2500.5, 7, "00000000000000aa"),
            expected(1200.0, 8, "00000000000000bb"),
        ])
    );
    let count = |query: &str| ok(&store, query)["exemplars"].as_array().unwrap().len();
    assert_eq!(count("/api/exemplars"), 6);
    assert_eq!(count("/api/exemplars?service=shop-web&limit=1"), 1);
    assert_eq!(count("/api/exemplars?service=other"), 0);
    let until = NOW + 2_500;
    assert_eq!(count(&format!("/api/exemplars?until={until}")), 3);
    assert_eq!(count(&format!("/api/exemplars?since={until}")), 3);

    // A store of one trace: the next one evicts it, and its exemplars.
    for trace in [7, 9] {
        let log = json!({ "traceId": format!("{trace:032x}"), "timeUnixNano": NOW.to_string() });
        let request = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [log] }] }] });
        append(&store, Signal::Logs, &request);
    }
    assert_eq!(count("/api/exemplars?metric=browser.web_vital.lcp"), 1);
}

#[test]
fn hostile_text_stays_text() {
    let store = stored(&shop::hostile(NOW));
    let list = ok(&store, "/api/traces");
    let trace = ok(
        &store,
        &format!(
            "/api/traces/{}",
            list["traces"][0]["trace_id"].as_str().unwrap()
        ),
    );
    assert_eq!(trace["spans"].as_array().unwrap().len(), 4);
    assert_eq!(trace["spans"][0]["attributes"]["__proto__"], "polluted");
}

/// AGGREGATION_TEMPORALITY_DELTA
const DELTA: u32 = 1;
/// AGGREGATION_TEMPORALITY_CUMULATIVE
const CUMULATIVE: u32 = 2;
