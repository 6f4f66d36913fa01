//! Reads an exception from the attributes of a log record or a span event.

use super::Attributes;
use serde_json::Value as Json;
use throughline_otlp::attribute::AttributeValue;
use throughline_semconv::{
    EXCEPTION_MESSAGE, EXCEPTION_STACKTRACE, EXCEPTION_TYPE, THROUGHLINE_EXCEPTION_COUNT,
    THROUGHLINE_EXCEPTION_FRAMES, THROUGHLINE_EXCEPTION_HANDLED,
};
use throughline_symbolicate::stack::UNKNOWN_FUNCTION;

/// An exception: the fields that group it, and how many it counts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exception {
    pub(crate) kind: String,
    pub(crate) message: String,
    /// The innermost frame of the application itself, as one line; of a stack that has none,
    /// the innermost frame; empty when the stack has no frames.
    pub(crate) thrown_at: String,
    /// Whether the application says that it handled the exception.
    pub(crate) handled: bool,
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
        let frames = attributes
            .json_of(THROUGHLINE_EXCEPTION_FRAMES)
            .map(|frames| parsed_frames(&frames))
            .filter(|frames| !frames.is_empty());
        let frames = frames.unwrap_or_else(|| {
            let stack = attributes.text(EXCEPTION_STACKTRACE);
            raw_frames(&stack.unwrap_or_default())
        });
        Some(Self {
            kind: kind.unwrap_or_default().into_owned(),
            message: message.unwrap_or_default().into_owned(),
            thrown_at: thrown_at(frames),
            handled: attributes.value(THROUGHLINE_EXCEPTION_HANDLED)
                == Some(AttributeValue::Bool(true)),
            // Saturates; a record counts for at least one.
            count: attributes
                .number(THROUGHLINE_EXCEPTION_COUNT)
                .map_or(1, |count| (count as u32).max(1)),
        })
    }
}

/// The innermost frame of the application among frames, innermost first.
fn thrown_at(frames: Vec<String>) -> String {
    let own = frames.iter().position(|frame| !is_library(frame));
    frames
        .into_iter()
        .nth(own.unwrap_or_default())
        .unwrap_or_default()
}

/// Whether a frame is of a library, the platform or the runtime.
fn is_library(frame: &str) -> bool {
    LIBRARIES.iter().any(|mark| frame.contains(mark))
}

/// The parsed frames, innermost first; on the wire the innermost is the last.
fn parsed_frames(frames: &Json) -> Vec<String> {
    let frames = frames.as_array().map_or(&[][..], Vec::as_slice);
    let lines = frames.iter().rev().map(|frame| {
        let function = frame["function"].as_str().unwrap_or(UNKNOWN_FUNCTION);
        let filename = frame["filename"].as_str().unwrap_or_default();
        match frame["lineno"].as_u64() {
            Some(line) => format!("{function} ({filename}:{line})"),
            None => format!("{function} ({filename})"),
        }
    });
    lines.collect()
}

/// The frames of a stack in the format of its language, innermost first.
fn raw_frames(stack: &str) -> Vec<String> {
    let lines = || stack.lines().map(str::trim);
    // Python prints the innermost frame last; JavaScript engines and the JVM print it first.
    let mut frames: Vec<String> = lines().filter_map(python_frame).collect();
    frames.reverse();
    if frames.is_empty() {
        frames.extend(lines().filter_map(|line| match line.strip_prefix("at ") {
            Some(frame) => Some(frame.to_owned()),
            None => (line.contains(".go:") || line.contains('@')).then(|| line.to_owned()),
        }));
    }
    let shortened = frames.into_iter().take(MAX_FRAMES);
    shortened
        .map(|frame| frame.chars().take(MAX_FRAME).collect())
        .collect()
}

/// `File "tax.py", line 9, in rate`, written like a parsed frame.
fn python_frame(line: &str) -> Option<String> {
    let (file, rest) = line.strip_prefix("File \"")?.split_once("\", line ")?;
    let (number, function) = rest.split_once(", in ").unwrap_or((rest, UNKNOWN_FUNCTION));
    Some(format!("{function} ({file}:{number})"))
}

/// Parts of a frame that is not of the application. `page/exception.js` dims the same ones.
const LIBRARIES: [&str; 14] = [
    "node_modules",
    "site-packages",
    "dist-packages",
    "/lib/python",
    "/usr/lib",
    "/usr/local/go/src/",
    "/go/pkg/",
    "/react-dom",
    "<frozen",
    "node:internal",
    "[native",
    "java.base/",
    "(<anonymous>",
    "extension://",
];
const MAX_FRAMES: usize = 200;
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
        let found = [python, chromium, firefox, go].map(|stack| thrown_at(raw_frames(stack)));
        assert_eq!(
            found,
            [
                "x (tax.py:9)",
                "buy (https://shop/app.js:1:20)",
                "buy@https://shop/app.js:1:20",
                "/src/charge.go:42 +0x1d",
            ]
        );
    }

    #[test]
    fn the_place_is_the_innermost_frame_of_the_application() {
        let python = "  File \"/app/pay.py\", line 9, in charge\n  File \"/usr/lib/python3.11/json/decoder.py\", line 337, in decode\nJSONDecodeError";
        let browser = "Error: x\n    at Array.map (<anonymous>)\n    at wrap (https://shop/node_modules/lib.js:3:1)\n    at total (https://shop/app.js:1:20)";
        let library = "    at flush (https://shop/assets/react-dom-1.js:3:1)";
        let frames = serde_json::json!([
            {"function": "render", "filename": "/app.js", "lineno": 4},
            {"function": "commit", "filename": "/react-dom-9.js", "lineno": 2},
        ]);
        let module = "Error: x\n    at Object.<anonymous> (/app/main.js:1:7)\n    at Module._compile (node:internal/modules:1:1)";
        assert_eq!(
            thrown_at(raw_frames(module)),
            "Object.<anonymous> (/app/main.js:1:7)"
        );
        assert_eq!(thrown_at(raw_frames(python)), "charge (/app/pay.py:9)");
        assert_eq!(
            thrown_at(raw_frames(browser)),
            "total (https://shop/app.js:1:20)"
        );
        assert_eq!(
            thrown_at(raw_frames(library)),
            "flush (https://shop/assets/react-dom-1.js:3:1)"
        );
        assert_eq!(thrown_at(parsed_frames(&frames)), "render (/app.js:4)");
    }

    #[test]
    fn the_page_dims_the_frames_of_the_same_libraries() {
        let page = include_str!("../../page/exception.js");
        for mark in LIBRARIES {
            assert!(page.contains(&format!("\"{mark}\",")), "{mark}");
        }
    }
}
