//! Tests of errors that are resolved and come back.

use crate::cli::run;
use crate::{NOW, attribute, get, ok};
use http::{Method, StatusCode, Uri};
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};
use throughline_otlp::{Signal, json::to_protobuf, schema};
use throughline_viewer::{Bounds, Store, ViewerResponse, respond};

const SECOND: u64 = 1_000_000_000;

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_nanos().try_into().unwrap()
}

/// An exception of a release, empty for none, at a time.
fn throw(store: &Store, kind: &str, release: &str, at: u64) {
    let text = |text: &str| json!({"stringValue": text});
    let request = json!({"resourceLogs": [{
        "resource": {"attributes": [
            attribute("service.name", text("web")),
            attribute("service.version", text(release)),
        ]},
        "scopeLogs": [{"logRecords": [{
            "timeUnixNano": at.to_string(),
            "attributes": [attribute("exception.type", text(kind)), attribute("exception.message", text("m"))],
        }]}],
    }]});
    let bytes = to_protobuf(
        schema::export_request(Signal::Logs),
        request.to_string().as_bytes(),
    );
    store.append(Signal::Logs, &bytes.unwrap(), now()).unwrap();
}

/// The group of a type.
fn group(store: &Store, kind: &str) -> Json {
    let errors = ok(store, "/api/errors");
    let mut groups = errors["errors"].as_array().unwrap().iter();
    groups.find(|group| group["type"] == kind).unwrap().clone()
}

fn state(store: &Store, kind: &str) -> String {
    group(store, kind)["state"].as_str().unwrap().to_owned()
}

fn post(store: &Store, uri: &str) -> (StatusCode, Json) {
    let uri: Uri = uri.parse().unwrap();
    let ViewerResponse::Whole(response) = respond(store, &Method::POST, &uri) else {
        panic!("{uri} is a stream");
    };
    let json = serde_json::from_slice(response.body()).unwrap();
    (response.status(), json)
}

fn change(store: &Store, name: &str, kind: &str) {
    let id = group(store, kind)["id"].as_str().unwrap().to_owned();
    let (status, json) = post(store, &format!("/api/errors/{name}?group={id}"));
    assert_eq!(status, StatusCode::OK, "{json}");
    assert_eq!(json["group"], id);
}

#[test]
fn a_resolved_error_comes_back_in_a_release_that_was_first_seen_later() {
    let store = Store::in_memory().unwrap();
    // In the order in which they are seen, whatever their numbers.
    throw(&store, "TypeError", "1.10", NOW);
    throw(&store, "TypeError", "1.9", NOW + 1);
    assert_eq!(state(&store, "TypeError"), "open");
    assert_eq!(group(&store, "TypeError")["resolution"], Json::Null);
    let before = now();
    change(&store, "resolve", "TypeError");
    assert_eq!(state(&store, "TypeError"), "resolved");
    let time = group(&store, "TypeError")["resolution"]["time_unix_nano"].clone();
    let time: u64 = time.as_str().unwrap().parse().unwrap();
    assert!((before..=now()).contains(&time));

    // Pages of older releases are open still.
    throw(&store, "TypeError", "1.10", now() + SECOND);
    throw(&store, "TypeError", "1.9", now() + SECOND);
    // One of the next release that was thrown before.
    throw(&store, "TypeError", "1.2", before - SECOND);
    assert_eq!(state(&store, "TypeError"), "resolved");

    let (later, earlier) = (now() + 3 * SECOND, now() + 2 * SECOND);
    throw(&store, "TypeError", "1.2", later);
    throw(&store, "TypeError", "1.3", earlier);
    throw(&store, "TypeError", "1.4", later + SECOND);
    assert_eq!(state(&store, "TypeError"), "came back");
    assert_eq!(
        group(&store, "TypeError")["resolution"]["came_back"],
        json!({"time_unix_nano": earlier.to_string(), "release": "1.3"}),
        "the earliest"
    );

    // Resolved again, in the releases that are known by now.
    change(&store, "resolve", "TypeError");
    throw(&store, "TypeError", "1.4", later + 60 * SECOND);
    assert_eq!(state(&store, "TypeError"), "resolved");
    throw(&store, "TypeError", "1.5", later + 60 * SECOND);
    assert_eq!(state(&store, "TypeError"), "came back");
    change(&store, "reopen", "TypeError");
    assert_eq!(state(&store, "TypeError"), "open");
}

