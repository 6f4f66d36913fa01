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
fn what_is_no_filter_is_refused_with_its_form() {
    let store = shop();
    for (query, expected) in [
        (
            "status=fine",
            "status: \"fine\" is not `error`, `ok`, a status code",
        ),
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
