//! Tests that any items of an envelope are translated to OTLP that can be decoded.

#![expect(clippy::disallowed_methods, reason = "a cost is a time")]

use proptest::prelude::*;
use std::time::Instant;
use throughline_otlp::schema::export_request;
use throughline_otlp::{Signal, inspect, json};
use throughline_sentry::Telemetry;

/// Item types, and the content type that each may have.
const TYPES: [&str; 12] = [
    r#"{"type":"event"}"#,
    r#"{"type":"transaction"}"#,
    r#"{"type":"span"}"#,
    r#"{"type":"span","content_type":"application/vnd.sentry.items.span.v2+json"}"#,
    r#"{"type":"log","content_type":"application/vnd.sentry.items.log+json"}"#,
    r#"{"type":"trace_metric"}"#,
    r#"{"type":"session"}"#,
    r#"{"type":"sessions"}"#,
    r#"{"type":"feedback"}"#,
    r#"{"type":"user_report"}"#,
    r#"{"type":"client_report"}"#,
    r#"{"type":"attachment"}"#,
];

/// Keys that the translation reads.
const KEYS: &str = "event_id|items|type|value|values|attributes|exception|stacktrace|frames|function|filename|lineno|mechanism|handled|level|timestamp|start_timestamp|end_timestamp|contexts|trace|trace_id|span_id|parent_span_id|links|status|op|data|spans|tags|user|id|ip_address|request|url|headers|breadcrumbs|message|formatted|logentry|measurements|name|unit|body|aggregates|started|exited|sid|init|attrs|discarded_events|reason|quantity|sdk|release|platform|comments|threads|extra";

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>().prop_map(|text| format!("{text:?}")
            .replace("\\'", "'")
            .replace("\\u{", "\\\\u{")
            .replace("\\0", "0")),
        "\"[0-9a-f]{32}\"",
        "\"[0-9a-f]{16}\"",
        Just(String::from("\"2026-11-29T02:57:36.119765Z\"")),
        Just(String::from("\"\\ud83d\"")),
        Just(String::from("\"distribution\"")),
        Just(String::from("\"counter\"")),
        Just(String::from("\"sentry.python\"")),
    ]
}

fn values() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        texts(),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| format!("{number:e}")
            .replace("NaN", "0")
            .replace("inf", "1")),
        Just(String::from("true")),
        Just(String::from("null")),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        let key = proptest::sample::select(KEYS.split('|').collect::<Vec<_>>());
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(","))),
            proptest::collection::vec((key, inner), 0..8).prop_map(|entries| {
                let entries = entries
                    .iter()
                    .map(|(key, value)| format!("{key:?}:{value}"));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

fn decodes(telemetry: &Telemetry) -> Result<(), TestCaseError> {
    for (signal, request) in [
        (Signal::Traces, &telemetry.traces),
        (Signal::Logs, &telemetry.logs),
        (Signal::Metrics, &telemetry.metrics),
    ] {
        prop_assert!(json::from_protobuf(export_request(signal), request).is_ok());
        prop_assert!(inspect(signal, request).is_ok());
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_json_becomes_otlp(types in proptest::collection::vec(0..TYPES.len(), 1..4), payload in values()) {
        let mut envelope = String::from("{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\"}");
        for of in types {
            envelope.push_str(&format!("\n{}\n{payload}", TYPES[of]));
        }
        if let Ok(telemetry) = Telemetry::of_envelope(envelope.as_bytes()) {
            decodes(&telemetry)?;
        }
        if let Ok(telemetry) = Telemetry::of_event(payload.as_bytes()) {
            decodes(&telemetry)?;
        }
    }

    #[test]
    fn any_bytes_are_counted_or_become_otlp(payload in any::<Vec<u8>>(), of in 0..TYPES.len()) {
        let header = format!("{{}}\n{}\n", TYPES[of]);
        if let Ok(telemetry) = Telemetry::of_envelope(&[header.as_bytes(), &payload].concat()) {
            decodes(&telemetry)?;
        }
        let _ = Telemetry::of_event(&payload);
        let _ = Telemetry::key_of_envelope(&payload);
    }
}

/// The time for an envelope of `parts` parts, in ms: the least of three.
fn time_for(parts: usize, part: &str, around: [&str; 2]) -> u128 {
    let [before, after] = around;
    let payload = format!("{before}{}{after}", vec![part; parts].join(","));
    let took = || {
        let begun = Instant::now();
        assert!(Telemetry::of_envelope(payload.as_bytes()).is_ok());
        begun.elapsed().as_micros()
    };
    [took(), took(), took()]
        .into_iter()
        .min()
        .unwrap_or_default()
}

#[test]
fn ten_times_as_much_takes_about_ten_times_as_long() {
    let log = r#"{"body":"a","attributes":{"sentry.release":{"value":"a@1"}}}"#;
    let crumb = r#"{"message":"a"}"#;
    let tag = r#""a":"\ud83d""#;
    for (part, around) in [
        (log, ["{}\n{\"type\":\"log\"}\n{\"items\":[", "]}"]),
        (
            crumb,
            ["{}\n{\"type\":\"event\"}\n{\"breadcrumbs\":[", "]}"],
        ),
        (tag, ["{}\n{\"type\":\"event\"}\n{\"tags\":{", "}}"]),
        (tag, ["{}\n{\"type\":\"event\"}\n{", "}"]),
    ] {
        let (few, many) = (time_for(1000, part, around), time_for(10_000, part, around));
        assert!(many < few.max(500) * 60, "{part}: {few} µs, then {many} µs");
    }
}

#[test]
fn the_name_of_a_sender_is_not_written_for_each_of_its_spans() {
    let name = "r".repeat(400_000);
    // The same text, once for all spans and as a name of their sender.
    let [once, named] = ["dist", "release"].map(|key| {
        let before =
            format!("{{}}\n{{\"type\":\"transaction\"}}\n{{\"{key}\":\"{name}\",\"spans\":[");
        time_for(300, "{\"op\":\"db\"}", [&before, "]}"])
    });
    assert!(named < once * 5, "{once} µs, then {named} µs");
}
