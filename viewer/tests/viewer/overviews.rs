//! Tests of the queries that add telemetry up.

use crate::cli::run;
use crate::shop::{Purchase, purchase};
use crate::{NOW, append, append_logs, append_spans, attribute, get, named, ok, span, stored};
use http::StatusCode;
use serde_json::{Value as Json, json};
use throughline_otlp::Signal;
use throughline_viewer::Store;

const MS: u64 = 1_000_000;

fn id(nth: u64) -> String {
    format!("{nth:032x}")
}

/// A hundred requests of one route, a second apart: they last 1, 2, 3 … 100 ms, and each tenth
/// fails.
fn requests() -> Store {
    let store = Store::in_memory().unwrap();
    for nth in 1..=100 {
        let start = NOW + nth * 1_000 * MS;
        let mut server = span(&id(nth), nth, 0, "GET /items/{id}", start, start + nth * MS);
        server["kind"] = json!(2);
        server["attributes"] = json!([
            attribute("http.request.method", json!({"stringValue": "GET"})),
            attribute("http.route", json!({"stringValue": "/items/{id}"})),
            attribute(
                "session.id",
                json!({"stringValue": format!("visit-{}", nth % 3)})
            ),
        ]);
        if nth % 10 == 0 {
            server["status"] = json!({"code": 2});
        }
        append_spans(&store, "shop", json!([server]));
    }
    store
}

#[test]
fn routes_have_rate_errors_and_percentiles() {
    let result = ok(&requests(), "/api/routes");
    let route = &result["routes"][0];
    assert_eq!(route["service"], "shop");
    assert_eq!(route["route"], "GET /items/{id}");
    assert_eq!(
        (&route["count"], &route["errors"]),
        (&json!(100), &json!(10))
    );
    // The hundred began within 99 seconds.
    assert!((route["per_second"].as_f64().unwrap() - 100.0 / 99.0).abs() < 1e-9);
    assert_eq!(
        [&route["p50_ms"], &route["p95_ms"], &route["p99_ms"]],
        [&json!(50.0), &json!(95.0), &json!(99.0)]
    );
    assert_eq!(route["slowest"]["trace_id"], id(100));
    assert_eq!(
        (&result["whole"], &result["spans"]),
        (&json!(true), &json!(100))
    );
    let since = NOW + 91 * 1_000 * MS;
    let result = ok(
        &requests(),
        &format!("/api/routes?since={since}&service=shop"),
    );
    assert_eq!(result["routes"][0]["count"], 10);
    let result = ok(&requests(), "/api/routes?service=other");
    assert_eq!(result["routes"], json!([]));
}

#[test]
fn routes_have_a_trend_of_requests_and_errors() {
    let result = ok(&requests(), "/api/routes");
    let route = &result["routes"][0];
    let counts = |key: &str| -> Vec<u64> {
        let counts = route[key].as_array().unwrap().iter();
        counts.map(|count| count.as_u64().unwrap()).collect()
    };
    let (all, failed) = (counts("trend"), counts("error_trend"));
    assert_eq!(result["trend"]["columns"], all.len());
    assert_eq!(all.iter().sum::<u64>(), 100);
    assert_eq!(failed.iter().sum::<u64>(), 10);
    assert!(all.iter().all(|count| *count > 0), "{all:?}");
    assert!(all.iter().zip(&failed).all(|(all, failed)| failed <= all));
}

#[test]
fn pages_have_routes_without_a_traced_server() {
    let store = Store::in_memory().unwrap();
    let mut load = span(&id(1), 1, 0, "documentLoad", NOW, NOW + 900 * MS);
    load["attributes"] = json!([attribute(
        "browser.document.url.full",
        json!({"stringValue": "https://shop.example/cart?id=7"})
    )]);
    let mut moved = span(&id(1), 2, 0, "navigation /orders/{id}", NOW, NOW + 5 * MS);
    moved["attributes"] = json!([
        attribute("browser.navigation.type", json!({"stringValue": "push"})),
        attribute("url.template", json!({"stringValue": "/orders/{id}"})),
    ]);
    let mut request = span(&id(1), 3, 1, "GET", NOW, NOW + 50 * MS);
    request["kind"] = json!(3);
    request["status"] = json!({"code": 2});
    request["attributes"] = json!([
        attribute("http.request.method", json!({"stringValue": "GET"})),
        attribute("url.template", json!({"stringValue": "/api/cart/{id}"})),
    ]);
    let spans = json!([load, moved, request]);
    let resource = json!({"attributes": [
        attribute("service.name", json!({"stringValue": "shop-web"})),
        attribute("telemetry.sdk.language", json!({"stringValue": "webjs"})),
    ]});
    append(
        &store,
        Signal::Traces,
        &json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}),
    );
    // The same spans of a service are no routes: its requests are counted where they are received.
    append_spans(&store, "orders", spans);
    let routes = ok(&store, "/api/routes")["routes"].clone();
    let mut found: Vec<_> = (routes.as_array().unwrap().iter())
        .map(|route| {
            (
                &route["kind"],
                &route["route"],
                &route["service"],
                &route["errors"],
            )
        })
        .map(|row| json!(row).to_string())
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            r#"["client","GET /api/cart/{id}","shop-web",1]"#,
            r#"["load","/cart","shop-web",0]"#,
            r#"["navigation","/orders/{id}","shop-web",0]"#,
        ]
    );
    let map = ok(&store, "/api/durations?operation=GET%20/api/cart/%7Bid%7D");
    assert_eq!(map["spans"], 1);
    let none = run(&store, &["routes", "--service", "orders"]).unwrap_err();
    assert_eq!(none, "no requests, messages and page loads among 6 spans");
}

