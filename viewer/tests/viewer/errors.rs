//! Tests of the groups of errors: filters, counts over time, releases, and their ids.

use crate::{NOW, append, attribute, get, ok};
use http::StatusCode;
use serde_json::{Value as Json, json};
use throughline_otlp::Signal;
use throughline_viewer::Store;

const MINUTE: u64 = 60_000_000_000;

/// `offline` in releases 1.0 and 1.1 of `web`, ten minutes apart, and `deadlock` in `orders`.
fn store() -> Store {
    let store = Store::in_memory().unwrap();
    for (service, version, message, minute) in [
        ("web", "1.0", "offline", 0),
        ("web", "1.0", "offline", 1),
        ("web", "1.1", "offline", 10),
        ("orders", "", "deadlock", 5),
    ] {
        let text = |text: &str| json!({"stringValue": text});
        append(
            &store,
            Signal::Logs,
            &json!({"resourceLogs": [{
                "resource": {"attributes": [
                    attribute("service.name", text(service)),
                    attribute("service.version", text(version)),
                ]},
                "scopeLogs": [{"logRecords": [{
                    "timeUnixNano": at(minute),
                    "attributes": [
                        attribute("exception.type", text("Error")),
                        attribute("exception.message", text(message)),
                    ],
                }]}],
            }]}),
        );
    }
    store
}

fn at(minute: u64) -> String {
    (NOW + minute * MINUTE).to_string()
}

fn errors(store: &Store, query: &str) -> Vec<Json> {
    let result = ok(store, &format!("/api/errors?{query}"));
    result["errors"].as_array().unwrap().clone()
}

fn messages(store: &Store, query: &str) -> Vec<String> {
    let message = |error: &Json| error["message"].as_str().unwrap().to_owned();
    errors(store, query).iter().map(message).collect()
}

#[test]
fn errors_are_filtered_by_words_service_and_time() {
    let store = store();
    for (query, expected) in [
        ("", &["offline", "deadlock"][..]),
        ("q=DEAD+err", &["deadlock"]),
        ("q=dead+offline", &[]),
        ("q=offline&service=orders", &[]),
        ("service=orders", &["deadlock"]),
        (&format!("until={}", at(5)), &["offline"]),
        ("limit=1&q=deadlock", &["deadlock"]),
    ] {
        assert_eq!(messages(&store, query), expected, "{query}");
    }
}

#[test]
fn an_id_finds_its_group_in_every_store() {
    let [first, second] = [store(), store()];
    for error in errors(&first, "") {
        let id = error["id"].as_str().unwrap();
        let found = errors(&second, &format!("group={id}"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["message"], error["message"]);
    }
    assert_eq!(errors(&first, "group=0123456789abcdef"), [] as [Json; 0]);
    let (status, _) = get(&first, "/api/errors?groups=1");
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[test]
fn a_fingerprint_that_a_record_has_is_its_group() {
    let store = Store::in_memory().unwrap();
    for (message, fingerprint) in [
        ("offline", "a433998066784552"),
        ("no network", "a433998066784552"),
        ("payment refused", "checkout"),
        ("card expired", "checkout"),
    ] {
        let text = |text: &str| json!({"stringValue": text});
        append(
            &store,
            Signal::Logs,
            &json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [{
                "timeUnixNano": at(0),
                "attributes": [
                    attribute("exception.message", text(message)),
                    attribute("throughline.exception.fingerprint", text(fingerprint)),
                ],
            }]}]}]}),
        );
    }
    let errors = errors(&store, "");
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors.iter().all(|error| error["count"] == 2), "{errors:?}");
    assert!(errors.iter().any(|error| error["id"] == "a433998066784552"));
}

#[test]
fn releases_are_in_the_order_in_which_they_threw_it() {
    let store = store();
    assert_eq!(
        errors(&store, "q=offline")[0]["releases"],
        json!(["1.0", "1.1"])
    );
    assert_eq!(errors(&store, "q=deadlock")[0]["releases"], json!([]));
}

#[test]
fn counts_over_time_have_the_columns_of_the_range() {
    let store = store();
    let range = format!("since={}&until={}", at(0), at(24));
    let result = ok(&store, &format!("/api/errors?{range}"));
    assert_eq!(result["trend"]["start_unix_nano"], at(0));
    let trend = |query: &str| {
        let counts = errors(&store, query)[0]["trend"].clone();
        let counts: Vec<u64> = serde_json::from_value(counts).unwrap();
        assert_eq!(counts.len(), 24);
        let filled = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        filled
            .map(|(column, count)| (column, *count))
            .collect::<Vec<_>>()
    };
    assert_eq!(trend(&format!("{range}&q=offline")), [(0, 2), (9, 1)]);
    assert_eq!(trend(&format!("{range}&q=deadlock")), [(4, 1)]);
    assert_eq!(trend("q=offline"), [(0, 1), (2, 1), (23, 1)]);
    // With a beginning alone the columns reach to now, which is long after.
    assert_eq!(trend(&format!("q=offline&since={}", at(0))), [(0, 3)]);
    // First seen is when it was first seen at all, not in the range.
    let late = &errors(&store, &format!("since={}", at(2)))[0];
    assert_eq!(
        (&late["first_seen_unix_nano"], &late["count"]),
        (&at(0).into(), &json!(1))
    );
}
