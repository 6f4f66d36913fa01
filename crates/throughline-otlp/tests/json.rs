//! Tests that OTLP/JSON is read and written as the specification says.
#![expect(
    clippy::expect_used,
    reason = "in a test a panic is how a failure is reported"
)]

mod arbitrary;

use arbitrary::Generator;
use proptest::prelude::*;
use throughline_otlp::json::{from_protobuf, to_protobuf};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::schema;
use throughline_otlp::{RecordFault, Signal, inspect};

/// Translates JSON to protobuf and back.
fn canonical(signal: Signal, json: &str) -> String {
    let message = schema::export_request(signal);
    let protobuf = to_protobuf(message, json.as_bytes()).expect("valid OTLP/JSON");
    inspect(signal, &protobuf).expect("what was translated is sound");
    from_protobuf(message, &protobuf).expect("what was translated is written")
}

fn refusal(signal: Signal, json: &str) -> String {
    to_protobuf(schema::export_request(signal), json.as_bytes())
        .expect_err("it should be refused")
        .to_string()
}

fn span(fields: &str) -> String {
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{fields}}}]}}]}}]}}"#)
}

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
fn an_error_names_place_and_reason() {
    let traces = |json: &str| refusal(Signal::Traces, json);
    for (json, message) in [
        (
            span(r#""name":7"#),
            "resourceSpans[0].scopeSpans[0].spans[0].name: invalid type: integer `7`, expected a string",
        ),
        (
            span(r#""traceId":"xyz""#),
            "spans[0].traceId: invalid value: string \"xyz\", expected a trace id in hex",
        ),
        (
            span(r#""kind":"SPAN_KIND_SERVER""#),
            "spans[0].kind: invalid value: string \"SPAN_KIND_SERVER\", expected an integer",
        ),
        (
            span(r#""startTimeUnixNano":18446744073709551616"#),
            "startTimeUnixNano: 1.8446744073709552e19 is not between 0 and 18446744073709551615",
        ),
        (
            span(r#""startTimeUnixNano":-1"#),
            "startTimeUnixNano: -1 is not between 0 and 18446744073709551615",
        ),
        (
            span(r#""flags":4294967296"#),
            "flags: 4294967296 is not between 0 and 4294967295",
        ),
        (
            span(r#""startTimeUnixNano":1e300"#),
            "startTimeUnixNano: 1e300 is not between 0 and 18446744073709551615",
        ),
        (
            span(r#""attributes":[{"value":{"intValue":-9223372036854775809}}]"#),
            "intValue: -9.223372036854776e18 is not between -9223372036854775808 and",
        ),
        (
            span(r#""name":"a","links":[],"name":"b""#),
            "resourceSpans[0].scopeSpans[0].spans[0].name: the key appears twice",
        ),
        (
            span(r#""events":null,"events":[]"#),
            "spans[0].events: the key appears twice",
        ),
        (
            span(r#""status":"ok""#),
            "status: invalid type: string \"ok\", expected an object (Status)",
        ),
        (
            span(r#""links":"none""#),
            "links: invalid type: string \"none\", expected a list",
        ),
        (
            span(r#""attributes":[{"value":{"boolValue":"true"}}]"#),
            "boolValue: invalid type: string \"true\", expected a boolean",
        ),
        (span(r#""kind":1.5"#), "kind: 1.5 is not an integer"),
        (span(r#""kind":"NaN""#), "kind: NaN is not an integer"),
        (
            span(r#""attributes":[{"key":"a","value":{"intValue":"inf"}}]"#),
            "attributes[0].value.intValue: invalid value",
        ),
        (
            span(r#""attributes":[{},null]"#),
            "attributes[1]: invalid type: null, expected an object (KeyValue)",
        ),
        (
            span(r#""attributes":{}"#),
            "attributes: invalid type: map, expected a list",
        ),
        (
            "[]".into(),
            "the request: invalid type: sequence, expected an object (ExportTraceServiceRequest)",
        ),
        (String::new(), "the request: EOF while parsing a value"),
        ("{} {}".into(), "the request: trailing characters"),
        (
            r#"{"resourceSpans":[{"#.into(),
            "resourceSpans[0]: EOF while parsing an object",
        ),
        (
            span(r#""traceId":"\ud83d""#),
            "spans[0].traceId: invalid value: string \"\u{fffd}\", expected a trace id in hex",
        ),
        (span(r#""name":"\ud8""#), "spans[0].name: invalid escape"),
    ] {
        let refused = traces(&json);
        assert!(
            refused.contains(message),
            "{json}\n  is:  {refused}\n  not: {message}"
        );
    }
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

#[test]
fn json_that_is_not_utf_8_is_refused() {
    let mut json = span(r#""newer":"?""#).into_bytes();
    for byte in &mut json {
        *byte = if *byte == b'?' { 0xff } else { *byte };
    }
    let refused = to_protobuf(schema::export_request(Signal::Traces), &json);
    assert_eq!(
        refused.expect_err("RFC 8259, 8.1").to_string(),
        "the request: invalid utf-8 sequence of 1 bytes from index 53"
    );
}

#[test]
fn a_record_that_is_nested_too_deep_is_left_out() {
    let message = schema::export_request(Signal::Traces);
    let attribute = |open: &str, depth: usize, close: &str| {
        let (open, close) = (open.repeat(depth), close.repeat(depth));
        format!(r#""attributes":[{{"key":"a","value":{open}{{}}{close}}}]"#)
    };
    let lists = |depth| attribute(r#"{"arrayValue":{"values":["#, depth, "]}}");
    let maps = |depth| attribute(r#"{"kvlistValue":{"values":[{"value":"#, depth, "}]}}");
    let id = r#""traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174""#;
    // A span is the third message below the request, its attribute's value the fifth.
    for (most, nested) in [
        (47, &lists as &dyn Fn(usize) -> String),
        (31, &maps as &dyn Fn(usize) -> String),
    ] {
        let whole = span(&format!("{id},{}", nested(most)));
        let without_empty_keys = |json: String| json.replace(r#""key":"","#, "");
        assert_eq!(without_empty_keys(canonical(Signal::Traces, &whole)), whole);
        for depth in [most + 1, most + 2, 10_000] {
            let json = span(&format!("{id},{}}},{{{id}", nested(depth)));
            let protobuf = to_protobuf(message, json.as_bytes()).expect("it is cut off");
            let inspection = inspect(Signal::Traces, &protobuf).expect("sound");
            assert_eq!((inspection.records, inspection.unusable), (2, 1));
            assert_eq!(inspection.first_fault, Some(RecordFault::TooDeep));
            let kept = from_protobuf(message, &inspection.request);
            assert_eq!(kept.expect("sound"), span(id));
        }
    }
    let resource = format!(r#"{{"resourceSpans":[{{"resource":{{{}}}}}]}}"#, lists(49));
    let protobuf = to_protobuf(message, resource.as_bytes()).expect("it is cut off");
    let refused = inspect(Signal::Traces, &protobuf).expect_err("all records are its");
    assert_eq!(
        refused.to_string(),
        "resourceSpans[0].resource.attributes[0]: its messages are nested more than 100 deep"
    );
}

#[test]
fn a_record_without_an_id_is_left_out() {
    let json = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"none"},{"traceId":"00000000000000000000000000000000","spanId":"eee19b7ec3c1b174"},{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"good"},{"traceId":"5b8e","spanId":"eee19b7ec3c1b174"}]}]}]}"#;
    let message = schema::export_request(Signal::Traces);
    let protobuf = to_protobuf(message, json.as_bytes()).expect("valid");
    let inspection = inspect(Signal::Traces, &protobuf).expect("sound");
    assert_eq!((inspection.records, inspection.unusable), (4, 3));
    assert_eq!(
        inspection
            .first_fault
            .map(|fault| fault.to_string())
            .as_deref(),
        Some("traceId is missing or all zero")
    );
    assert_eq!(
        from_protobuf(message, &inspection.request).expect("sound"),
        span(
            r#""traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"good""#
        )
    );
}

#[test]
fn bytes_that_are_not_protobuf_are_refused_with_their_place() {
    let mut writer = Writer::new();
    for name in [&b"good"[..], b"\xff"] {
        let resource = writer.open(1);
        let scope_spans = writer.open(2);
        writer.bytes(3, name);
        writer.close(scope_spans);
        writer.close(resource);
    }
    let refused = inspect(Signal::Traces, writer.as_bytes()).expect_err("schemaUrl is not UTF-8");
    assert_eq!(
        refused.to_string(),
        "resourceSpans[1].scopeSpans[0].schemaUrl: schemaUrl is not UTF-8"
    );
    for (bytes, message) in [
        (
            &b"not protobuf"[..],
            "the request: a field has wire type 6, which is not allowed there",
        ),
        (
            b"\x0a\x05\x0a",
            "the request: the message ends inside a field",
        ),
        (
            b"\x08\x01",
            "resourceSpans[0]: the field has another wire type than length-delimited",
        ),
    ] {
        let refused = inspect(Signal::Traces, bytes).expect_err("it is no request");
        assert_eq!(refused.to_string(), message);
    }
}

#[test]
fn an_unknown_group_is_kept_and_a_group_as_a_known_field_is_refused() {
    let group: &[u8] = b"\xfb\x07\x08\x01\xfc\x07";
    let mut writer = Writer::new();
    let mut kept = Writer::new();
    for (writer, spans) in [(&mut writer, 2), (&mut kept, 1)] {
        writer.raw(group);
        let resource = writer.open(1);
        let scope_spans = writer.open(2);
        for id in &[[7; 16], [0; 16]][..spans] {
            let span = writer.open(2);
            writer.raw(group);
            writer.bytes(1, id);
            writer.bytes(2, &[7; 8]);
            writer.close(span);
        }
        writer.close(scope_spans);
        writer.raw(group);
        writer.close(resource);
    }
    let inspection = inspect(Signal::Traces, writer.as_bytes()).expect("sound");
    assert_eq!((inspection.records, inspection.unusable), (2, 1));
    assert_eq!(&*inspection.request, kept.as_bytes());
    let refused = inspect(Signal::Traces, b"\x0b\x0c").expect_err("field 1 is a message");
    assert_eq!(
        refused.to_string(),
        "resourceSpans[0]: the field has another wire type than length-delimited"
    );
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