#[test]
fn each_trace_is_in_one_cell_of_the_heat_map() {
    let store = requests();
    let result = ok(&store, "/api/durations");
    let cells = result["cells"].as_array().unwrap();
    let sum = |key: &str| -> u64 { cells.iter().map(|cell| cell[key].as_u64().unwrap()).sum() };
    assert_eq!((sum("count"), sum("errors")), (100, 10));
    for cell in cells {
        let row = &result["rows"][cell["row"].as_u64().unwrap() as usize];
        let column = cell["column"].as_u64().unwrap();
        assert!(column < result["columns"].as_u64().unwrap());
        // A cell is a filter of the list: a click shows its traces.
        let start: u64 = result["start_unix_nano"].as_str().unwrap().parse().unwrap();
        let width: u64 = result["column_nano"].as_str().unwrap().parse().unwrap();
        let (since, until) = (start + column * width, start + (column + 1) * width);
        let listed = ok(
            &store,
            &format!(
                "/api/traces?since={since}&until={until}&min_ms={}&limit=1000",
                row["min_ms"]
            ),
        );
        let is_in = |trace: &&Json| {
            let time = |key: &str| trace[key].as_str().unwrap().parse::<u64>().unwrap();
            let ms = (time("end_unix_nano") - time("start_unix_nano")) as f64 / 1e6;
            row["max_ms"].as_f64().is_none_or(|max| ms < max)
        };
        let listed = listed["traces"]
            .as_array()
            .unwrap()
            .iter()
            .filter(is_in)
            .count();
        assert_eq!(cell["count"], listed, "{cell}");
    }
    assert_eq!(ok(&store, "/api/durations?status=error")["traces"], 10);
    assert_eq!(
        ok(&Store::in_memory().unwrap(), "/api/durations")["cells"],
        json!([])
    );
}

#[test]
fn the_heat_map_of_an_operation_counts_its_spans() {
    let store = requests();
    // Each request has two statements of 2 ms below it, and its caller a span with the route's name.
    for nth in 1..=100 {
        let start = NOW + nth * 1_000 * MS;
        let mut client = span(
            &id(nth),
            nth + 1_000,
            0,
            "GET /items/{id}",
            start,
            start + MS,
        );
        client["kind"] = json!(3);
        let statement = |at| span(&id(nth), at, nth, "SELECT items", start, start + 2 * MS);
        append_spans(
            &store,
            "shop",
            json!([statement(nth + 2_000), statement(nth + 3_000)]),
        );
        append_spans(&store, "web", json!([client]));
    }
    let counts = |query: &str| {
        let result = ok(&store, &format!("/api/durations?{query}"));
        let cells = result["cells"].as_array().unwrap().clone();
        let sum = |key: &str| -> u64 { cells.iter().map(|cell| cell[key].as_u64().unwrap()).sum() };
        let rows: std::collections::BTreeSet<_> = (cells.iter())
            .map(|cell| cell["row"].as_u64().unwrap())
            .collect();
        assert_eq!(result["whole"], true);
        assert_eq!(result["spans"], sum("count"), "{query}");
        (sum("count"), sum("errors"), rows.len(), cells)
    };
    // As many as `routes` has of it, and not the caller's.
    let (count, errors, rows, cells) = counts("operation=GET%20/items/%7Bid%7D");
    assert_eq!((count, errors, rows), (100, 10, 5));
    for cell in &cells {
        let slowest = &cell["slowest"];
        let trace = ok(
            &store,
            &format!("/api/traces/{}", slowest["trace_id"].as_str().unwrap()),
        );
        let span = named(&trace, "shop", "GET /items/{id}");
        assert_eq!(span["span_id"], slowest["span_id"]);
        let time = |key: &str| span[key].as_str().unwrap().parse::<u64>().unwrap();
        let ms = (time("end_unix_nano") - time("start_unix_nano")) as f64 / 1e6;
        assert_eq!(slowest["ms"], ms);
    }
    let (count, errors, rows, _) = counts("operation=SELECT%20items");
    assert_eq!((count, errors, rows), (200, 0, 1));
    assert_eq!(counts("operation=SELECT%20items&status=error").0, 20);
    assert_eq!(counts("operation=SELECT%20items&service=web").0, 0);
    assert_eq!(counts("operation=GET%20/items/%7Bid%7D&service=web").0, 100);
}

