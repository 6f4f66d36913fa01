//! Fuzz target: any stack gives a limited number of frames, each with a function and a file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_symbolicate::stack::{MAX_FRAMES, StackSource};

fuzz_target!(|input: (&str, &str, &str, u8)| {
    let (message, stack, stacktrace, frames_to_pop) = input;
    let source = StackSource {
        message,
        stack,
        stacktrace,
        frames_to_pop: frames_to_pop.into(),
    };
    let frames = source.frames();
    assert!(frames.len() <= MAX_FRAMES);
    for frame in frames {
        assert!(!frame.function.is_empty() && !frame.filename.is_empty());
    }
});
