//! Tests of the groups of errors.

use crate::cli::run;
use crate::{NOW, append, attribute, ok};
use serde_json::{Value as Json, json};
use throughline_otlp::Signal;
use throughline_viewer::Store;

/// An exception of a release, at a time.
fn throw(store: &Store, release: &str, at: u64, attributes: &[(&str, &str)]) {
    let attributes: Vec<_> = (attributes.iter())
        .map(|(key, value)| attribute(key, json!({"stringValue": value})))
        .collect();
    let resource = json!({"attributes": [
        attribute("service.name", json!({"stringValue": "shop-web"})),
        attribute("service.version", json!({"stringValue": release})),
    ]});
    let log =
        json!({"timeUnixNano": at.to_string(), "eventName": "exception", "attributes": attributes});
    append(
        store,
        Signal::Logs,
        &json!({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [log]}]}]}),
    );
}

fn groups(store: &Store) -> Vec<Json> {
    let errors = ok(store, "/api/errors");
    errors["errors"].as_array().unwrap().clone()
}

#[test]
fn one_fault_in_two_minified_builds_is_one_group() {
    let store = Store::in_memory().unwrap();
    for (release, at, order, hash, function, place) in [
        ("1.0.0", 1, "4711", "B3xk2q", "e", "1:1841"),
        ("1.1.0", 2, "4712", "Zp0a1c", "nt", "1:2210"),
    ] {
        let stack = format!(
            "TypeError: no price of {order}\n    at {function} (https://shop.example/assets/cart-{hash}.js:{place})"
        );
        throw(
            &store,
            release,
            NOW + at,
            &[
                ("exception.type", "TypeError"),
                ("exception.message", &format!("no price of {order}")),
                ("exception.stacktrace", &stack),
                ("session.id", &format!("visit-{at}")),
                ("throughline.document.url.template", "/orders/{id}"),
            ],
        );
    }
    let groups = groups(&store);
    assert_eq!(groups.len(), 1, "{groups:#?}");
    let group = &groups[0];
    assert_eq!(
        (&group["count"], &group["state"]),
        (&json!(2), &json!("open"))
    );
    let list = run(&store, &["errors"]).unwrap();
    let (_, reach) = list.split_once('\n').unwrap();
    assert_eq!(
        reach,
        "    first 2025-10-09T08:53:20.000Z · releases 1.0.0, 1.1.0 · 2 sessions · /orders/{id} 2×\n"
    );
    // The newest one stands for the group.
    assert_eq!(group["message"], "no price of 4712");
    assert_eq!(group["releases"], json!(["1.0.0", "1.1.0"]));
    assert_eq!(
        group["affected"],
        json!({"sessions": 2, "routes": [{"route": "/orders/{id}", "count": 2}]})
    );
}

#[test]
fn one_error_alone_has_its_stack_what_came_before_and_what_it_affects() {
    let store = Store::in_memory().unwrap();
    let breadcrumbs = json!([
        {"time": NOW / 1_000_000 - 1_500, "category": "click", "message": "button#pay\u{1b}[2J"},
    ]);
    throw(
        &store,
        "1.0.0",
        NOW,
        &[
            ("exception.type", "TypeError"),
            ("exception.message", "no price"),
            (
                "exception.stacktrace",
                "TypeError: no price\n    at price (https://shop.example/a.js:1:20)\n    at https://shop.example/a.js:7:3",
            ),
            ("session.id", "visit-1"),
            ("throughline.document.url.template", "/orders/{id}"),
            (
                "throughline.exception.breadcrumbs",
                &breadcrumbs.to_string(),
            ),
        ],
    );
    throw(&store, "1.0.0", NOW, &[("exception.type", "Other")]);
    let groups = groups(&store);
    let group = groups
        .iter()
        .find(|group| group["type"] == "TypeError")
        .unwrap();
    let id = group["id"].as_str().unwrap();
    let whole = run(&store, &["errors", "--group", id]).unwrap();
    for part in [
        "TypeError: no price\n",
        "state     open",
        "releases  1.0.0",
        "sessions  1, the newest visit-1",
        "routes:\n    /orders/{id}  1×",
        "stack of the newest:\n",
        "price  https://shop.example/a.js:1:20",
        "https://shop.example/a.js:7:3",
        "before it:\n    -1500 ms  click  button#pay [2J",
    ] {
        assert!(whole.contains(part), "{part}: {whole}");
    }
    assert!(
        !whole.contains("Other") && !whole.contains('\u{1b}'),
        "{whole}"
    );
}

#[test]
fn a_group_that_came_with_the_newest_release_is_new() {
    let store = Store::in_memory().unwrap();
    let fault = |kind| [("exception.type", kind), ("exception.message", "m")];
    throw(&store, "1.0.0", NOW, &fault("RangeError"));
    assert_eq!(groups(&store)[0]["state"], "open", "the only release");
    throw(&store, "1.1.0", NOW + 1, &fault("TypeError"));
    throw(&store, "1.1.0", NOW + 2, &fault("RangeError"));
    let new: Vec<_> = (groups(&store).iter())
        .map(|group| (group["type"].to_string(), group["state"] == "new"))
        .collect();
    assert_eq!(
        new,
        [
            ("\"RangeError\"".to_owned(), false),
            ("\"TypeError\"".to_owned(), true)
        ]
    );
}

#[test]
fn messages_with_other_numbers_are_one_group_and_other_faults_are_not() {
    let store = Store::in_memory().unwrap();
    for (at, message) in ["order 1 is gone", "order 22 is gone", "basket 1 is gone"]
        .iter()
        .enumerate()
    {
        let attributes = [("exception.type", "Error"), ("exception.message", *message)];
        throw(&store, "1", NOW + at as u64, &attributes);
    }
    let counts: Vec<_> = groups(&store)
        .iter()
        .map(|group| group["count"].clone())
        .collect();
    assert_eq!(counts, [json!(1), json!(2)]);
}
