//! Fuzz target: a traceparent that is read is written the same, as version 00 and with known flags.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_trace_context::Traceparent;

fuzz_target!(|text: &str| {
    if let Ok(traceparent) = Traceparent::parse(text) {
        let written = traceparent.format();
        assert_eq!(written[3..53], text[3..53]);
        assert_eq!(Traceparent::parse(&written), Ok(traceparent));
    }
});
