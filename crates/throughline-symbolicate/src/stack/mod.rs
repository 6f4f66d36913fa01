//! Parses a stack string, such as `Error.stack`, into frames.
//!
//! `Error.stack` is not standardised: each engine prints it in its own way, so a string is
//! read in the one dialect that fits it. A dialect is a function that reads the frame in a
//! line, if the line has one.
//!
//! The names follow Sentry's event payload, which tools expect:
//! <https://develop.sentry.dev/sdk/data-model/event-payloads/stacktrace/>.

mod gecko;
mod place;
mod presto;
mod text;
mod v8;
mod wasm;

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

pub use wasm::WasmPlace;

/// Frame of a stack: a function and the position of its call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The function as the engine printed it, or [`UNKNOWN_FUNCTION`].
    pub function: &'a str,
    /// URL or path of the script, or what the engine prints instead: `<anonymous>`,
    /// `[native code]`.
    pub filename: Cow<'a, str>,
    /// Line, counted from 1.
    pub lineno: Option<u32>,
    /// Column in UTF-16 code units, counted from 1.
    pub colno: Option<u32>,
}

/// Properties of an error object that describe its stack.
#[derive(Debug, Clone, Copy, Default)]
pub struct StackSource<'a> {
    /// `message`: V8 repeats it at the beginning of the stack, where a line of it may look
    /// like a frame.
    pub message: &'a str,
    /// `stack`; empty when the error has none.
    pub stack: &'a str,
    /// `stacktrace`, which has more than `stack` in Opera 9.5 to 12.
    pub stacktrace: &'a str,
    /// `framesToPop`: the number of innermost frames that only report the error. React's
    /// `invariant` sets it.
    pub frames_to_pop: usize,
}

/// Name of a function that has none, in [`Frame::function`] and in frames on the wire.
pub const UNKNOWN_FUNCTION: &str = "?";

/// Limit on the frames of a stack.
pub const MAX_FRAMES: usize = 50;

/// Parses a stack string into frames, the innermost first as printed; at most [`MAX_FRAMES`].
pub fn parse(stack: &str) -> Vec<Frame<'_>> {
    let mut frames = Vec::new();
    read(stack, 0, &mut |frame| frames.push(frame));
    frames
}

impl<'a> StackSource<'a> {
    /// Parses the error's frames, the innermost last; at most [`MAX_FRAMES`].
    pub fn frames(&self) -> Vec<Frame<'a>> {
        let mut frames = Vec::new();
        self.each_frame(&mut |frame| frames.push(frame));
        frames.reverse();
        frames
    }

    /// Calls `each` with the error's frames, the innermost first; at most [`MAX_FRAMES`].
    pub fn each_frame(&self, each: &mut dyn FnMut(Frame<'a>)) {
        let _ = (PAST_ENGINES && read(self.stacktrace, self.frames_to_pop, each))
            || read(self.without_message(), self.frames_to_pop, each)
            // Opera before 9.5 has no stack but a message that lists the calls.
            || read_past(self.message, self.frames_to_pop, each);
    }

    /// The stack after the message.
    fn without_message(&self) -> &'a str {
        // The message follows the name in the first line, or stands alone.
        let named = text::split_once(self.stack, ": ");
        let named = named.filter(|(name, _)| !text::contains(name, "\n"));
        [named.map_or(self.stack, |(_, rest)| rest), self.stack]
            .iter()
            .filter_map(|stack| stack.strip_prefix(self.message))
            .find(|rest| matches!(rest.bytes().next(), None | Some(b'\r' | b'\n')))
            .unwrap_or(self.stack)
    }
}

impl<'a> Frame<'a> {
    /// The place of a frame that is in WebAssembly; `None` for any other, and where the engine
    /// prints no index.
    pub fn wasm(&self) -> Option<WasmPlace<'_>> {
        // WebKit: `<?>.wasm-function[41]@[wasm code]`.
        let file = match &*self.filename {
            place::WASM_CODE => self.function,
            file => file,
        };
        WasmPlace::parse(file)
    }

    /// A frame at `place`, which is `file:line:column`.
    fn new(function: &'a str, place: &'a str) -> Self {
        let (file, lineno, colno) = place::position(place);
        let function = match function.trim_ascii() {
            "" | ANONYMOUS => UNKNOWN_FUNCTION,
            function => function,
        };
        // A data URL contains the whole script. It is not kept, and a position in it says
        // nothing without it.
        if let Some(media_type) = place::data_url_type(file) {
            return Self {
                function,
                filename: join(["<", media_type, ">"]),
                lineno: None,
                colno: None,
            };
        }
        let filename = match file {
            "" => ANONYMOUS,
            file => file,
        };
        Self {
            function,
            filename: Cow::Borrowed(filename),
            lineno,
            colno,
        }
    }

    fn with_scheme(self, scheme: &str) -> Self {
        Self {
            filename: join([scheme, ":", &self.filename]),
            ..self
        }
    }
}

