//! Which frames does a stack string name?
//!
//! `Error.stack` is not standardised: each engine prints it its own way, so a
//! string is read in the one dialect that fits it. Each dialect is a function
//! from a line to the frame it names, if it names one; all of them are linear in
//! the length of the line.
//!
//! The names follow Sentry's event payload, which is what tools expect:
//! <https://develop.sentry.dev/sdk/data-model/event-payloads/stacktrace/>.

mod gecko;
mod place;
mod presto;
mod v8;

use alloc::borrow::Cow;
use alloc::vec::Vec;

/// One call: a function and the place it had come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The function as the engine printed it, or [`UNKNOWN_FUNCTION`].
    pub function: &'a str,
    /// URL or path of the script, or what the engine prints in its stead:
    /// `<anonymous>`, `[native code]`.
    pub filename: Cow<'a, str>,
    /// Line, counted from 1.
    pub lineno: Option<u32>,
    /// Column in UTF-16 code units, counted from 1.
    pub colno: Option<u32>,
}

/// What an error object says about its stack.
#[derive(Debug, Clone, Copy, Default)]
pub struct StackSource<'a> {
    /// `message`: V8 repeats it at the head of the stack, where a line of it may
    /// look like a frame.
    pub message: &'a str,
    /// `stack`, empty where there is none.
    pub stack: &'a str,
    /// `stacktrace`, the better one in Opera 9.5 to 12.
    pub stacktrace: &'a str,
    /// `framesToPop`: how many innermost frames only report the error. React's
    /// `invariant` sets it.
    pub frames_to_pop: usize,
}

/// What stands for a function without a name.
pub const UNKNOWN_FUNCTION: &str = "?";

/// The frames that a stack string names, innermost first as it prints them.
pub fn parse(stack: &str) -> impl Iterator<Item = Frame<'_>> {
    let dialect = DIALECTS
        .into_iter()
        .find(|dialect| stack.lines().any(|line| dialect(line).is_some()));
    stack
        .lines()
        .filter_map(move |line| dialect.and_then(|dialect| dialect(line)))
}

impl<'a> StackSource<'a> {
    /// At most [`MAX_FRAMES`] frames, the innermost last; none where the error
    /// names none.
    pub fn frames(&self) -> Vec<Frame<'a>> {
        let mut frames: Vec<_> = self
            .parse()
            .skip(self.frames_to_pop)
            .take(MAX_FRAMES)
            .collect();
        frames.reverse();
        frames
    }

    fn parse(&self) -> impl Iterator<Item = Frame<'a>> {
        let named = [self.stacktrace, self.without_message()]
            .into_iter()
            .find(|stack| parse(stack).next().is_some())
            .unwrap_or_default();
        // Opera before 9.5 has no stack but a message that lists the calls.
        let listed = if named.is_empty() { self.message } else { "" };
        parse(named).chain(listed.lines().filter_map(presto::frame))
    }

    /// The stack from the line after the message on.
    fn without_message(&self) -> &'a str {
        let Some((head, tail)) = self.stack.split_once(self.message) else {
            return self.stack;
        };
        let is_header = !head.contains('\n')
            && (head.is_empty() || head.ends_with(": "))
            && (tail.is_empty() || tail.starts_with(['\r', '\n']));
        if is_header { tail } else { self.stack }
    }
}

impl<'a> Frame<'a> {
    /// A frame at `place`, which reads `file:line:column`.
    fn new(function: &'a str, place: &'a str) -> Self {
        let (file, lineno, colno) = place::position(place);
        match place::data_url_type(file) {
            // Data URLs hold the whole script: what is kept is not the text and so
            // neither the position in it.
            Some(media_type) => Self {
                function: name(function),
                filename: Cow::Owned(["<", media_type, ">"].concat()),
                lineno: None,
                colno: None,
            },
            None => Self {
                function: name(function),
                filename: Cow::Borrowed(if file.is_empty() { ANONYMOUS } else { file }),
                lineno,
                colno,
            },
        }
    }
}

fn name(function: &str) -> &str {
    match function.trim() {
        "" | ANONYMOUS => UNKNOWN_FUNCTION,
        name => name,
    }
}

/// The most frames that are kept of a stack.
pub const MAX_FRAMES: usize = 50;

/// From the most to the least particular, because the last takes nearly any line
/// with an `@` in it for a frame.
const DIALECTS: [fn(&str) -> Option<Frame<'_>>; 3] = [v8::frame, presto::frame, gecko::frame];

/// What V8 prints for a script or function without a name.
const ANONYMOUS: &str = "<anonymous>";

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;
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
    fn a_message_that_names_the_first_function_does_not_swallow_it() {
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
        fn what_v8_and_gecko_print_is_read(
            function in "[A-Za-z_$][A-Za-z0-9_$.]{0,12}",
            path in "[A-Za-z0-9_@()\\[\\] /.-]{0,12}[a-z]",
            line in 1_u32.., column in 1_u32..,
        ) {
            let url = format!("https://a.example/{path}");
            for stack in [
                format!("Error: x\n    at {function} ({url}:{line}:{column})"),
                format!("{function}@{url}:{line}:{column}"),
            ] {
                let frames: Vec<_> = parse(&stack).collect();
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
