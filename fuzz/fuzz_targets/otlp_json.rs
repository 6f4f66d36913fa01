//! Fuzz target: JSON that is read becomes sound protobuf, unless it is nested too deep, and is
//! the same when it is written as JSON and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_otlp::{InvalidReason, RecordFault, Signal, inspect, json, schema};

fuzz_target!(|text: &[u8]| {
    for signal in Signal::ALL {
        let message = schema::export_request(signal);
        let Ok(protobuf) = json::to_protobuf(message, text) else {
            continue;
        };
        let protobuf = match inspect(signal, &protobuf) {
            Err(refused) if refused.reason == InvalidReason::Envelope(RecordFault::TooDeep) => {
                continue;
            }
            inspected => inspected.expect("what was read is sound").request,
        };
        let written = json::from_protobuf(message, &protobuf).expect("what is sound is written");
        let again = json::to_protobuf(message, written.as_bytes()).expect("our own JSON is read");
        let written_again = json::from_protobuf(message, &again).expect("what is sound is written");
        assert_eq!(written, written_again);
    }
});
