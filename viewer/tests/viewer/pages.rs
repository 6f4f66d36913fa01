//! Tests of long lists: each goes on behind what it shows, on the command line too.

use crate::cli::run;
use crate::{NOW, append_logs, append_spans, attribute, ok, span};
use serde_json::{Value as Json, json};
use throughline_viewer::Store;

/// 25 log records, errors and sessions.
fn long_lists() -> Store {
    let store = Store::in_memory().unwrap();
    for nth in 0..25_u64 {
        // Times repeat, as those of one batch do.
        let time = (NOW + nth / 4).to_string();
        append_logs(
            &store,
            "shop",
            json!([{
                "timeUnixNano": time, "body": {"stringValue": format!("record {nth}")},
                "attributes": [
                    attribute("exception.type", json!({"stringValue": format!("Fault{nth}")})),
                    attribute("exception.message", json!({"stringValue": "broken"})),
                ],
            }]),
        );
        let mut visit = span(
            &format!("{:032x}", nth + 1),
            1,
            0,
            "load",
            NOW + nth,
            NOW + nth,
        );
        let session = json!({"stringValue": format!("visit-{nth}")});
        visit["attributes"] = json!([attribute("session.id", session)]);
        append_spans(&store, "web", json!([visit]));
    }
    store
}

#[test]
fn each_list_goes_on_where_it_ended() {
    let store = long_lists();
    for (query, list, key) in [
        ("logs", "logs", "body"),
        ("errors", "errors", "id"),
        ("sessions", "sessions", "session_id"),
    ] {
        let whole = ok(&store, &format!("/api/{query}?limit=100"));
        assert_eq!(whole["next"], Json::Null, "{query}");
        let keys = |page: &Json| -> Vec<Json> {
            let rows = page[list].as_array().unwrap().iter();
            rows.map(|row| row[key].clone()).collect()
        };
        assert_eq!(keys(&whole).len(), 25, "{query}");
        let mut pages = Vec::new();
        let mut before = String::new();
        loop {
            let page = ok(&store, &format!("/api/{query}?limit=10&before={before}"));
            pages.push(keys(&page));
            match page["next"].as_str() {
                Some(next) => before = next.to_owned(),
                None => break,
            }
        }
        let lengths: Vec<usize> = pages.iter().map(Vec::len).collect();
        assert_eq!(lengths, [10, 10, 5], "{query}");
        assert_eq!(pages.concat(), keys(&whole), "{query}");

        let shown = run(&store, &[query, "--limit", "10"]).unwrap();
        let (_, next) = shown.trim_end().split_once("more: --before ").unwrap();
        let shown = run(&store, &[query, "--limit", "100", "--before", next]).unwrap();
        assert!(!shown.contains("more: "), "{shown}");
    }
}

#[test]
fn a_search_of_log_records_ends_and_says_where() {
    let store = Store::in_memory().unwrap();
    let records = |count: u64| -> Json {
        let body = json!({"stringValue": "usual"});
        let record = |nth: u64| json!({"timeUnixNano": (NOW + nth).to_string(), "body": body});
        (0..count).map(record).collect::<Vec<_>>().into()
    };
    append_logs(
        &store,
        "shop",
        json!([{"timeUnixNano": "1700000000000000000", "body": {"stringValue": "rare"}}]),
    );
    append_logs(&store, "shop", records(10_000));
    let page = ok(&store, "/api/logs?q=rare");
    assert_eq!(
        (&page["logs"], &page["looked_at"]),
        (&json!([]), &json!(10_000))
    );
    let next = page["next"].as_str().unwrap();
    let page = ok(&store, &format!("/api/logs?q=rare&before={next}"));
    assert_eq!(page["logs"][0]["body"], "rare");
    assert_eq!(page["next"], Json::Null);
    // A command goes on by itself.
    let shown = run(&store, &["logs", "--q", "rare"]).unwrap();
    assert!(shown.contains("rare") && !shown.contains("more"), "{shown}");
    let none = run(&store, &["logs", "--q", "rarer"]).unwrap_err();
    assert_eq!(none, "no log records match");
}

#[test]
fn sessions_go_on_beyond_those_that_one_answer_looks_at() {
    let store = Store::in_memory().unwrap();
    let visits: Vec<Json> = (0..1_010_u64)
        .map(|nth| {
            let trace_id = format!("{:032x}", nth + 1);
            let mut visit = span(&trace_id, 1, 0, "load", NOW + nth, NOW + nth);
            let session = json!({"stringValue": format!("visit-{nth}")});
            visit["attributes"] = json!([attribute("session.id", session)]);
            visit
        })
        .collect();
    append_spans(&store, "web", visits.into());
    let mut found = Vec::new();
    let mut before = String::new();
    loop {
        let page = ok(&store, &format!("/api/sessions?limit=400&before={before}"));
        let sessions = page["sessions"].as_array().unwrap();
        found.extend(sessions.iter().map(|one| one["session_id"].to_string()));
        match page["next"].as_str() {
            Some(next) => before = next.to_owned(),
            None => break,
        }
    }
    let newest_first: Vec<String> = (0..1_010)
        .rev()
        .map(|nth| format!("\"visit-{nth}\""))
        .collect();
    assert_eq!(found, newest_first);
}
