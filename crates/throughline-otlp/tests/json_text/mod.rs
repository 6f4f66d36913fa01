//! Requests as OTLP/JSON, and their translation to protobuf and back.

use throughline_otlp::json::{from_protobuf, to_protobuf};
use throughline_otlp::{Signal, inspect, schema};

/// Translates JSON to protobuf and back.
pub(crate) fn canonical(signal: Signal, json: &str) -> String {
    let message = schema::export_request(signal);
    let protobuf = to_protobuf(message, json.as_bytes()).expect("valid OTLP/JSON");
    inspect(signal, &protobuf).expect("what was translated is sound");
    from_protobuf(message, &protobuf).expect("what was translated is written")
}

pub(crate) fn span(fields: &str) -> String {
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{fields}}}]}}]}}]}}"#)
}
