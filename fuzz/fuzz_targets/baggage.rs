//! Fuzz target: baggage within its limit is the same after it is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_trace_context::Baggage;

fuzz_target!(|text: &str| {
    let baggage = Baggage::parse([text]);
    let written = baggage.format();
    assert!(written.len() <= Baggage::MAX_BYTES);
    let again = Baggage::parse([written.as_str()]);
    if again.entries().len() == baggage.entries().len() {
        assert_eq!(again, baggage);
    }
});
