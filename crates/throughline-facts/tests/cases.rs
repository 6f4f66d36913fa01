//! Runs the cases of tests/cases/page: facts, and the telemetry that they become.
//!
//! `facts.txt` has a record a line, its fields parted by ` | ` and the items of a list by
//! ` ␝ `; `#` begins a comment, `⏎` stands for a line break within a field, `␠` for a space at its beginning.
//! `expected.json` is the telemetry, with attributes as an object and times in µs. Run with
//! `BLESS=1` to write it anew.
#![expect(clippy::disallowed_methods, reason = "cases are files")]
#![expect(clippy::expect_used, reason = "a broken case ends the test")]

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use throughline_facts::to_otlp;
use throughline_otlp::{Signal, json::from_protobuf, schema::export_request};
use throughline_wire::facts::KINDS;

#[test]
fn every_case_becomes_the_expected_telemetry() {
    let mut wrong = Vec::new();
    for folder in folders() {
        let came = telemetry(&text(&folder));
        let path = folder.join("expected.json");
        if std::env::var_os("BLESS").is_some() {
            let text = serde_json::to_string_pretty(&came).expect("JSON");
            std::fs::write(&path, text + "\n").expect("expected.json");
        }
        let expected = std::fs::read_to_string(&path).expect("expected.json");
        let expected: Value = serde_json::from_str(&expected).expect("JSON");
        if came != expected {
            let came = serde_json::to_string_pretty(&came).expect("JSON");
            wrong.push(format!("{}:\n{came}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn facts_of_the_version_before_become_the_same_telemetry() {
    for folder in folders() {
        let text = text(&folder);
        // Version 1 has no such fields.
        if text.contains("\u{1f}app.")
            || folder.ends_with("attributes-with-types")
            || folder.ends_with("vitals-with-their-causes")
            || folder.ends_with("vitals-of-a-route")
            || folder.ends_with("exception-of-an-extension-kept")
            || folder.ends_with("exception-of-an-injected-script-kept")
            || folder.ends_with("exception-with-a-build-id")
            || folder.ends_with("exception-with-a-severity")
            || folder.ends_with("exception-with-debug-ids")
            || folder.ends_with("exception-with-members")
            || folder.ends_with("reduced-already")
            || folder.ends_with("resource-of-a-driven-browser")
        {
            continue;
        }
        let before = text
            .replace("H\u{1f}2", "H\u{1f}1")
            .replace('\u{1d}', "\u{1f}");
        assert_ne!(before, text);
        assert_eq!(telemetry(&before), telemetry(&text), "{}", folder.display());
    }
}

#[test]
fn newer_fields_at_the_end_of_every_kind_are_ignored() {
    let mut kinds = BTreeSet::new();
    for folder in folders() {
        let text = text(&folder);
        let records = text.split_terminator('\u{1e}').map(|record| {
            let letter = record.as_bytes()[0];
            let known = KINDS.iter().find(|(kind, ..)| *kind == letter);
            let Some((_, name, fields)) = known else {
                return format!("{record}\u{1e}");
            };
            kinds.insert(*name);
            let absent = fields.len() + 1 - record.split('\u{1f}').count();
            let absent = "\u{1f}".repeat(absent);
            format!("{record}{absent}\u{1f}newer\u{1f}newer\u{1d}list\u{1e}")
        });
        let newer: String = records.collect();
        assert_eq!(telemetry(&newer), telemetry(&text), "{}", folder.display());
    }
    assert_eq!(
        kinds.len(),
        KINDS.len(),
        "the cases have every kind: {kinds:?}"
    );
}

fn folders() -> Vec<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/page");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&cases)
        .expect("a folder of cases")
        .map(|entry| entry.expect("a case").path())
        .collect();
    folders.sort();
    assert!(folders.len() > 10, "{} holds the cases", cases.display());
    folders
}

/// The text that a page would send.
fn text(folder: &Path) -> String {
    let facts = std::fs::read_to_string(folder.join("facts.txt")).expect("facts.txt");
    facts
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let fields: Vec<String> = line
                .split('|')
                .map(|field| {
                    let items: Vec<&str> = field.split('␝').map(str::trim).collect();
                    items.join("\u{1d}").replace('⏎', "\n").replace('␠', " ")
                })
                .collect();
            fields.join("\u{1f}") + "\u{1e}"
        })
        .collect()
}

fn telemetry(facts: &str) -> Value {
    let telemetry = to_otlp(facts).expect("facts");
    let dropped: Vec<Value> = telemetry
        .dropped()
        .map(|(reason, count)| json!({ "reason": reason, "count": count }))
        .collect();
    let mut shown = Map::new();
    for (name, signal, bytes, group, scope, records) in [
        (
            "spans",
            Signal::Traces,
            &telemetry.traces,
            "resourceSpans",
            "scopeSpans",
            "spans",
        ),
        (
            "logs",
            Signal::Logs,
            &telemetry.logs,
            "resourceLogs",
            "scopeLogs",
            "logRecords",
        ),
    ] {
        let text = from_protobuf(export_request(signal), bytes).expect("an export request");
        let request: Value = serde_json::from_str(&text).expect("JSON");
        let Some(group) = request[group].get(0) else {
            continue;
        };
        shown.insert(
            "resource".into(),
            attributes(&group["resource"]["attributes"]),
        );
        let records = group[scope][0][records].as_array().expect("records");
        shown.insert(name.into(), records.iter().map(record).collect());
    }
    if !dropped.is_empty() {
        shown.insert("dropped".into(), dropped.into());
    }
    Value::Object(shown)
}

fn record(record: &Value) -> Value {
    let mut shown = Map::new();
    for (key, value) in record.as_object().expect("a record") {
        let value = match key.as_str() {
            "attributes" => attributes(value),
            _ if key.ends_with("UnixNano") => micros(value),
            _ => value.clone(),
        };
        shown.insert(key.replace("UnixNano", ""), value);
    }
    Value::Object(shown)
}

fn micros(nanos: &Value) -> Value {
    let nanos: u64 = nanos
        .as_str()
        .and_then(|text| text.parse().ok())
        .expect("a time");
    assert_eq!(nanos % 1000, 0, "whole µs");
    (nanos / 1000).into()
}

fn attributes(list: &Value) -> Value {
    let entries = list.as_array().map_or(&[][..], Vec::as_slice);
    let mut shown = Map::new();
    for entry in entries {
        let key = entry["key"].as_str().expect("a key").to_owned();
        let twice = shown.insert(key, any(&entry["value"]));
        assert_eq!(twice, None, "a key stands once: {entry}");
    }
    Value::Object(shown)
}

fn any(value: &Value) -> Value {
    let (form, value) = value
        .as_object()
        .and_then(|value| value.iter().next())
        .expect("a value");
    match form.as_str() {
        "intValue" => value
            .as_str()
            .and_then(|text| text.parse::<i64>().ok())
            .into(),
        "kvlistValue" => attributes(&value["values"]),
        "arrayValue" => value["values"]
            .as_array()
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .map(any)
            .collect(),
        _ => value.clone(),
    }
}
