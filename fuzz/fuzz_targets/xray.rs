//! Fuzz target: an X-Ray header that is read is written and read the same, and one that is
//! rewritten names the new span.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_trace_context::xray::{XrayHeader, rewrite};
use throughline_trace_context::{SpanContext, SpanId, TraceFlags, TraceId};

fuzz_target!(|text: &str| {
    let header = XrayHeader::parse(text);
    assert_eq!(XrayHeader::parse(&header.format()), header);
    let ids = TraceId::from_bytes([7; 16]).zip(SpanId::from_bytes([9; 8]));
    let (trace_id, span_id) = ids.expect("not zero");
    let span = SpanContext::root(trace_id, span_id, TraceFlags::default());
    let named = XrayHeader::parse(&rewrite([text], &span));
    assert_eq!((named.trace_id, named.span_id), (Some(trace_id), Some(span_id)));
    assert_eq!(named.sampled, Some(false));
});
