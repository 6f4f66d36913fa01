//! Fuzz target: any text is read or refused, and any facts become OTLP that can be decoded.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_facts::to_otlp;
use throughline_otlp::{Signal, json::from_protobuf, schema::export_request};

fuzz_target!(|text: &str| {
    // Without help a fuzzer finds the separators late.
    let facts = text.replace('|', "\u{1f}").replace('\n', "\u{1e}").replace(',', "\u{1d}");
    if let Ok(telemetry) = to_otlp(&facts) {
        for (signal, bytes) in [(Signal::Traces, telemetry.traces), (Signal::Logs, telemetry.logs)] {
            assert!(from_protobuf(export_request(signal), &bytes).is_ok());
        }
    }
});
