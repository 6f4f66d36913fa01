//! What does `    at function (place)` say?
//!
//! So print V8 (Chromium, Node.js, Deno), Chakra (Edge until 18, Internet
//! Explorer 10 and 11), Hermes (React Native) and PhantomJS 1.
//! Source: <https://v8.dev/docs/stack-trace-api#appendix%3A-stack-trace-format>.

use super::place::{is_built_in, is_url, position};
use super::{ANONYMOUS, Frame};
use alloc::borrow::Cow;

/// The frame in this line.
pub(super) fn frame(line: &str) -> Option<Frame<'_>> {
    let line = line.trim();
    let call = match line.strip_prefix("at ") {
        Some(call) => call.trim_start(),
        // webpack names the chunk that it could not load in a line of its own.
        None if line.starts_with(WEBPACK_ERROR) => line,
        None => return None,
    };
    if let Some((function, origin)) = call.split_once("(eval at ") {
        return Some(Frame::new(function, eval_place(origin)));
    }
    let (function, place) = split(call);
    // A message may go on with "at": "at Error: blocked a frame", "at least 1:1".
    // Names hold no such colon, and only paths hold blanks.
    let is_sentence = function.is_empty() && place.contains(' ') && !place.contains(['/', '\\']);
    if is_sentence || function.contains(": ") {
        return None;
    }
    let place = unwrap(place);
    if let Some(scheme) = function.strip_suffix(':') {
        return Some(safari_extension(scheme, place));
    }
    is_place(place).then(|| Frame::new(function, place))
}

/// Splits `function (place)`, `function(place)`, and `place` alone.
///
/// Both halves may hold parentheses: functions in compiled C++ do, and so do the
/// URLs of routes. The place is the first parenthesis that holds a URL, or else
/// the last one.
fn split(call: &str) -> (&str, &str) {
    if is_url(call) {
        return ("", call);
    }
    let Some(body) = call.strip_suffix(')') else {
        // Copied from the console of Chrome's developer tools.
        return call.split_once(" @ ").unwrap_or(("", call));
    };
    let url = body
        .match_indices('(')
        .find(|(open, _)| is_url(without_prefix(&body[open + 1..])));
    let open = match url {
        Some((open, _)) => Some(open),
        None => opening(body).or_else(|| body.find(" (")),
    };
    match open {
        Some(open) => (&body[..open], &body[open + 1..]),
        None => ("", call),
    }
}

/// Where the parenthesis opens that was closed right after `body`.
fn opening(body: &str) -> Option<usize> {
    let mut depth = 1;
    body.bytes().rposition(|byte| {
        match byte {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

/// The place itself, out of what V8, Hermes and webpack put around it.
fn unwrap(place: &str) -> &str {
    let place = without_prefix(place.trim());
    place
        .strip_prefix('(')
        .and_then(|place| place.strip_suffix(')'))
        .unwrap_or(place)
}

fn without_prefix(place: &str) -> &str {
    ["async ", "address at ", "error: "]
        .iter()
        .find_map(|prefix| place.strip_prefix(prefix))
        .unwrap_or(place)
}

/// Code in `eval` has no file: the place is where the outermost `eval` was called
/// that has one. `origin` follows "eval at" and reads
/// `f (eval at g (https://a.example/x.js:1:2)), <anonymous>:3:4)`.
fn eval_place(origin: &str) -> &str {
    let (_, call) = origin.rsplit_once("eval at ").unwrap_or(("", origin));
    call.match_indices('(')
        .map(|(open, _)| up_to_closing(&call[open + 1..]))
        .find(|place| is_place(place) && *place != ANONYMOUS)
        .or_else(|| Some(origin.rsplit_once(", ")?.1.trim_end_matches(')')))
        .unwrap_or(ANONYMOUS)
}

/// The text before the parenthesis that closes one opened before it.
fn up_to_closing(text: &str) -> &str {
    let mut depth = 1;
    let close = text.bytes().position(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    &text[..close.unwrap_or(text.len())]
}

/// Safari prints the frames of extensions as
/// `at function@safari-extension:(//team/build/script.js:1:2)`.
fn safari_extension<'a>(scheme: &'a str, place: &'a str) -> Frame<'a> {
    let (function, scheme) = scheme.rsplit_once('@').unwrap_or(("", scheme));
    let frame = Frame::new(function, place);
    Frame {
        filename: Cow::Owned([scheme, ":", &frame.filename].concat()),
        ..frame
    }
}

/// Whether this is a place rather than a piece of a message.
fn is_place(place: &str) -> bool {
    let (file, line, _) = position(place);
    let has_position = line.is_some() && !file.bytes().all(|b| b.is_ascii_digit());
    // `<anonymous>` left out: `eval` called from the console.
    has_position
        || file.is_empty() && line.is_some()
        || is_url(file)
        || is_built_in(file)
        || file.contains(['/', '\\'])
        || file
            .strip_prefix(PROMISE_INDEX)
            .is_some_and(|n| n.parse::<u32>().is_ok())
}

const WEBPACK_ERROR: &str = "(error: ";
/// `at async Promise.all (index 0)`: which of the promises was rejected.
const PROMISE_INDEX: &str = "index ";