/// Reads a stack in the dialect that fits it; returns whether one does.
fn read<'a>(stack: &'a str, frames_to_pop: usize, each: Each<'_, 'a>) -> bool {
    // The strictest dialect first: the last one accepts nearly any line with an `@` in it.
    read_as(v8::frame, stack, frames_to_pop, each)
        || read_past(stack, frames_to_pop, each)
        || read_as(gecko::frame, stack, frames_to_pop, each)
}

fn read_past<'a>(stack: &'a str, frames_to_pop: usize, each: Each<'_, 'a>) -> bool {
    PAST_ENGINES && read_as(presto::frame, stack, frames_to_pop, each)
}

fn read_as<'a>(dialect: Dialect, stack: &'a str, frames_to_pop: usize, each: Each<'_, 'a>) -> bool {
    let mut count = 0;
    let mut rest = stack;
    while !rest.is_empty() {
        let (line, after) = text::split_once(rest, "\n").unwrap_or((rest, ""));
        rest = after;
        if let Some(frame) = dialect(line.trim_ascii()) {
            count += 1;
            if count > frames_to_pop && count <= frames_to_pop + MAX_FRAMES {
                each(frame);
            }
        }
    }
    count > 0
}

/// Callback for each frame.
type Each<'e, 'a> = &'e mut dyn FnMut(Frame<'a>);

/// Reads the frame in a line without blanks around it.
type Dialect = fn(&str) -> Option<Frame<'_>>;

fn join<'a>(parts: [&str; 3]) -> Cow<'a, str> {
    let mut text = String::new();
    for part in parts {
        text.push_str(part);
    }
    Cow::Owned(text)
}

/// Whether stacks of browsers that cannot run WebAssembly are read.
const PAST_ENGINES: bool = cfg!(feature = "past-engines");

/// Text that V8 prints for a script or function without a name.
const ANONYMOUS: &str = "<anonymous>";

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use proptest::prelude::*;

    #[test]
    fn a_message_that_looks_like_frames_is_not_read() {
        let source = StackSource {
            message: "first\n    at fake (https://a.example/fake.js:1:1)",
            stack: "Error: first\n    at fake (https://a.example/fake.js:1:1)\n    at real (https://a.example/real.js:2:3)",
            ..StackSource::default()
        };
        let functions: Vec<_> = source.frames().iter().map(|f| f.function).collect();
        assert_eq!(functions, ["real"]);
    }

    #[test]
    fn a_message_equal_to_the_first_function_leaves_its_frame() {
        let source = StackSource {
            message: "pay",
            stack: "pay@https://a.example/x.js:1:2",
            ..StackSource::default()
        };
        assert_eq!(source.frames()[0].function, "pay");
    }

    #[test]
    fn frames_to_pop_are_popped_before_the_limit_counts() {
        let stack: String = (0..60)
            .map(|i| format!("f{i}@https://a.example/x.js:{i}:1\n"))
            .collect();
        let source = StackSource {
            stack: &stack,
            frames_to_pop: 2,
            ..StackSource::default()
        };
        let frames = source.frames();
        assert_eq!(frames.len(), MAX_FRAMES);
        assert_eq!((frames[49].function, frames[0].function), ("f2", "f51"));
    }

    proptest! {
        #[test]
        fn frames_of_v8_and_gecko_are_read(
            function in "[A-Za-z_$][A-Za-z0-9_$.]{0,12}",
            path in "[A-Za-z0-9_@()\\[\\] /.-]{0,12}[a-z]",
            line in 1_u32.., column in 1_u32..,
        ) {
            let url = format!("https://a.example/{path}");
            for stack in [
                format!("Error: x\n    at {function} ({url}:{line}:{column})"),
                format!("{function}@{url}:{line}:{column}"),
            ] {
                let frames = parse(&stack);
                prop_assert_eq!(&frames, &[Frame {
                    function: &function,
                    filename: url.as_str().into(),
                    lineno: Some(line),
                    colno: Some(column),
                }]);
            }
        }

        #[test]
        fn any_text_is_read(
            text in "((at |async |eval at |<anonymous>|line 3 > |[Ll]ine |script |\\(error: |safari-extension:\\(|https://|data:|@|:1|\\PC|[()\\[\\], \n]){0,20}|\\PC{0,80})",
        ) {
            let source = StackSource { stack: &text, message: &text, ..StackSource::default() };
            for frame in source.frames() {
                prop_assert!(!frame.function.is_empty() && !frame.filename.is_empty());
            }
        }
    }
}
