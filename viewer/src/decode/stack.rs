//! Reads the frames of a stack, and which of them are of a library.

use super::Attributes;
use serde_json::{Value as Json, json};
use std::fmt;
use throughline_semconv::{EXCEPTION_STACKTRACE, THROUGHLINE_EXCEPTION_FRAMES};
use throughline_symbolicate::fingerprint::{GroupFrame, is_script};
use throughline_symbolicate::stack::{self, UNKNOWN_FUNCTION};

/// A stack as it was printed, and its frames, innermost first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Stack {
    printed: String,
    frames: Vec<Frame>,
}

/// A frame: a function and the position of its call.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Frame {
    function: String,
    file: String,
    /// Counted from 1.
    line: Option<u32>,
    /// Counted from 1.
    column: Option<u32>,
    /// Whether it is of the application, where the edge or the sender says so.
    in_app: Option<bool>,
    /// The lines around it, where the edge or the sender has the source.
    context: Option<Context>,
}

/// The line of a frame, and some before and behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Context {
    before: Vec<String>,
    line: String,
    after: Vec<String>,
}

impl Stack {
    /// Reads the stack of an exception: the frames that the edge parsed or, without them, those
    /// of the printed stack.
    pub(super) fn read(attributes: Attributes<'_>) -> Self {
        let stack = Self::parse(&attributes.text(EXCEPTION_STACKTRACE).unwrap_or_default());
        let parsed = attributes.json_of(THROUGHLINE_EXCEPTION_FRAMES);
        let frames = parsed.as_ref().map_or_else(Vec::new, frames_of_edge);
        if frames.is_empty() {
            stack
        } else {
            Self { frames, ..stack }
        }
    }

    /// Parses a stack in the format of its language.
    pub(super) fn parse(printed: &str) -> Self {
        Self {
            printed: printed.to_owned(),
            frames: python_frames(printed)
                .or_else(|| go_frames(printed))
                .unwrap_or_else(|| {
                    let frames = stack::parse(printed).into_iter();
                    frames
                        .map(|frame| {
                            let mut read = Frame::new(frame.function, &frame.filename);
                            (read.line, read.column) = (frame.lineno, frame.colno);
                            read
                        })
                        .collect()
                }),
        }
    }

    /// The innermost frame of the application as one line; of a stack without such a frame, the
    /// innermost one; empty when the stack has no frames.
    pub(super) fn thrown_at(&self) -> String {
        let frame = self.own_frame().and_then(|own| self.frames.get(own));
        let line = frame.map(ToString::to_string).unwrap_or_default();
        line.chars().take(MAX_PLACE).collect()
    }

    /// The stack as members of the API's JSON: `frames`, `own_frame` and `stacktrace`.
    pub(super) fn json(&self) -> Json {
        json!({
            "frames": self.frames.iter().map(Frame::json).collect::<Vec<_>>(),
            "own_frame": self.own_frame(),
            "stacktrace": self.printed,
        })
    }

    /// The frames, innermost first, as far as they tell one fault from another.
    pub(super) fn group_frames(&self) -> impl Iterator<Item = GroupFrame<'_>> {
        self.frames.iter().map(|frame| GroupFrame {
            function: &frame.function,
            file: &frame.file,
            in_app: !frame.is_library(),
            is_source: !is_script(&frame.file),
        })
    }

    /// The index of the innermost frame of the application, or of the innermost of all.
    fn own_frame(&self) -> Option<usize> {
        let own = self.frames.iter().position(|frame| !frame.is_library());
        own.or_else(|| (!self.frames.is_empty()).then_some(0))
    }
}

impl Frame {
    fn new(function: &str, file: &str) -> Self {
        Self {
            function: cut(function),
            file: cut(file),
            line: None,
            column: None,
            in_app: None,
            context: None,
        }
    }

    /// Whether it is of a library, the platform or the runtime.
    fn is_library(&self) -> bool {
        if let Some(in_app) = self.in_app {
            return !in_app;
        }
        let text = format!("{} ({})", self.function, self.file);
        LIBRARIES.iter().any(|mark| text.contains(mark))
    }

