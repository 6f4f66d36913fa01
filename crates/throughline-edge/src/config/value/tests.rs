//! Tests of the reader of configurations.

use super::*;
use crate::Config;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use serde_json::json;

#[test]
fn a_fault_names_its_key() {
    for (value, expected) in [
        (json!(7), ".: invalid type: integer, expected struct Config"),
        (
            json!({ "ingest": [] }),
            "ingest: invalid type: sequence, expected struct IngestConfig",
        ),
        (
            json!({ "ingest": { "max_body_bytes": -1 } }),
            "ingest.max_body_bytes: invalid value: integer, expected usize",
        ),
        (
            json!({ "ingest": { "max_body_bytes": 1.5 } }),
            "ingest.max_body_bytes: invalid type: floating point, expected usize",
        ),
        (
            json!({ "backends": [{}, { "headers": { "a": 1 } }] }),
            "backends[1].headers.a: invalid type: integer, expected a string",
        ),
        (
            json!({ "backend": { "kind": { "otlp": null } } }),
            "backend.kind: invalid type: map, expected a string",
        ),
        (
            json!({ "projects": [{ "name": "a", "keys": ["pk_a", 7] }] }),
            "projects[0].keys[1]: invalid type: integer, expected a key, or { key = ",
        ),
        (
            json!({ "projects": [{ "name": "a", "keys": [{ "key": "s3cret", "til": "" }] }] }),
            "projects[0].keys[0].til: unknown field `til`, expected `key` or `until`",
        ),
        (
            json!({ "opn": true }),
            "opn: unknown field `opn`, expected one of `native`, `open`",
        ),
        (json!({ "nativ": {} }), "; did you mean `native`?"),
    ] {
        let fault = from_value::<Config>(&value, &["native"]).expect_err("refused");
        assert!(fault.to_string().contains(expected), "{fault}");
    }
}

#[test]
fn every_kind_of_value_is_read() {
    let value = json!({
        "open": true,
        "ingest": { "path": "/x", "max_body_bytes": 9 },
        "projects": [{ "name": "a", "keys": ["pk_a", { "key": "pk_b", "until": "2027-01-31" }] }],
        "backend": { "kind": "null", "headers": { "a": "b" }, "url": null },
        "sampling": { "head": { "probability": 1 } },
    });
    let read: Config = from_value(&value, &[]).expect("usable");
    let wanted: Config = serde_json::from_value(value).expect("usable");
    assert_eq!(format!("{read:?}"), format!("{wanted:?}"));
    assert_eq!(read.projects[0].keys.len(), 2);
}

fn values() -> impl Strategy<Value = Value> {
    let names = || {
        prop_oneof![
            "[a-z]{1,6}",
            Just("ingest".to_owned()),
            Just("keys".to_owned())
        ]
    };
    let leaves = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        names().prop_map(Value::from),
    ];
    leaves.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(names(), inner, 0..4)
                .prop_map(|table| table.into_iter().collect()),
        ]
    })
}

proptest::proptest! {
    /// Any value is read as its own type, and as that of the configuration or refused.
    #[test]
    fn any_value_is_read_or_refused(value in values()) {
        let read = from_value::<Value>(&value, &[]);
        proptest::prop_assert_eq!(read.as_ref(), Ok(&value));
        if let Err(fault) = from_value::<Config>(&value, &[]) {
            proptest::prop_assert!(!fault.key.is_empty());
        }
    }
}
