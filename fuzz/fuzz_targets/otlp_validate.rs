//! What is accepted can be written as JSON, keeps only usable records, and stays
//! accepted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_otlp::{Signal, inspect, json, schema, without_unusable};

fuzz_target!(|request: &[u8]| {
    for signal in Signal::ALL {
        let Ok(inspection) = inspect(signal, request) else {
            continue;
        };
        let kept = without_unusable(signal, request).expect("what is sound is copied");
        let again = inspect(signal, &kept).expect("a copy is sound");
        assert_eq!(again.unusable, 0);
        assert_eq!(again.records, inspection.records - inspection.unusable);
        json::from_protobuf(schema::export_request(signal), &kept).expect("what is sound is written");
    }
});
