//! Tests of the filters that all queries share.

use crate::{NOW, append_logs, append_spans, attribute, get, ok, span};
use http::StatusCode;
use serde_json::{Value as Json, json};
use throughline_viewer::Store;

const MS: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MS;

/// Three traces, a second apart: `/orders/{id}` with 200, the same with 503, `/basket` with 404.
fn shop() -> Store {
    let store = Store::in_memory().unwrap();
    for (nth, route, code, ms, status) in [
        (1, "/orders/{id}", 200, 5, json!({})),
        (2, "/orders/{id}", 503, 90, json!({"code": 2})),
        (3, "/basket", 404, 20, json!({})),
    ] {
        let start = NOW + nth * SECOND;
        let mut server = span(
            &id(nth),
            nth,
            0,
            &format!("GET {route}"),
            start,
            start + ms * MS,
        );
        server["status"] = status;
        server["attributes"] = json!([
            attribute("http.route", json!({"stringValue": route})),
            attribute("http.response.status_code", json!({"intValue": code})),
        ]);
        append_spans(&store, "shop", json!([server]));
        append_logs(
            &store,
            "shop",
            json!([{
                "timeUnixNano": start.to_string(), "traceId": id(nth), "severityNumber": 9,
                "body": {"stringValue": format!("Served {route}")},
                "attributes": [attribute("customer", json!({"intValue": nth}))],
            }]),
        );
    }
    store
}

fn id(nth: u64) -> String {
    format!("{nth:032x}")
}

/// The numbers of the traces that match, newest first.
fn numbers(store: &Store, path: &str, list: &str, parameters: &[(&str, &str)]) -> Vec<u64> {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    let result = ok(store, &format!("/api/{path}?{query}"));
    let rows = result[list].as_array().unwrap();
    let number = |row: &Json| u64::from_str_radix(row["trace_id"].as_str().unwrap(), 16).unwrap();
    rows.iter().map(number).collect()
}

#[test]
fn traces_are_filtered_by_each_parameter_and_by_all_of_them() {
    let store = shop();
    let [second, third] = [2, 3].map(|nth| (NOW + nth * SECOND).to_string());
    for (parameters, expected) in [
        (&[][..], &[3, 2, 1][..]),
        (&[("route", "/orders/{id}")], &[2, 1]),
        (&[("route", "/orders*")], &[2, 1]),
        (&[("name", "GET /basket")], &[3]),
        (&[("name", "GET")], &[]),
        (&[("status", "5xx")], &[2]),
        (&[("status", "404")], &[3]),
        (&[("status", "error")], &[2]),
        (&[("status", "ok")], &[3, 1]),
        (&[("attribute", "http.response.status_code>=404")], &[3, 2]),
        (
            &[
                ("attribute", "http.route=/orders*"),
                ("attribute", "http.response.status_code=200"),
            ],
            &[1],
        ),
        (&[("min_ms", "20")], &[3, 2]),
        (&[("max_ms", "20")], &[3, 1]),
        (&[("since", &second)], &[3, 2]),
        (&[("until", &third)], &[2, 1]),
        (&[("since", &second), ("until", &third)], &[2]),
        (&[("since", "1m")], &[]),
        (
            &[("route", "/orders*"), ("status", "5xx"), ("min_ms", "80")],
            &[2],
        ),
    ] {
        assert_eq!(
            numbers(&store, "traces", "traces", parameters),
            expected,
            "{parameters:?}"
        );
    }
    // A page of a range ends with the range.
    let page = ok(&store, &format!("/api/traces?since={second}&limit=1"));
    let next = page["next"].as_str().unwrap();
    let page = ok(
        &store,
        &format!("/api/traces?since={second}&limit=5&before={next}"),
    );
    assert_eq!(
        (page["traces"].as_array().unwrap().len(), &page["next"]),
        (1, &Json::Null)
    );
}

#[test]
fn log_records_are_filtered_by_words_attributes_and_time() {
    let store = shop();
    let second = (NOW + 2 * SECOND).to_string();
    for (parameters, expected) in [
        (&[("q", "served ORDERS")][..], &[2, 1][..]),
        (&[("q", "served nothing")], &[]),
        (&[("q", "served customer>1")], &[3, 2]),
        (&[("q", "\"served /basket\" service.name=shop")], &[3]),
        (&[("attribute", "customer>1")], &[3, 2]),
        (&[("attribute", "service.name=shop")], &[3, 2, 1]),
        (&[("since", &second), ("limit", "1")], &[3]),
        (&[("until", &second)], &[1]),
    ] {
        assert_eq!(
            numbers(&store, "logs", "logs", parameters),
            expected,
            "{parameters:?}"
        );
    }
    let (status, json) = get(&store, "/api/logs?q=%22open");
    assert_eq!(status, StatusCode::BAD_REQUEST, "{json}");
}

