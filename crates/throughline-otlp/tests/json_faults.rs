//! Tests of JSON and protobuf that cannot be read, and of records that are left out.
#![expect(
    clippy::expect_used,
    reason = "in a test a panic is how a failure is reported"
)]

mod json_text;

use json_text::{canonical, span};
use throughline_otlp::json::{from_protobuf, to_protobuf};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::schema;
use throughline_otlp::{RecordFault, Signal, inspect};

fn refusal(signal: Signal, json: &str) -> String {
    to_protobuf(schema::export_request(signal), json.as_bytes())
        .expect_err("it should be refused")
        .to_string()
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
