//! Fuzz target: texts between zero bytes as the parts of a stack, the first byte being the number of
//! frames to leave out. Any stack gives a limited number of frames, each with a function and a file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_symbolicate::stack::{MAX_FRAMES, StackSource};

fuzz_target!(|text: &str| {
    let mut parts = text.get(1..).unwrap_or_default().split('\0');
    let mut part = || parts.next().unwrap_or_default();
    let (stack, message, stacktrace) = (part(), part(), part());
    let source = StackSource {
        message,
        stack,
        stacktrace,
        frames_to_pop: text
            .as_bytes()
            .first()
            .map_or(0, |first| (first & 7).into()),
    };
    let frames = source.frames();
    assert!(frames.len() <= MAX_FRAMES);
    for frame in frames {
        assert!(!frame.function.is_empty() && !frame.filename.is_empty());
    }
});
