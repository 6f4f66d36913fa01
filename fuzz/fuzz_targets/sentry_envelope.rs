//! Fuzz target: any envelope is read or refused, its items lie in it one after the other, and what
//! they become is OTLP that can be decoded.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_otlp::{Signal, inspect, json::from_protobuf, schema::export_request};
use throughline_sentry::{Envelope, Telemetry};

fuzz_target!(|bytes: &[u8]| {
    let _ = Telemetry::key_of_envelope(bytes);
    let mut payloads = 0;
    let mut whole = false;
    if let Ok(envelope) = Envelope::parse(bytes) {
        whole = true;
        let mut from = envelope.header.len();
        for item in envelope.items() {
            let Ok(item) = item else {
                whole = false;
                break;
            };
            // An empty payload at the end may stand behind a newline that is not there, and be
            // no part of the envelope then.
            if item.payload.is_empty() {
                continue;
            }
            let start = item.payload.as_ptr() as usize - bytes.as_ptr() as usize;
            assert!(start > from);
            from = start + item.payload.len();
            payloads += item.payload.len();
        }
    }
    assert!(payloads <= bytes.len());
    let telemetry = Telemetry::of_envelope(bytes);
    assert_eq!(telemetry.is_ok(), whole);
    for telemetry in [telemetry.ok(), Telemetry::of_event(bytes).ok()].into_iter().flatten() {
        for (signal, request) in [
            (Signal::Traces, telemetry.traces),
            (Signal::Logs, telemetry.logs),
            (Signal::Metrics, telemetry.metrics),
        ] {
            assert!(from_protobuf(export_request(signal), &request).is_ok());
            assert!(inspect(signal, &request).is_ok());
        }
    }
});