#[test]
fn without_a_release_a_resolved_error_comes_back_when_it_is_thrown_later() {
    let store = Store::in_memory().unwrap();
    throw(&store, "TypeError", "", NOW);
    throw(&store, "RangeError", "", NOW);
    change(&store, "resolve", "TypeError");
    throw(&store, "TypeError", "", NOW + 1);
    throw(&store, "RangeError", "", now() + SECOND);
    assert_eq!(state(&store, "TypeError"), "resolved");
    let at = now() + SECOND;
    throw(&store, "TypeError", "", at);
    assert_eq!(
        group(&store, "TypeError")["resolution"]["came_back"],
        json!({"time_unix_nano": at.to_string(), "release": ""})
    );
    assert_eq!(state(&store, "RangeError"), "open");
}

#[test]
fn a_release_of_which_nothing_is_known_is_no_proof_that_an_error_came_back() {
    let store = Store::in_memory().unwrap();
    throw(&store, "TypeError", "1", NOW);
    change(&store, "resolve", "TypeError");
    throw(&store, "TypeError", &"1".repeat(300), now() + SECOND);
    assert_eq!(state(&store, "TypeError"), "resolved");
}

#[test]
fn errors_are_filtered_by_state() {
    let store = Store::in_memory().unwrap();
    for kind in ["Open", "Resolved", "Back"] {
        throw(&store, kind, "1", NOW);
    }
    change(&store, "resolve", "Resolved");
    change(&store, "resolve", "Back");
    throw(&store, "Back", "2", now() + SECOND);
    throw(&store, "New", "2", now() + SECOND);
    for (value, expected) in [
        ("new", "New"),
        ("open", "Open"),
        ("resolved", "Resolved"),
        ("came+back", "Back"),
    ] {
        // The limit counts what passes.
        let errors = ok(&store, &format!("/api/errors?state={value}&limit=1"));
        assert_eq!(errors["errors"][0]["type"], expected, "{value}");
        let errors = ok(&store, &format!("/api/errors?state={value}"));
        assert_eq!(errors["errors"].as_array().unwrap().len(), 1, "{value}");
    }
    let (status, json) = get(&store, "/api/errors?state=closed");
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        json["error"],
        "state: \"closed\" is not `new`, `open`, `resolved` or `came back`"
    );
}

