//! Fuzz target: an X-Ray header that is read is written and read the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_trace_context::xray::XrayHeader;

fuzz_target!(|text: &str| {
    let header = XrayHeader::parse(text);
    assert_eq!(XrayHeader::parse(&header.format()), header);
});
