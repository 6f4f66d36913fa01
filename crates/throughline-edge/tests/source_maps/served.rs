//! Scripts that a host reads where they are served: their frames are found by address.

use super::{exception, frames, list, plain_map, string};
use bytes::Bytes;
use serde_json::{Value, json};
use throughline_edge::{ServedScript, script_addresses, symbolicate_served};
use throughline_otlp::{Signal, json as otlp_json, schema};
use throughline_sourcemap::DebugId;
use throughline_testkit::source_map::{ADDRESS, DEBUG_ID, READABLE, STACK, index};

/// A request as it leaves the edge: with frames.
fn request(attributes: &Value) -> Bytes {
    let frame = |column: u32| {
        json!({ "kvlistValue": { "values": [
            string("function", "a"), string("filename", ADDRESS),
            { "key": "lineno", "value": { "intValue": 1 } },
            { "key": "colno", "value": { "intValue": column } },
        ] } })
    };
    let mut attributes = list(attributes);
    attributes.push(json!({ "key": "throughline.exception.frames", "value": { "arrayValue": { "values": [frame(54), frame(47), frame(21)] } } }));
    let record = json!({ "eventName": "exception", "attributes": attributes });
    let request = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [record] }] }] });
    let schema = schema::export_request(Signal::Logs);
    otlp_json::to_protobuf(schema, request.to_string().as_bytes())
        .expect("a readable request")
        .into()
}

fn record(request: &Bytes) -> Value {
    let schema = schema::export_request(Signal::Logs);
    let json = otlp_json::from_protobuf(schema, request).expect("a readable request");
    let json: Value = serde_json::from_str(&json).expect("a readable request");
    plain_map(&json["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["attributes"])
}

fn script(index: Bytes) -> ServedScript {
    ServedScript {
        address: ADDRESS.into(),
        debug_id: DebugId::parse(DEBUG_ID).expect("a readable request"),
        index,
    }
}

fn without_images() -> Value {
    let mut attributes = list(&exception(&[]));
    attributes.retain(|attribute| attribute["key"] != "throughline.exception.images");
    attributes.into()
}

#[test]
fn a_script_without_a_debug_id_reads_as_source() {
    let request = request(&without_images());
    assert_eq!(script_addresses(&request), [ADDRESS]);
    let record = record(&symbolicate_served(&request, &[script(index())]));
    assert_eq!(record["exception.stacktrace"], READABLE);
    assert_eq!(record["throughline.exception.raw_stacktrace"], STACK);
    let frames = frames(&record);
    assert_eq!(frames[2]["filename"], "src/cart.ts");
    assert_eq!(frames[2]["context_line"], "  throw new Error(item);");
    // As a script with a debug id has it.
    let image = &record["throughline.exception.images"][0];
    assert_eq!(image["debug_id"], DEBUG_ID);
}

#[test]
fn a_debug_id_of_the_page_makes_no_difference() {
    let request = request(&exception(&[]));
    let record = record(&symbolicate_served(&request, &[script(index())]));
    assert_eq!(record["exception.stacktrace"], READABLE);
}

#[test]
fn files_of_causes_and_components_are_read_too() {
    let cause = json!({ "kvlistValue": { "values": [
        string("stacktrace", "TypeError: y\n    at a (http://localhost:1/cause.js:1:15)"),
    ] } });
    let mut attributes = list(&without_images());
    attributes.push(json!({ "key": "throughline.exception.causes", "value": { "arrayValue": { "values": [cause] } } }));
    attributes.push(string(
        "throughline.exception.component_stack",
        "\n    at c (http://localhost:1/component.js:1:47)",
    ));
    assert_eq!(
        script_addresses(&request(&attributes.into())),
        [
            "http://localhost:1/cause.js",
            "http://localhost:1/component.js",
            ADDRESS
        ]
    );
}

#[test]
fn without_an_index_that_can_be_read_the_stack_stays() {
    let request = request(&without_images());
    assert_eq!(symbolicate_served(&request, &[]), request);
    for broken in [
        Bytes::new(),
        Bytes::from_static(b"no index"),
        index().slice(..40),
    ] {
        let record = record(&symbolicate_served(&request, &[script(broken)]));
        assert_eq!(record["exception.stacktrace"], STACK);
        assert_eq!(frames(&record)[2]["symbolication"], "broken");
    }
}

#[test]
fn what_is_no_exception_stays() {
    let request = Bytes::from_static(b"\x0a\x02\x12\x00");
    assert!(script_addresses(&request).is_empty());
    assert_eq!(symbolicate_served(&request, &[script(index())]), request);
}
