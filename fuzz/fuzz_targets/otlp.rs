//! Fuzz target: fields that are read and copied give the same message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_otlp::protobuf::{Writer, fields};

fuzz_target!(|message: &[u8]| {
    let mut copy = Writer::new();
    let whole = fields(message).all(|field| field.map(|field| copy.raw(field.raw)).is_ok());
    if whole {
        assert_eq!(copy.as_bytes(), message);
    }
});