/// An exception in no stored span is an error of its trace in each of them.
#[test]
fn an_error_is_one_in_all_queries() {
    let store = Store::in_memory().unwrap();
    let mut page = span(&id(1), 1, 0, "click", NOW, NOW + MS);
    page["attributes"] = json!([attribute("session.id", json!({"stringValue": "visit"}))]);
    append_spans(&store, "web", json!([page]));
    let exception = |trace: u64, handled: bool| {
        json!({"timeUnixNano": NOW.to_string(), "traceId": id(trace), "spanId": "00000000000000aa",
        "attributes": [
            attribute("exception.type", json!({"stringValue": "TypeError"})),
            attribute("exception.message", json!({"stringValue": "no basket"})),
            attribute("throughline.exception.handled", json!({"boolValue": handled})),
        ]})
    };
    append_logs(&store, "web", json!([exception(1, false)]));
    assert_eq!(
        ok(&store, "/api/traces?status=error")["traces"][0]["errors"],
        1
    );
    assert_eq!(ok(&store, "/api/durations")["cells"][0]["errors"], 1);
    assert_eq!(
        ok(&store, "/api/sessions")["sessions"][0]["failed_traces"],
        1
    );
    assert_eq!(
        ok(&store, "/api/session?session_id=visit")["traces"][0]["errors"],
        1
    );
}

#[test]
fn the_service_map_has_services_databases_and_queues_with_their_calls() {
    let store = stored(&purchase(NOW, 1, Purchase::Succeeds));
    let map = ok(&store, "/api/services");
    let call = |from: &str, to: &str| {
        let calls = map["calls"].as_array().unwrap();
        calls
            .iter()
            .find(|call| call["from"]["name"] == from && call["to"]["name"] == to)
            .unwrap_or_else(|| panic!("no call from {from} to {to}: {map:#}"))
    };
    assert_eq!(call("shop-edge", "orders-api")["count"], 1);
    call("orders-api", "pricing-api");
    call("pricing-api", "price-events");
    call("price-events", "pricing-worker");
    let kinds: Vec<_> = map["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| &node["kind"])
        .collect();
    for kind in ["service", "database", "messaging"] {
        assert!(kinds.contains(&&json!(kind)), "{kind}: {map:#}");
    }
    // No call is one of a service to itself.
    for call in map["calls"].as_array().unwrap() {
        assert_ne!(call["from"], call["to"]);
    }
    let only = ok(&store, "/api/services?service=pricing-worker");
    assert!(only["nodes"].as_array().unwrap().len() < map["nodes"].as_array().unwrap().len());
}

#[test]
fn a_session_has_all_its_traces_on_one_axis() {
    let store = requests();
    let list = ok(&store, "/api/sessions");
    let ids: Vec<_> = list["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["session_id"])
        .collect();
    // The newest first: the hundredth request is of the visit 1.
    assert_eq!(ids, ["visit-1", "visit-0", "visit-2"]);
    assert_eq!(list["sessions"][0]["traces"], 34);
    let session = ok(&store, "/api/session?session_id=visit-1");
    let traces = session["traces"].as_array().unwrap();
    let starts: Vec<_> = traces
        .iter()
        .map(|trace| trace["start_unix_nano"].to_string())
        .collect();
    assert_eq!(traces.len(), 34);
    assert!(starts.is_sorted());
    let (status, _) = get(&store, "/api/session?session_id=nobody");
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[test]
fn keys_and_values_are_completed() {
    let store = requests();
    let texts = |path: &str, list: &str| -> Vec<String> {
        let result = ok(&store, path);
        let rows = result[list].as_array().unwrap().iter();
        rows.map(|row| row["text"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        texts("/api/attributes?start=http.r", "keys"),
        ["http.request.method", "http.route"]
    );
    assert_eq!(
        texts("/api/attributes?key=session.id&start=visit", "values"),
        ["visit-1", "visit-0", "visit-2"]
    );
    let result = ok(&store, "/api/attributes?key=http.route");
    assert_eq!(
        result["values"],
        json!([{"text": "/items/{id}", "traces": 100, "logs": 0}])
    );
    assert_eq!(texts("/api/attributes?key=nothing", "values"), [""; 0]);
}
