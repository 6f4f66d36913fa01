//! Fuzz target: a request that is accepted keeps only usable records, can be written as JSON,
//! and is accepted again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_otlp::{Signal, inspect, json, schema};

fuzz_target!(|request: &[u8]| {
    for signal in Signal::ALL {
        let Ok(inspected) = inspect(signal, request) else {
            continue;
        };
        let kept = &inspected.request;
        let again = inspect(signal, kept).expect("what is left is sound");
        assert_eq!(again.unusable, 0);
        assert_eq!(again.records, inspected.kept());
        json::from_protobuf(schema::export_request(signal), kept).expect("what is sound is written");
    }
});