#[test]
fn log_records_are_filtered_by_route_and_status() {
    let store = Store::in_memory().unwrap();
    // A statement below a request, whose route is that of the record too.
    let start = NOW + SECOND;
    let mut server = span(&id(1), 1, 0, "GET", start, start + MS);
    server["attributes"] = json!([attribute(
        "http.route",
        json!({"stringValue": "/orders/{id}"})
    )]);
    let statement = span(&id(1), 2, 1, "SELECT", start, start + MS);
    append_spans(&store, "shop", json!([server, statement]));
    append_spans(
        &store,
        "other",
        json!([span(&id(1), 3, 2, "consume", start, start + MS)]),
    );
    let record = |nth: u64, span: u64, severity: u8, attributes: Json| {
        json!({
            "timeUnixNano": start.to_string(), "traceId": id(nth), "severityNumber": severity,
            "spanId": format!("{span:016x}"), "attributes": attributes,
        })
    };
    let code = |code: u16| attribute("http.response.status_code", json!({"intValue": code}));
    let page = |key, value| json!([attribute(key, json!({"stringValue": value}))]);
    append_logs(
        &store,
        "shop",
        json!([
            record(1, 2, 17, json!([code(503)])),
            record(2, 0, 9, page("throughline.document.url.template", "/cart")),
            record(
                3,
                0,
                13,
                page(
                    "browser.document.url.full",
                    "http://localhost:5173/cart?x=1#y"
                )
            ),
            record(4, 0, 21, json!([code(404)])),
        ]),
    );
    append_logs(&store, "other", json!([record(1, 3, 9, json!([]))]));
    let sorted = |parameters: &[(&str, &str)]| {
        let mut numbers = numbers(&store, "logs", "logs", parameters);
        numbers.sort_unstable();
        numbers
    };
    for (parameters, expected) in [
        // A span of another service has its own route, or none.
        (&[("route", "/orders/{id}")][..], &[1][..]),
        (&[("route", "/orders*")], &[1]),
        (&[("route", "/cart")], &[2, 3]),
        (&[("route", "/basket")], &[]),
        (&[("status", "error")], &[1, 4]),
        (&[("status", "ok")], &[1, 2, 3]),
        (&[("status", "5xx")], &[1]),
        (&[("status", "404")], &[4]),
        (&[("status", "error"), ("min_severity", "21")], &[4]),
        (&[("status", "error"), ("route", "/orders*")], &[1]),
    ] {
        assert_eq!(sorted(parameters), expected, "{parameters:?}");
    }
    let (status, json) = get(&store, "/api/logs?status=9xx");
    assert_eq!(status, StatusCode::BAD_REQUEST, "{json}");
}

#[test]
fn errors_are_filtered_by_route_release_and_attribute() {
    let store = Store::in_memory().unwrap();
    let start = NOW + SECOND;
    let mut server = span(&id(1), 1, 0, "GET", start, start + MS);
    server["attributes"] = json!([attribute(
        "http.route",
        json!({"stringValue": "/orders/{id}"})
    )]);
    // An exception of a span's event, as older SDKs record it.
    let mut statement = span(&id(1), 2, 1, "SELECT", start, start + MS);
    statement["attributes"] = json!([attribute(
        "db.system.name",
        json!({"stringValue": "sqlite"})
    )]);
    statement["events"] = json!([{"name": "exception", "timeUnixNano": start.to_string(),
        "attributes": [attribute("exception.type", json!({"stringValue": "Locked"}))]}]);
    append_spans(&store, "shop", json!([server, statement]));
    for (seconds, release, route, kind) in [
        (2, "1.0.0", "/cart", "TypeError"),
        (3, "1.1.0", "/cart", "TypeError"),
        (4, "1.1.0", "/pay", "TypeError"),
        (5, "1.1.0", "/pay", "RangeError"),
    ] {
        let text = |key: &str, value: &str| attribute(key, json!({"stringValue": value}));
        let resource = json!({"attributes": [
            text("service.name", "web"), text("service.version", release),
        ]});
        let record = json!({
            "timeUnixNano": (NOW + seconds * SECOND).to_string(), "eventName": "exception",
            "attributes": [
                text("exception.type", kind), text("throughline.document.url.template", route),
                attribute("seconds", json!({"intValue": seconds})),
            ],
        });
        crate::append(
            &store,
            throughline_otlp::Signal::Logs,
            &json!({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]}),
        );
    }
    let found = |parameters: &[(&str, &str)]| -> Vec<(String, u64)> {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        let result = ok(&store, &format!("/api/errors?{query}"));
        let groups = result["errors"].as_array().unwrap().iter();
        groups
            .map(|group| {
                let trend = group["trend"].as_array().unwrap().iter();
                let sum: u64 = trend.map(|count| count.as_u64().unwrap()).sum();
                assert_eq!(group["count"], sum, "the trend is of what matches");
                (group["type"].as_str().unwrap().to_owned(), sum)
            })
            .collect()
    };
    let counts = |counts: &[(&str, u64)]| -> Vec<(String, u64)> {
        let counts = counts.iter();
        counts
            .map(|(kind, count)| ((*kind).to_owned(), *count))
            .collect()
    };
    for (parameters, expected) in [
        (
            &[][..],
            &[("RangeError", 1), ("TypeError", 3), ("Locked", 1)][..],
        ),
        (&[("route", "/cart")], &[("TypeError", 2)]),
        (&[("route", "/orders/{id}")], &[("Locked", 1)]),
        (&[("route", "*a*")], &[("RangeError", 1), ("TypeError", 3)]),
        (
            &[("release", "1.1.0")],
            &[("RangeError", 1), ("TypeError", 2)],
        ),
        (
            &[("release", "1.*"), ("route", "/pay")],
            &[("RangeError", 1), ("TypeError", 1)],
        ),
        (
            &[("attribute", "seconds>3")],
            &[("RangeError", 1), ("TypeError", 1)],
        ),
        (&[("attribute", "db.system.name=sqlite")], &[("Locked", 1)]),
        (
            &[("attribute", "seconds>1"), ("limit", "1")],
            &[("RangeError", 1)],
        ),
        (&[("release", "2"), ("service", "web")], &[]),
        (&[("route", "/cart"), ("service", "shop")], &[]),
    ] {
        assert_eq!(found(parameters), counts(expected), "{parameters:?}");
    }
    // The newest that matches stands for the group.
    let group = &ok(&store, "/api/errors?route=/cart")["errors"][0];
    assert_eq!(group["latest"]["attributes"]["seconds"], 3);
    // The routes that it affects are values of the filter.
    let affected = &ok(&store, "/api/errors?q=locked")["errors"][0]["affected"];
    assert_eq!(affected["routes"][0]["route"], "/orders/{id}");
}

