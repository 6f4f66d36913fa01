//! Fuzz target: a tracestate that is read is the same after it is written and read again, and
//! stays well formed after each change; so does its `ot` member.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_trace_context::Tracestate;
use throughline_trace_context::sampling::Threshold;

fuzz_target!(|input: (&str, &str, u16)| {
    let (first, second, max_chars) = input;
    let Ok(mut list) = Tracestate::parse([first, second]) else {
        return;
    };
    assert_eq!(Tracestate::parse([list.as_str()]).as_ref(), Ok(&list));

    let unknown: Vec<_> = list.ot().unknown().collect();
    let unknown = unknown.len();
    list.set_threshold(Some(Threshold::ALWAYS));
    assert_eq!(list.ot().threshold(), Some(Threshold::ALWAYS));
    assert!(list.ot().unknown().count() <= unknown);

    list.shorten(max_chars.into());
    assert!(list.as_str().len() <= max_chars.into());
    assert_eq!(Tracestate::parse([list.as_str()]), Ok(list));
});
