//! Tests that OTLP/JSON is read and written as the specification says.
#![expect(
    clippy::expect_used,
    reason = "in a test a panic is how a failure is reported"
)]

mod arbitrary;
mod json_text;

use arbitrary::Generator;
use json_text::{canonical, span};
use proptest::prelude::*;
use throughline_otlp::json::{from_protobuf, to_protobuf};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::schema;
use throughline_otlp::{Signal, inspect};

#[test]
fn different_spellings_of_one_message_are_translated_equally() {
    let wanted = span(
        r#""traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","kind":2,"startTimeUnixNano":"1544712660000000001","attributes":[{"key":"n","value":{"intValue":"9223372036854775807"}},{"key":"zero","value":{"intValue":"0"}},{"key":"no","value":{"boolValue":false}},{"key":"d","value":{"doubleValue":-0.5}},{"key":"nan","value":{"doubleValue":"NaN"}},{"key":"raw","value":{"bytesValue":"aGk="}},{"key":"none","value":{}}],"status":{"code":2}"#,
    );
    for same in [
        wanted.clone(),
        // Ids in any case, numbers where strings are usual and the other way round,
        // unknown keys, even twice, snake_case keys, nulls, escapes.
        span(
            r#""traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","kind":"2",
            "start_time_unix_nano":"1","newer":{"a":[1,{"b":null}]},"newer":2,"name":null,"parentSpanId":"","links":null,"events":[],
            "startTimeUnixNano":1544712660000000001,
            "attributes":[{"key":"n","value":{"intValue":9223372036854775807}},{"key":"zer\u006f","value":{"intValue":0e3}},
              {"key":"no","value":{"boolValue":false}},{"key":"d","value":{"doubleValue":"-5e-1"}},{"key":"nan","value":{"doubleValue":"NaN"}},
              {"key":"raw","value":{"bytesValue":"aGk"}},{"key":"none","value":{"stringValue":null}}],
            "status":{"message":"","code":2}"#,
        ),
    ] {
        assert_eq!(canonical(Signal::Traces, &same), wanted);
    }
}

#[test]
fn of_two_members_of_a_oneof_the_last_one_counts() {
    let value = |fields: &str| {
        span(&format!(
            r#""attributes":[{{"key":"k","value":{{{fields}}}}}]"#
        ))
    };
    for (given, wanted) in [
        (
            r#""intValue":"7","stringValue":"text""#,
            r#""stringValue":"text""#,
        ),
        (
            r#""stringValue":"text","intValue":"0""#,
            r#""intValue":"0""#,
        ),
        (r#""intValue":"7","stringValue":null"#, r#""intValue":"7""#),
        (
            r#""arrayValue":{"values":[{"boolValue":true,"doubleValue":1.5}]}"#,
            r#""arrayValue":{"values":[{"doubleValue":1.5}]}"#,
        ),
    ] {
        assert_eq!(canonical(Signal::Traces, &value(given)), value(wanted));
    }
    let metric = |fields: &str| {
        format!(
            r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"m",{fields}}}]}}]}}]}}"#
        )
    };
    let given = metric(
        r#""sum":{"dataPoints":[]},"gauge":{"dataPoints":[{"asInt":"1","asDouble":2.5,"exemplars":[{"asDouble":1.0,"asInt":"3"}]}]}"#,
    );
    let wanted = metric(r#""gauge":{"dataPoints":[{"exemplars":[{"asInt":"3"}],"asDouble":2.5}]}"#);
    let message = schema::export_request(Signal::Metrics);
    let sorted = |json: String| serde_json::from_str::<serde_json::Value>(&json).expect("JSON");
    let protobuf = to_protobuf(message, given.as_bytes()).expect("valid OTLP/JSON");
    let written = from_protobuf(message, &protobuf).expect("sound");
    assert_eq!(sorted(written), sorted(wanted));
    // A member that returns is a new one: what another has replaced is not merged with it.
    let mut writer = Writer::new();
    for (member, list) in [(5, &[0x0a, 0x02, 0x08, 0x01][..]), (2, b"text"), (5, &[])] {
        writer.bytes_present(member, list);
    }
    let key_value = [
        &[0x12, writer.as_bytes().len() as u8][..],
        writer.as_bytes(),
    ]
    .concat();
    let mut writer = Writer::new();
    for number in [9, 2, 2, 1] {
        let inner = match writer.as_bytes() {
            [] => key_value.clone(),
            bytes => bytes.to_vec(),
        };
        writer = Writer::new();
        writer.bytes_present(number, &inner);
    }
    let written = from_protobuf(schema::export_request(Signal::Traces), writer.as_bytes());
    let wanted = span(r#""attributes":[{"value":{"arrayValue":{}}}]"#);
    assert_eq!(written.expect("sound"), wanted);
}

#[test]
fn every_kind_of_metric_survives() {
    let wanted = concat!(
        r#"{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeMetrics":[{"scope":{"name":"s","version":"1"},"metrics":["#,
        r#"{"name":"g","unit":"1","gauge":{"dataPoints":[{"timeUnixNano":"1","asDouble":0.0},{"timeUnixNano":"2","asInt":"-3"}]}},"#,
        r#"{"name":"c","sum":{"dataPoints":[{"startTimeUnixNano":"1","asInt":"0","exemplars":[{"timeUnixNano":"1","asDouble":1.5,"spanId":"eee19b7ec3c1b174","traceId":"5b8efff798038103d269b633813fc60c"}],"flags":1}],"aggregationTemporality":1,"isMonotonic":true}},"#,
        r#"{"name":"h","histogram":{"dataPoints":[{"count":"2","sum":0.0,"bucketCounts":["0","2"],"explicitBounds":[0.5],"min":0.0,"max":"Infinity"}],"aggregationTemporality":2}},"#,
        r#"{"name":"e","exponentialHistogram":{"dataPoints":[{"count":"3","scale":-2,"zeroCount":"1","positive":{"offset":-7,"bucketCounts":["1","300"]},"zeroThreshold":1e-6}],"aggregationTemporality":1}},"#,
        r#"{"name":"s","summary":{"dataPoints":[{"count":"1","sum":2.0,"quantileValues":[{"quantile":0.5,"value":2.0}]}]}}"#,
        r#"]}]}]}"#,
    );
    assert_eq!(canonical(Signal::Metrics, wanted), wanted);
    let protobuf = to_protobuf(schema::export_request(Signal::Metrics), wanted.as_bytes());
    let protobuf = protobuf.expect("valid");
    let inspection = inspect(Signal::Metrics, &protobuf).expect("sound");
    assert_eq!(inspection.records, 6);
}

#[test]
fn a_log_record_keeps_its_event_name_and_nested_body() {
    let wanted = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"18446744073709551615","severityNumber":17,"body":{"kvlistValue":{"values":[{"key":"a","value":{"arrayValue":{"values":[{"stringValue":""},{}]}}}]}},"flags":1,"eventName":"exception"}]}]}]}"#;
    assert_eq!(canonical(Signal::Logs, wanted), wanted);
}