#[test]
fn web_vitals_are_filtered_by_attribute_rating_and_number() {
    let store = Store::in_memory().unwrap();
    for (page, name, value, device) in [
        ("/cart", "lcp", 1_000.0, "phone"),
        ("/cart", "cls", 0.5, "phone"),
        ("/pay", "lcp", 3_000.0, "desk"),
        ("/pay/{id}", "lcp", 9_000.0, "phone"),
    ] {
        let text = |key: &str, value: &str| attribute(key, json!({"stringValue": value}));
        append_logs(
            &store,
            "web",
            json!([{"timeUnixNano": NOW.to_string(), "eventName": "browser.web_vital", "attributes": [
                text("browser.web_vital.name", name), text("url.template", page), text("device", device),
                attribute("browser.web_vital.value", json!({"doubleValue": value})),
            ]}]),
        );
    }
    let found = |query: &str| -> Vec<String> {
        let result = ok(&store, &format!("/api/vitals?{query}"));
        let pages = result["pages"].as_array().unwrap().iter();
        pages
            .map(|page| {
                let vitals = page["vitals"].as_object().unwrap().keys();
                let vitals: Vec<_> = vitals.map(String::as_str).collect();
                format!("{} {}", page["page"].as_str().unwrap(), vitals.join("+"))
            })
            .collect()
    };
    for (query, expected) in [
        ("", &["/cart cls+lcp", "/pay lcp", "/pay/{id} lcp"][..]),
        ("status=good", &["/cart lcp"]),
        ("status=needs-improvement", &["/pay lcp"]),
        ("status=poor", &["/cart cls", "/pay/{id} lcp"]),
        ("status=poor&limit=1", &["/cart cls"]),
        ("limit=2", &["/cart cls+lcp", "/pay lcp"]),
        ("attribute=device=desk", &["/pay lcp"]),
        (
            "attribute=service.name=web&attribute=browser.web_vital.value>5000",
            &["/pay/{id} lcp"],
        ),
        ("route=/pay*", &["/pay lcp", "/pay/{id} lcp"]),
        ("route=/pay", &["/pay lcp"]),
        ("status=poor&route=/pay", &[]),
    ] {
        let query = query
            .replace('{', "%7B")
            .replace('}', "%7D")
            .replace('>', "%3E");
        assert_eq!(found(&query), expected, "{query}");
    }
    let (status, json) = get(&store, "/api/vitals?status=5xx");
    assert_eq!(status, StatusCode::BAD_REQUEST, "{json}");
}

#[test]
fn what_is_no_filter_is_refused_with_its_form() {
    let store = shop();
    for (query, expected) in [
        (
            "status=fine",
            "status: \"fine\" is not `error`, `ok`, a status code",
        ),
        (
            "status=9xx",
            "status: \"9xx\" is not `error`, `ok`, a status code of HTTP from `100`",
        ),
        ("status=0xx", "status: \"0xx\" is not"),
        ("status=99", "status: \"99\" is not"),
        ("status=600", "status: \"600\" is not"),
        (
            "attribute=http.route",
            "attribute: \"http.route\" is not `key=value`",
        ),
        ("since=yesterday", "since: \"yesterday\" is not RFC 3339"),
        ("max_ms=long", "max_ms: \"long\" is not a number"),
        ("routes=x", "\"routes\" is not a parameter"),
    ] {
        let (status, json) = get(&store, &format!("/api/traces?{query}"));
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        let message = json["error"].as_str().unwrap();
        assert!(message.starts_with(expected), "{message}");
    }
}