    fn json(&self) -> Json {
        let mut json = json!({
            "function": self.function,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "library": self.is_library(),
        });
        if let Some(Context {
            before,
            line,
            after,
        }) = &self.context
        {
            json["context"] = json!({"before": before, "line": line, "after": after});
        }
        json
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({}", self.function, self.file)?;
        for position in [self.line, self.column].into_iter().flatten() {
            write!(formatter, ":{position}")?;
        }
        formatter.write_str(")")
    }
}

/// The frames that the edge parsed. They are sent innermost last.
fn frames_of_edge(frames: &Json) -> Vec<Frame> {
    let frames = frames.as_array().map_or(&[][..], Vec::as_slice);
    let number = |json: &Json| json.as_u64().and_then(|number| u32::try_from(number).ok());
    let newest = frames.iter().rev().take(MAX_FRAMES);
    newest
        .map(|frame| Frame {
            line: number(&frame["lineno"]),
            column: number(&frame["colno"]),
            in_app: frame["in_app"].as_bool(),
            context: context(frame),
            ..Frame::new(
                frame["function"].as_str().unwrap_or(UNKNOWN_FUNCTION),
                frame["filename"].as_str().unwrap_or_default(),
            )
        })
        .collect()
}

/// The lines around a frame.
fn context(frame: &Json) -> Option<Context> {
    let lines = |key: &str| {
        let lines = frame[key].as_array().map_or(&[][..], Vec::as_slice);
        let lines = lines.iter().filter_map(Json::as_str).map(cut);
        lines.take(MAX_CONTEXT).collect()
    };
    Some(Context {
        line: cut(frame["context_line"].as_str()?),
        before: lines("pre_context"),
        after: lines("post_context"),
    })
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

/// The frames of a Python traceback, which prints the innermost frame last.
fn python_frames(printed: &str) -> Option<Vec<Frame>> {
    let frames = printed.lines().rev().filter_map(python_frame);
    some_frames(frames)
}

/// `File "tax.py", line 9, in rate`.
fn python_frame(line: &str) -> Option<Frame> {
    let line = line.trim().strip_prefix("File \"")?;
    let (file, rest) = line.split_once("\", line ")?;
    let (number, function) = rest.split_once(", in ").unwrap_or((rest, UNKNOWN_FUNCTION));
    Some(Frame {
        line: Some(number.parse().ok()?),
        ..Frame::new(function, file)
    })
}

/// The frames of a goroutine: a line `main.rate(0x1)` and below it `/src/tax.go:17 +0x1d`.
fn go_frames(printed: &str) -> Option<Vec<Frame>> {
    let calls = printed.lines().map(str::trim);
    let places = calls.clone().skip(1);
    some_frames(calls.zip(places).filter_map(|(call, place)| {
        let (file, rest) = place.split_once(".go:")?;
        let number = rest.split(' ').next()?.parse().ok()?;
        let function = call.rsplit_once('(').map_or(call, |(function, _)| function);
        Some(Frame {
            line: Some(number),
            ..Frame::new(function, &format!("{file}.go"))
        })
    }))
}

fn some_frames(frames: impl Iterator<Item = Frame>) -> Option<Vec<Frame>> {
    let frames: Vec<Frame> = frames.take(MAX_FRAMES).collect();
    (!frames.is_empty()).then_some(frames)
}

/// Parts of a frame that is not of the application.
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
/// Lines before and behind that of a frame.
const MAX_CONTEXT: usize = 10;
const MAX_FRAMES: usize = 100;
/// Characters of a function or file; a longer one is minified code or an attack.
const MAX_TEXT: usize = 1_000;
/// Characters of [`Stack::thrown_at`].
const MAX_PLACE: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_around_a_frame_are_read_and_bounded() {
        let long = "x".repeat(MAX_TEXT + 1);
        let frames = json!([
            {"function": "outer", "filename": "a.ts", "context_line": long, "pre_context": vec!["y"; MAX_CONTEXT + 1]},
            {"function": "buy", "filename": "a.ts", "lineno": 2, "context_line": "  throw 1;", "pre_context": ["function buy() {"], "post_context": ["}", 7]},
            {"function": "inner", "filename": "b.js", "pre_context": ["no line of its own"]},
        ]);
        let read = frames_of_edge(&frames);
        assert_eq!(read[0].json()["context"], Json::Null);
        assert_eq!(
            read[1].json()["context"],
            json!({"before": ["function buy() {"], "line": "  throw 1;", "after": ["}"]})
        );
        let outer = read[2].context.as_ref().unwrap();
        assert_eq!(
            (outer.line.len(), outer.before.len()),
            (MAX_TEXT, MAX_CONTEXT)
        );
    }

    #[test]
    fn frames_of_each_language_are_read_innermost_first() {
        for (stack, expected) in [
            (
                "Traceback (most recent call last):\n  File \"/app/main.py\", line 48, in price\n    x()\n  File \"/app/tax.py\", line 17, in rate\n    1/0\nZeroDivisionError: division by zero",
                &["rate (/app/tax.py:17)", "price (/app/main.py:48)"][..],
            ),
            (
                "TypeError: x\n    at rate (https://shop/app.js:2:1841)\n    at https://shop/app.js:9:1",
                &[
                    "rate (https://shop/app.js:2:1841)",
                    "? (https://shop/app.js:9:1)",
                ],
            ),
            (
                "rate@https://shop/app.js:2:1841\n@https://shop/app.js:9:1",
                &[
                    "rate (https://shop/app.js:2:1841)",
                    "? (https://shop/app.js:9:1)",
                ],
            ),
            (
                "goroutine 1 [running]:\nmain.(*Tax).rate(0x1)\n\t/src/tax.go:17 +0x1d\nmain.main()\n\t/go/pkg/mod/x@v1/main.go:48 +0x20",
                &[
                    "main.(*Tax).rate (/src/tax.go:17)",
                    "main.main (/go/pkg/mod/x@v1/main.go:48)",
                ],
            ),
            (
                "java.lang.RuntimeException: x\n\tat shop.Tax.rate(Tax.java:17)\n\tat shop.Main.main(Main.java:48)",
                &[
                    "shop.Tax.rate (Tax.java:17)",
                    "shop.Main.main (Main.java:48)",
                ],
            ),
            ("no stack", &[]),
        ] {
            let frames = Stack::parse(stack).frames;
            let lines: Vec<String> = frames.iter().map(ToString::to_string).collect();
            assert_eq!(lines, expected);
        }
    }

    #[test]
    fn the_place_is_the_innermost_frame_of_the_application() {
        for (stack, expected) in [
            (
                "  File \"/app/pay.py\", line 9, in charge\n  File \"/usr/lib/python3.11/json/decoder.py\", line 337, in decode\nJSONDecodeError",
                "charge (/app/pay.py:9)",
            ),
            (
                "Error: x\n    at Array.map (<anonymous>)\n    at wrap (https://shop/node_modules/lib.js:3:1)\n    at total (https://shop/app.js:1:20)",
                "total (https://shop/app.js:1:20)",
            ),
            (
                "Error: x\n    at Object.<anonymous> (/app/main.js:1:7)\n    at Module._compile (node:internal/modules:1:1)",
                "Object.<anonymous> (/app/main.js:1:7)",
            ),
            (
                "    at flush (https://shop/assets/react-dom-1.js:3:1)",
                "flush (https://shop/assets/react-dom-1.js:3:1)",
            ),
            ("", ""),
        ] {
            assert_eq!(Stack::parse(stack).thrown_at(), expected);
        }
        let frames = frames_of_edge(&json!([
            {"function": "render", "filename": "/app.js", "lineno": 4},
            {"function": "commit", "filename": "/react-dom-9.js", "lineno": 2},
        ]));
        let stack = Stack {
            frames,
            ..Stack::default()
        };
        assert_eq!(stack.thrown_at(), "render (/app.js:4)");
    }

    #[test]
    fn frames_are_of_a_library_where_the_edge_says_so() {
        let frames = frames_of_edge(&json!([
            {"function": "start", "filename": "/node_modules/@shop/ui.js", "in_app": true},
            {"function": "open", "filename": "https://chat.example/widget.js", "in_app": false},
            {"function": "flush", "filename": "/react-dom-9.js"},
        ]));
        let marks: Vec<bool> = frames.iter().map(Frame::is_library).collect();
        assert_eq!(marks, [true, true, false]);
    }

    proptest::proptest! {
        #[test]
        fn any_stack_is_read_within_bounds(printed in "(.{0,40}\n|  File \"a.py\", line [0-9]{1,12}, in b\n|\t/a.go:[0-9]{1,12}\n| at f \\(a.js:1:2\\)\n){0,300}") {
            let stack = Stack::parse(&printed);
            proptest::prop_assert!(stack.frames.len() <= MAX_FRAMES);
            proptest::prop_assert!(stack.thrown_at().chars().count() <= MAX_PLACE);
        }
    }
}
