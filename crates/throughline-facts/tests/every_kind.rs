//! Tests that facts of every kind, written by the TypeScript of the browser package, are read.
//!
//! tests/cases/wire/every-kind: `facts.ts` are the facts as capture records them, `fields.json`
//! is each field by its name, and `early.json` are the log records that the page sends of them
//! when there is no engine. The engine's log records say the same. Node bundles the sources
//! with esbuild, which `cargo xtask setup` installs. Run with `BLESS=1` to write the expected
//! files anew.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "cases are files, and Node is a process"
)]
#![expect(clippy::expect_used, reason = "a broken case ends the test")]

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use throughline_facts::to_otlp;
use throughline_otlp::{Signal, json::from_protobuf, schema::export_request};
use throughline_wire::facts::{FORMAT, KINDS};

#[test]
fn every_kind_that_typescript_writes_is_read_by_name() {
    let text = WRITTEN["text"].as_str().expect("a text");
    let records: Vec<Value> = text.split_terminator('\u{1e}').map(by_name).collect();
    assert_eq!(records[0]["format"], FORMAT.to_string());
    assert_is("fields.json", &records.into());

    let kinds: BTreeSet<u8> = text.split_terminator('\u{1e}').map(letter).collect();
    let known: BTreeSet<u8> = KINDS.iter().map(|(letter, ..)| *letter).collect();
    assert_eq!(kinds, known, "facts.ts has every kind");
    let telemetry = to_otlp(text).expect("facts");
    let dropped: Vec<_> = telemetry.dropped().collect();
    assert_eq!(dropped, [("queue_full", 81)]);
}

#[test]
fn the_early_record_of_an_error_says_the_same_as_the_engine() {
    let early = log_records(&WRITTEN["minimal"]);
    assert_is("early.json", &early.clone().into());

    let telemetry = to_otlp(WRITTEN["text"].as_str().expect("a text")).expect("facts");
    let engine = from_protobuf(export_request(Signal::Logs), &telemetry.logs).expect("OTLP");
    let engine = log_records(&serde_json::from_str(&engine).expect("JSON"));
    for early in early {
        let found = engine.iter().find(|one| one["time"] == early["time"]);
        let found = found.expect("the engine has a log record of each fact");
        for (key, value) in early.as_object().expect("a log record") {
            if key == "attributes" {
                for (key, value) in value.as_object().expect("attributes") {
                    assert_eq!(found["attributes"][key], *value, "{key} of {early}");
                }
            } else {
                assert_eq!(found[key], *value, "{key} of {early}");
            }
        }
    }
}

/// `text` and `minimal`, as the package writes them.
static WRITTEN: LazyLock<Value> = LazyLock::new(|| {
    let output = Command::new("node")
        .arg(folder().join("write.mjs"))
        .output()
        .expect("node is installed");
    assert!(
        output.status.success(),
        "write.mjs failed; has `cargo xtask setup` run?\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("JSON")
});

/// A record as an object: the name of its kind, and its fields by their names.
fn by_name(record: &str) -> Value {
    let known = KINDS.iter().find(|(kind, ..)| *kind == letter(record));
    let (_, kind, names) = known.expect("a known kind");
    let values: Vec<&str> = record.split('\u{1f}').skip(1).collect();
    assert_eq!(
        values.len(),
        names.len(),
        "the fields of {kind}: {values:?}"
    );
    let mut object = Map::new();
    object.insert("kind".into(), (*kind).into());
    for (name, value) in names.iter().zip(values) {
        let items: Vec<&str> = value.split('\u{1d}').collect();
        let value = if items.len() > 1 {
            items.into()
        } else {
            Value::from(value)
        };
        object.insert((*name).into(), value);
    }
    Value::Object(object)
}

fn letter(record: &str) -> u8 {
    record.bytes().next().unwrap_or_default()
}

/// The log records of a request: those keys that the early record has, with the time.
fn log_records(request: &Value) -> Vec<Value> {
    let records = request["resourceLogs"][0]["scopeLogs"][0]["logRecords"].as_array();
    let record = |record: &Value| {
        let attributes = record["attributes"].as_array().expect("attributes");
        let attributes: Map<String, Value> = attributes
            .iter()
            .map(|one| {
                let key = one["key"].as_str().expect("a key").to_owned();
                (key, one["value"].clone())
            })
            .collect();
        json!({
            "time": record["timeUnixNano"],
            "severityNumber": record["severityNumber"],
            "eventName": record["eventName"],
            "traceId": record["traceId"],
            "spanId": record["spanId"],
            "flags": record["flags"],
            "attributes": attributes,
        })
    };
    records.expect("log records").iter().map(record).collect()
}

fn assert_is(file: &str, came: &Value) {
    let path = folder().join(file);
    if std::env::var_os("BLESS").is_some() {
        let text = serde_json::to_string_pretty(came).expect("JSON");
        std::fs::write(&path, text + "\n").expect("an expected file");
    }
    let expected = std::fs::read_to_string(&path).expect("an expected file");
    let expected: Value = serde_json::from_str(&expected).expect("JSON");
    assert_eq!(*came, expected, "{file}");
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/wire/every-kind")
}