#[test]
fn a_surrogate_without_its_other_half_becomes_a_replacement_character() {
    for (sent, kept) in [
        (r"cut \ud83d", "cut \u{fffd}"),
        (r"\udE00 first", "\u{fffd} first"),
        (
            r"\ud83d\ud83d\ude00\ud83d\n",
            "\u{fffd}\u{1f600}\u{fffd}\\n",
        ),
        (r"\ud83d\u0041\ud7ff\ue000", "\u{fffd}A\u{d7ff}\u{e000}"),
    ] {
        assert_eq!(
            canonical(
                Signal::Traces,
                &span(&format!(r#""\ud83d":"\udc00","name":"{sent}""#))
            ),
            span(&format!(r#""name":"{kept}""#)),
            "{sent}"
        );
    }
}

#[test]
fn an_integer_may_have_an_exponent() {
    for (sent, meant) in [
        ("1e18", "1000000000000000000"),
        ("\"1E+18\"", "1000000000000000000"),
        ("1.544712660e18", "1544712660000000000"),
        ("150.00e-1", "15"),
        ("1544712660000000001", "1544712660000000001"),
        ("18446744073709549568.0", "18446744073709549568"),
    ] {
        assert_eq!(
            canonical(
                Signal::Traces,
                &span(&format!(r#""startTimeUnixNano":{sent}"#))
            ),
            span(&format!(r#""startTimeUnixNano":"{meant}""#)),
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_are_accepted_or_refused(bytes: Vec<u8>) {
        for signal in Signal::ALL {
            let message = schema::export_request(signal);
            if let Ok(inspected) = inspect(signal, &bytes) {
                let again = inspect(signal, &inspected.request).expect("sound");
                prop_assert_eq!(again.unusable, 0);
                from_protobuf(message, &inspected.request).expect("what is sound is written");
            }
            let _ = to_protobuf(message, &bytes);
            let _ = from_protobuf(message, &bytes);
        }
    }

    #[test]
    fn a_message_is_the_same_after_json_and_back(seed in proptest::collection::vec(any::<u8>(), 1..400)) {
        for signal in Signal::ALL {
            let message = schema::export_request(signal);
            let protobuf = canonical_message(message, &seed);
            inspect(signal, &protobuf).expect("the generator writes sound messages");
            let json = from_protobuf(message, &protobuf).expect("sound");
            let again = to_protobuf(message, json.as_bytes()).expect("our own JSON");
            prop_assert_eq!(again, protobuf, "{}", json);
        }
    }

    #[test]
    fn damaged_requests_are_accepted_or_refused(
        seed in proptest::collection::vec(any::<u8>(), 1..200), at: prop::sample::Index, with: u8,
    ) {
        for signal in Signal::ALL {
            let mut protobuf = canonical_message(schema::export_request(signal), &seed);
            if !protobuf.is_empty() {
                let at = at.index(protobuf.len());
                protobuf[at] = with;
            }
            if let Ok(inspected) = inspect(signal, &protobuf) {
                let message = schema::export_request(signal);
                from_protobuf(message, &inspected.request).expect("sound");
            }
        }
    }
}

fn canonical_message(message: &schema::Message, seed: &[u8]) -> Vec<u8> {
    let generator = Generator {
        seed,
        is_newer: false,
    };
    generator.message(message)
}
