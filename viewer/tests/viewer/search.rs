//! Tests of the search.

use crate::{NOW, TRACE, append_logs, append_spans, attribute, get, rows, span};
use serde_json::json;
use throughline_viewer::Store;

fn found(store: &Store, search: &str) -> usize {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("q", search)
        .finish();
    rows(store, &query).len()
}

#[test]
fn capitals_of_any_alphabet_are_found() {
    let store = Store::in_memory().unwrap();
    append_spans(
        &store,
        "Änderungsdienst",
        json!([span(TRACE, 1, 0, "Übersicht ÖFFNEN", NOW, NOW + 1)]),
    );
    for word in [
        "Übersicht",
        "übersicht",
        "BERSICHT",
        "öffnen",
        "ÖFFNEN",
        "Änderungsdienst",
        "ÄNDERUNGS",
    ] {
        assert_eq!(found(&store, word), 1, "{word}");
    }
}

#[test]
fn ids_exceptions_and_log_messages_are_found_by_words() {
    let store = Store::in_memory().unwrap();
    append_spans(
        &store,
        "shop",
        json!([span(TRACE, 0xabcd_ef01_2345_6789, 0, "n", NOW, NOW + 1)]),
    );
    append_logs(
        &store,
        "shop",
        json!([
            {"traceId": TRACE, "timeUnixNano": NOW.to_string(), "body": {"stringValue": "Basket is EMPTY"}},
            {
                "traceId": TRACE,
                "timeUnixNano": NOW.to_string(),
                "eventName": "exception",
                "attributes": [
                    attribute("exception.type", json!({"stringValue": "RangeError"})),
                    attribute("exception.message", json!({"stringValue": "Invalid array length"})),
                ],
            },
        ]),
    );
    for word in [
        "0101",
        "01010101",
        &TRACE[..31],
        TRACE,
        "abcd",
        "ABCDEF01",
        "abcdef0123456789",
        "empty",
        "rangeerror",
        "\"invalid array\"",
    ] {
        assert_eq!(found(&store, word), 1, "{word}");
    }
    for word in ["010", "1010a", "bcde", "full"] {
        assert_eq!(found(&store, word), 0, "{word}");
    }
}

#[test]
fn numbers_are_compared() {
    let store = Store::in_memory().unwrap();
    for (trace, code) in ["01", "02", "03"].into_iter().zip([200, 404, 500]) {
        let mut span = span(&trace.repeat(16), 1, 0, "GET", NOW, NOW + 1);
        span["attributes"] = json!([attribute("code", json!({"intValue": code}))]);
        append_spans(&store, "shop", json!([span]));
    }
    for (search, count) in [
        ("code>=400", 2),
        ("code>404", 1),
        ("code<404", 1),
        ("code<=404.5", 2),
        ("code>1e9", 0),
    ] {
        assert_eq!(found(&store, search), count, "{search}");
    }
}

#[test]
fn a_search_that_cannot_be_read_is_refused_with_the_place() {
    let store = Store::in_memory().unwrap();
    for (search, reason) in [
        ("q=buy%20%22x", "q: the quote at character 5 is not closed"),
        (
            "q=code%3Ex",
            "q: > at character 5 compares with a number, and \"x\" is none",
        ),
    ] {
        let (status, result) = get(&store, &format!("/api/traces?{search}"));
        assert_eq!(status, 400);
        assert!(
            result["error"].as_str().unwrap().contains(reason),
            "{result}"
        );
    }
}

#[test]
fn attributes_of_events_links_scopes_and_log_resources_are_found() {
    let store = Store::in_memory().unwrap();
    let value = || json!([attribute("where", json!({"stringValue": "here"}))]);
    for place in ["events", "links"] {
        let mut span = span(TRACE, 1, 0, "n", NOW, NOW + 1);
        span[place] = json!([{
            "name": "e", "traceId": "02".repeat(16), "spanId": "0000000000000002", "attributes": value(),
        }]);
        if place == "events" {
            span["events"][0]
                .as_object_mut()
                .unwrap()
                .retain(|key, _| key == "name" || key == "attributes");
        } else {
            span["links"][0].as_object_mut().unwrap().remove("name");
        }
        let store = Store::in_memory().unwrap();
        append_spans(&store, "shop", json!([span]));
        assert_eq!(found(&store, "where=here"), 1, "{place}");
    }
    append_spans(
        &store,
        "shop",
        json!([span(TRACE, 1, 0, "n", NOW, NOW + 1)]),
    );
    append_logs(
        &store,
        "logger",
        json!([{"traceId": TRACE, "timeUnixNano": NOW.to_string()}]),
    );
    assert_eq!(found(&store, "service.name=logger"), 1);
}
