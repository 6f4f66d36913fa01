//! Tests that translating a request takes time in proportion to its length, whatever is in it.
#![expect(clippy::disallowed_methods, reason = "the test measures time")]

use std::time::{Duration, Instant};
use throughline_otlp::json::{from_protobuf, to_protobuf};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::{Signal, inspect, schema};

/// Compares with ordinary JSON of the same length, on the same machine at the same moment.
#[test]
fn no_json_takes_much_longer_than_ordinary_json() {
    let attribute = r#"{"key":"http.request.method","value":{"stringValue":"GET"}},"#;
    let ordinary = span("\"attributes\":[", attribute, "{}]");
    let (open, close) = (r#"{"arrayValue":{"values":["#, "]}}");
    let (open, close) = (open.repeat(46), close.repeat(46));
    let deep = |start: &str, again: &str, end: &str| {
        let start = format!(r#""attributes":[{{"value":{open}{start}"#);
        span(&start, again, &format!("{end}{close}}}]"))
    };
    let known_keys = format!(r#""links":[{}{{}}],"#, "{},".repeat(10_000));
    let known_keys = span(&known_keys, "\"kind\":1,", "\"kind\":1");
    let chain = format!("{open}{{\"stringValue\":\"{:0128}\"}}{close},", 0);
    for (name, hostile) in [
        ("known keys", known_keys),
        (
            "a long text, deep",
            deep(r#"{"stringValue":""#, "a", r#""}"#),
        ),
        ("many values, deep", deep("", r#"{"intValue":1},"#, "{}")),
        (
            "many deep values",
            span(
                r#""attributes":[{"value":{"arrayValue":{"values":["#,
                &chain,
                "{}]}}}]",
            ),
        ),
        ("deeper than is read", span("\"x\":", "[", "")),
        ("unknown keys", span("", "\"x\":1,", "\"x\":1")),
        ("no values", span("\"links\":[", "{},", "{}")),
        ("a long integer", span("\"kind\":1", "0", "")),
        (
            "a long double",
            span(r#""attributes":[{"value":{"doubleValue":0."#, "1", "}}]"),
        ),
        ("escapes", span("\"name\":\"", r"\ud83d", "\"")),
        ("a long key", span("\"", r"\n", "\":1")),
        ("no id", span("\"spanId\":\"", "\u{200b}", "\"")),
        ("no object", span("\"status\":\"", "\u{200b}", "\"")),
        ("no list", span("\"links\":\"", "\u{200b}", "\"")),
        (
            "no boolean",
            span(
                r#""attributes":[{"value":{"boolValue":""#,
                "\u{200b}",
                "\"}}]",
            ),
        ),
        ("no integer", span("\"kind\":\"", "\u{200b}", "\"")),
    ] {
        // Best of five: a neighbour on the machine slows down one of the two now and then.
        let is_fair = |_| time(&hostile) < 4 * time(&ordinary);
        assert!((0..5).any(is_fair), "{name}: over 4 times as long");
    }
}

#[test]
fn an_error_message_is_short_whatever_was_sent() {
    for (before, after) in [
        ("\"spanId\":\"", "\""),
        ("\"status\":\"", "\""),
        ("\"links\":\"", "\""),
        ("\"kind\":\"", "\""),
        ("\"kind\":1", ""),
        (r#""attributes":[{"value":{"boolValue":""#, "\"}}]"),
        (r#""attributes":[{"value":{"doubleValue":""#, "\"}}]"),
    ] {
        let json = span(before, "0", after);
        let message = schema::export_request(Signal::Traces);
        let refused = to_protobuf(message, json.as_bytes()).map(|_| ());
        let length = refused.err().map(|refusal| refusal.to_string().len());
        assert!(
            length.unwrap_or_default() < 300,
            "{before}: {length:?} bytes"
        );
    }
}

/// A field that appears twice is merged into one, at each of a hundred depths.
#[test]
fn merging_messages_does_not_copy_them() {
    let merged = |times: usize| {
        let mut value = Writer::new();
        value.bytes(1, &vec![b'a'; SIZE]);
        for _ in 0..47 {
            let mut values = Writer::new();
            values.bytes(1, value.as_bytes());
            value = Writer::new();
            value.bytes(5, values.as_bytes());
            for _ in 1..times {
                value.bytes_present(5, b"");
            }
        }
        let mut request = value;
        // Value, attribute, span, its scope's and its resource's.
        for number in [2, 9, 2, 2, 1] {
            let mut around = Writer::new();
            around.bytes(number, request.as_bytes());
            request = around;
        }
        request.into_bytes()
    };
    let write = |protobuf: &[u8]| {
        let begun = Instant::now();
        let json = from_protobuf(schema::export_request(Signal::Traces), protobuf);
        assert!(json.expect("sound").len() > SIZE, "nothing is left out");
        begun.elapsed()
    };
    let (once, twice) = (merged(1), merged(2));
    let is_fair = |_| write(&twice) < 4 * write(&once);
    assert!((0..5).any(is_fair), "over 4 times as long");
}

/// A request with one span that begins with `before` and repeats `again` until it is long
/// enough.
fn span(before: &str, again: &str, after: &str) -> String {
    let mut json = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{before}"#);
    while json.len() < SIZE {
        json.push_str(again);
    }
    json + after + "}]}]}]}"
}

/// Translates and inspects, as the edge does.
fn time(json: &str) -> Duration {
    let begun = Instant::now();
    if let Ok(protobuf) = to_protobuf(schema::export_request(Signal::Traces), json.as_bytes()) {
        let _ = inspect(Signal::Traces, &protobuf);
    }
    begun.elapsed()
}

/// Bytes: long enough to be slow, short enough for a debug build to take a second.
const SIZE: usize = 256 * 1024;
