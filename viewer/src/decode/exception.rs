//! Reads an exception from the attributes of a log record or a span event.

use super::Attributes;
use serde_json::Value as Json;
use throughline_semconv::{
    EXCEPTION_MESSAGE, EXCEPTION_STACKTRACE, EXCEPTION_TYPE, THROUGHLINE_EXCEPTION_COUNT,
    THROUGHLINE_EXCEPTION_FRAMES,
};
use throughline_symbolicate::stack::UNKNOWN_FUNCTION;

/// An exception: the fields that group it, and how many it counts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exception {
    pub(crate) kind: String,
    pub(crate) message: String,
    /// The innermost frame, as one line; empty when the stack has none.
    pub(crate) thrown_at: String,
    /// How many equal exceptions the record counts for.
    pub(crate) count: u32,
}

impl Exception {
    /// Reads an exception; `None` when there is neither a type nor a message.
    ///
    /// <https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/>
    pub(crate) fn read(attributes: Attributes<'_>) -> Option<Self> {
        let kind = attributes.text(EXCEPTION_TYPE);
        let message = attributes.text(EXCEPTION_MESSAGE);
        if kind.is_none() && message.is_none() {
            return None;
        }
        let thrown_at = attributes
            .json_of(THROUGHLINE_EXCEPTION_FRAMES)
            .and_then(|frames| parsed_frame(&frames))
            .or_else(|| raw_frame(&attributes.text(EXCEPTION_STACKTRACE)?))
            .unwrap_or_default();
        Some(Self {
            kind: kind.unwrap_or_default().into_owned(),
            message: message.unwrap_or_default().into_owned(),
            thrown_at,
            // Saturates; a record counts for at least one.
            count: attributes
                .number(THROUGHLINE_EXCEPTION_COUNT)
                .map_or(1, |count| (count as u32).max(1)),
        })
    }
}

/// The innermost of the parsed frames, which is the last.
fn parsed_frame(frames: &Json) -> Option<String> {
    let frame = frames.as_array()?.last()?;
    let function = frame["function"].as_str().unwrap_or(UNKNOWN_FUNCTION);
    let filename = frame["filename"].as_str().unwrap_or_default();
    Some(match frame["lineno"].as_u64() {
        Some(line) => format!("{function} ({filename}:{line})"),
        None => format!("{function} ({filename})"),
    })
}

/// The innermost frame of a stack in the format of its language.
fn raw_frame(stack: &str) -> Option<String> {
    let lines = || stack.lines().map(str::trim);
    // Python prints the innermost frame last; JavaScript engines and the JVM print it first.
    let frame = lines().rev().find_map(python_frame).or_else(|| {
        lines().find_map(|line| match line.strip_prefix("at ") {
            Some(frame) => Some(frame.to_owned()),
            None => (line.contains(".go:") || line.contains('@')).then(|| line.to_owned()),
        })
    })?;
    Some(frame.chars().take(MAX_FRAME).collect())
}

/// `File "tax.py", line 9, in rate`, written like a parsed frame.
fn python_frame(line: &str) -> Option<String> {
    let (file, rest) = line.strip_prefix("File \"")?.split_once("\", line ")?;
    let (number, function) = rest.split_once(", in ").unwrap_or((rest, UNKNOWN_FUNCTION));
    Some(format!("{function} ({file}:{number})"))
}

/// Characters; a longer line is minified code or an attack.
const MAX_FRAME: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_frame_is_found_in_each_language() {
        let python = "Traceback (most recent call last):\n  File \"app.py\", line 3, in price\n    x()\n  File \"tax.py\", line 9, in x\n    1/0\nZeroDivisionError: division by zero";
        let chromium = "TypeError: x\n    at buy (https://shop/app.js:1:20)\n    at click (https://shop/app.js:9:1)";
        let firefox = "buy@https://shop/app.js:1:20\nclick@https://shop/app.js:9:1";
        let go = "goroutine 1 [running]:\nmain.charge(...)\n\t/src/charge.go:42 +0x1d";
        let found = [python, chromium, firefox, go].map(raw_frame);
        assert_eq!(
            found.each_ref().map(Option::as_deref),
            [
                Some("x (tax.py:9)"),
                Some("buy (https://shop/app.js:1:20)"),
                Some("buy@https://shop/app.js:1:20"),
                Some("/src/charge.go:42 +0x1d"),
            ]
        );
    }
}