#[test]
fn a_change_that_is_none_is_refused_with_the_reason() {
    let store = Store::in_memory().unwrap();
    throw(&store, "TypeError", "", NOW);
    for (uri, expected, words) in [
        (
            "resolve?group=00000000000000aa",
            StatusCode::NOT_FOUND,
            "no such error",
        ),
        (
            "reopen?group=00000000000000aa",
            StatusCode::NOT_FOUND,
            "no such error",
        ),
        (
            "resolve?group=aa",
            StatusCode::BAD_REQUEST,
            "16 hexadecimal digits",
        ),
        ("resolve", StatusCode::BAD_REQUEST, "16 hexadecimal digits"),
        (
            "resolve?id=1&group=00000000000000aa",
            StatusCode::BAD_REQUEST,
            "not a parameter",
        ),
        (
            "close?group=00000000000000aa",
            StatusCode::METHOD_NOT_ALLOWED,
            "GET and HEAD",
        ),
    ] {
        let (status, json) = post(&store, &format!("/api/errors/{uri}"));
        assert_eq!(status, expected, "{uri}");
        let error = json["error"].as_str().unwrap();
        assert!(error.contains(words), "{uri}: {error}");
    }
    assert_eq!(state(&store, "TypeError"), "open");
    // Nothing changes by a request that only reads.
    let id = group(&store, "TypeError")["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let (status, _) = get(&store, &format!("/api/errors/resolve?group={id}"));
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(state(&store, "TypeError"), "open");
}

#[test]
fn a_command_resolves_an_error_and_opens_it_again() {
    let store = Store::in_memory().unwrap();
    throw(&store, "TypeError", "1", NOW);
    let run = |arguments: &[&str]| run(&store, arguments);
    let list = run(&["errors"]).unwrap();
    let id = list
        .split_whitespace()
        .find(|word| word.len() == 16)
        .unwrap();
    assert_eq!(
        run(&["errors", "--resolve", id]).unwrap(),
        format!("error {id} is resolved\n")
    );
    let list = run(&["errors", "--state", "resolved"]).unwrap();
    assert!(list.contains("  resolved  "), "{list}");
    throw(&store, "TypeError", "2", now() + SECOND);
    let list = run(&["errors", "--state", "came back"]).unwrap();
    assert!(list.contains("  came back in 2 at 20"), "{list}");
    assert_eq!(
        run(&["errors", "--reopen", id]).unwrap(),
        format!("error {id} is open\n")
    );
    assert_eq!(
        run(&["errors", "--state", "resolved"]),
        Err("no errors match".to_owned())
    );

    for (arguments, words) in [
        (&["errors", "--resolve", "aa"][..], "16 hexadecimal digits"),
        (
            &["errors", "--resolve", id, "--service", "web"],
            "no other flag",
        ),
        (
            &["errors", "--resolve", id, "--reopen", id],
            "one error at a time",
        ),
        (&["traces", "--resolve", id], "--resolve"),
    ] {
        let refused = run(arguments).unwrap_err();
        assert!(refused.contains(words), "{arguments:?}: {refused}");
    }
}

fn file(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("throughline-resolved-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

#[test]
fn a_file_keeps_what_is_resolved_and_one_of_version_7_is_migrated() {
    let path = file("store.sqlite");
    let store = Store::open(&path).unwrap();
    throw(&store, "TypeError", "1", NOW);
    throw(&store, "RangeError", "2", NOW);
    change(&store, "resolve", "TypeError");
    drop(store);
    let store = Store::open(&path).unwrap();
    assert_eq!(state(&store, "TypeError"), "resolved");
    drop(store);

    // The same file as the version before had it.
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "DROP TABLE resolution; DROP TABLE release; DROP TABLE metric;
             DROP TABLE metric_series; DROP TABLE metric_point; PRAGMA user_version = 7",
        )
        .unwrap();
    drop(connection);
    let store = Store::open(&path).unwrap();
    assert_eq!(
        (state(&store, "TypeError"), state(&store, "RangeError")),
        ("open".into(), "new".into())
    );
    change(&store, "resolve", "TypeError");
    // Its releases are known.
    throw(&store, "TypeError", "2", now() + SECOND);
    assert_eq!(state(&store, "TypeError"), "resolved");
    throw(&store, "TypeError", "3", now() + SECOND);
    assert_eq!(state(&store, "TypeError"), "came back");
    drop(store);

    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 6).unwrap();
    drop(connection);
    let refused = Store::open(&path).unwrap_err().to_string();
    assert!(refused.contains("found 6, expected 9"), "{refused}");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn an_error_that_was_evicted_is_resolved_still_and_its_releases_are_known() {
    let bounds = Bounds {
        bytes: Some(40_000),
        ..Bounds::IN_MEMORY
    };
    let store = Store::in_memory().unwrap().with_bounds(bounds);
    throw(&store, "SyntaxError", "1", NOW);
    change(&store, "resolve", "SyntaxError");
    let evicted = group(&store, "SyntaxError")["id"].clone();
    throw(&store, "TypeError", "1", NOW);
    throw(&store, "TypeError", "2", NOW);
    change(&store, "resolve", "TypeError");
    for nth in 0..200 {
        throw(&store, "Other", &format!("build {nth}"), NOW + nth);
    }
    let errors = ok(&store, "/api/errors");
    assert_eq!(
        errors["errors"].as_array().unwrap().len(),
        1,
        "it was evicted"
    );
    let reopen = format!("/api/errors/reopen?group={}", evicted.as_str().unwrap());
    assert_eq!(post(&store, &reopen).0, StatusCode::OK);
    assert_eq!(post(&store, &reopen).0, StatusCode::NOT_FOUND);
    throw(&store, "TypeError", "1", now() + SECOND);
    assert_eq!(state(&store, "TypeError"), "resolved");
    throw(&store, "TypeError", "3", now() + SECOND);
    assert_eq!(state(&store, "TypeError"), "came back");
}
