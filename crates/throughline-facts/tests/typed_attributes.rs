//! Tests that a page's own attributes arrive with the types and values that they are written with.

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use throughline_facts::{Reducer, otlp, to_otlp};
use throughline_otlp::{Signal, json::from_protobuf, schema::export_request};

#[derive(Debug, Clone)]
enum Value {
    Int(i64),
    Double(f64),
    Bool(bool),
    Text(String),
    List(Vec<Self>),
}

impl Value {
    /// As npm/browser/src/reporting/typed.ts writes it, behind its name.
    fn written(&self) -> String {
        match self {
            Self::Int(value) => format!("i{value:x}"),
            Self::Double(value) => format!("d{:x}", value.to_bits()),
            Self::Bool(value) => format!("b{value}"),
            Self::Text(value) => format!("s{value}"),
            Self::List(items) => items.iter().fold("L".into(), |list, item| {
                format!("{list}\u{1d}\u{1d}{}", item.written())
            }),
        }
    }

    /// As OTLP has it in JSON.
    fn json(&self) -> Json {
        match self {
            Self::Int(value) => json!({ "intValue": value.to_string() }),
            Self::Double(value) if value.is_nan() => json!({ "doubleValue": "NaN" }),
            Self::Double(value) if value.is_infinite() => {
                json!({ "doubleValue": if *value > 0.0 { "Infinity" } else { "-Infinity" } })
            }
            Self::Double(value) => json!({ "doubleValue": value }),
            Self::Bool(value) => json!({ "boolValue": value }),
            Self::Text(value) => json!({ "stringValue": value }),
            Self::List(items) if items.is_empty() => json!({ "arrayValue": {} }),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(Self::json).collect();
                json!({ "arrayValue": { "values": items } })
            }
        }
    }
}

/// Values of each type, and lists of one of them.
fn value() -> impl Strategy<Value = Value> {
    let text = "[a-z ü]{0,8}";
    let list =
        |items: BoxedStrategy<Value>| prop::collection::vec(items, 0..4).prop_map(Value::List);
    prop_oneof![
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Double),
        any::<bool>().prop_map(Value::Bool),
        text.prop_map(Value::Text),
        list(any::<i64>().prop_map(Value::Int).boxed()),
        list(any::<f64>().prop_map(Value::Double).boxed()),
        list(any::<bool>().prop_map(Value::Bool).boxed()),
        list(text.prop_map(Value::Text).boxed()),
    ]
}

proptest! {
    #[test]
    fn each_value_arrives_with_its_type(values in prop::collection::vec(value(), 0..6), dropped in 0_u32..3) {
        let named: Vec<_> = values.iter().enumerate().map(|(at, value)| format!("shop.{at}\u{1d}{}", value.written())).collect();
        let facts = format!(
            "H\u{1f}2\u{1e}C\u{1f}1\u{1f}s\u{1f}\u{1f}app.plan\u{1d}pro\u{1f}{}\u{1f}{dropped}\u{1e}L\u{1f}1\u{1f}\u{1f}\u{1f}\u{1f}9\u{1f}text\u{1e}",
            named.join("\u{1d}")
        );
        let mut expected = vec![
            json!({ "key": "session.id", "value": { "stringValue": "s" } }),
            json!({ "key": "app.plan", "value": { "stringValue": "pro" } }),
        ];
        expected.extend(values.iter().enumerate().map(|(at, value)| json!({ "key": format!("shop.{at}"), "value": value.json() })));
        // In a page that redacts, too: there is nothing to be redacted in them.
        let mut redacting = Reducer::redacting();
        redacting.add(&facts).expect("facts");
        for logs in [to_otlp(&facts).expect("facts").logs, otlp::write(&redacting.finish().facts).logs] {
            let json = from_protobuf(export_request(Signal::Logs), &logs).expect("OTLP");
            let json: Json = serde_json::from_str(&json).expect("JSON");
            let record = &json["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
            prop_assert_eq!(&record["attributes"], &Json::from(expected.clone()));
            prop_assert_eq!(record["droppedAttributesCount"].as_u64().unwrap_or(0), u64::from(dropped));
        }
    }
}
