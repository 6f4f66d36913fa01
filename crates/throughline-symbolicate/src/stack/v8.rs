//! Dialect `    at function (place)` of V8 (Chromium, Node.js, Deno), Chakra (Edge until 18,
//! Internet Explorer 10 and 11), Hermes (React Native) and PhantomJS 1.
//!
//! Source: <https://v8.dev/docs/stack-trace-api#appendix%3A-stack-trace-format>.

use super::place::{is_built_in, is_in_wasm, is_url, position};
use super::text::{contains, find, number, rsplit_once, split, split_once};
use super::{ANONYMOUS, Frame};

/// Reads the frame in a line.
pub(super) fn frame(line: &str) -> Option<Frame<'_>> {
    let call = match line.strip_prefix("at ") {
        Some(call) => call.trim_ascii_start(),
        // webpack prints the chunk that it could not load in a line of its own.
        None if line.starts_with("(error: ") => line,
        None => return None,
    };
    // Node.js prints an error's own properties in braces after the last frame.
    let call = call.strip_suffix(" {").unwrap_or(call);
    if let Some((function, origin)) = split_once(call, "(eval at ") {
        return Some(Frame::new(function, eval_place(origin)));
    }
    let (function, place) = function_and_place(call);
    // A line of a message may begin with "at": "at Error: blocked a frame", "at least 1:1".
    // Names contain no such colon, and only paths contain blanks.
    let is_sentence = function.is_empty() && contains(place, " ") && !is_path(place);
    if is_sentence || contains(function, ": ") {
        return None;
    }
    let is_bytecode = place.trim_start_matches(['(', ' ']).starts_with(BYTECODE);
    let place = unwrap(place);
    // Safari: `at function@safari-extension:(//team/build/script.js:1:2)`.
    if let Some(before) = function.strip_suffix(":") {
        let (function, scheme) = rsplit_once(before, "@").unwrap_or(("", before));
        return Some(Frame::new(function, place).with_scheme(scheme));
    }
    is_place(place).then(|| {
        let mut frame = Frame::new(function, place);
        if is_bytecode {
            // An offset in Hermes's bytecode, from 0, where a source map has a column. A position
            // that engines print is counted from 1.
            frame.colno = frame.colno.map(|offset| offset.saturating_add(1));
        }
        frame
    })
}

/// Splits `function (place)`, `function(place)`, and `place` alone.
///
/// Both may contain parentheses: functions in compiled C++ do, and so do URLs of routes. The
/// place is the first parenthesis that contains a URL, or else the last one.
fn function_and_place(call: &str) -> (&str, &str) {
    if is_url(call) {
        return ("", call);
    }
    let Some(body) = call.strip_suffix(")") else {
        // Copied from the console of Chrome's developer tools, or cut off.
        return split_once(call, " @ ")
            .or_else(|| split(call, url_opening(call)?, 1))
            .unwrap_or(("", call));
    };
    url_opening(body)
        .or_else(|| last_opening(body))
        .or_else(|| Some(find(body, " (")? + 1))
        .and_then(|open| split(body, open, 1))
        .unwrap_or(("", call))
}

/// The words before a place in bytecode, as Hermes prints it:
/// <https://github.com/facebook/hermes/blob/main/lib/VM/JSError.cpp>.
const BYTECODE: &str = "address at ";

/// Position of the parenthesis that a URL follows.
fn url_opening(text: &str) -> Option<usize> {
    let mut bytes = text.bytes().enumerate();
    let opens = |(at, byte): (usize, u8)| {
        let url = (byte == b'(').then(|| text.get(at + 1..)).flatten();
        url.is_some_and(|url| is_url(without_prefix(url)))
    };
    bytes.find(|&byte| opens(byte)).map(|(at, _)| at)
}

/// Position of the parenthesis that is closed right after `body`.
fn last_opening(body: &str) -> Option<usize> {
    let mut depth = 1;
    body.bytes().rposition(|byte| {
        depth += nesting(byte);
        depth == 0
    })
}

/// Removes what V8, Hermes and webpack print around a place.
fn unwrap(place: &str) -> &str {
    let place = without_prefix(place.trim_ascii());
    let Some(inner) = place.strip_suffix(")") else {
        return place;
    };
    match inner.strip_prefix("(") {
        Some(inner) => inner,
        // A `)` that closes a parenthesis in the URL, or none: a position does not end with one.
        None if position(inner).1.is_some() => inner,
        None => place,
    }
}

fn without_prefix(place: &str) -> &str {
    let prefixes = ["async ", BYTECODE, "error: "];
    let found = prefixes
        .iter()
        .find_map(|prefix| place.strip_prefix(prefix));
    found.unwrap_or(place)
}

/// The place of code in `eval`, which has no file: the call of the outermost `eval` that has
/// one. `origin` follows "eval at" and is
/// `f (eval at g (https://a.example/x.js:1:2)), <anonymous>:3:4)`.
fn eval_place(origin: &str) -> &str {
    let (_, call) = rsplit_once(origin, "eval at ").unwrap_or(("", origin));
    let place = url_opening(call)
        .or_else(|| Some(find(call, " (")? + 1))
        .and_then(|open| call.get(open + 1..))
        .map_or("", up_to_closing);
    if is_place(place) && place != ANONYMOUS {
        return place;
    }
    match rsplit_once(origin, ", ") {
        Some((_, place)) => place.strip_suffix(")").unwrap_or(place),
        None => "",
    }
}

/// The text before the parenthesis that closes one opened before it.
fn up_to_closing(text: &str) -> &str {
    let mut depth = 1;
    let close = text.bytes().position(|byte| {
        depth -= nesting(byte);
        depth == 0
    });
    close.and_then(|close| text.get(..close)).unwrap_or(text)
}

/// Change of the nesting depth at this byte, read from the end.
fn nesting(byte: u8) -> i32 {
    i32::from(byte == b')') - i32::from(byte == b'(')
}

/// Whether this is a place rather than a piece of a message.
fn is_place(place: &str) -> bool {
    let (file, line, _) = position(place);
    // A position without a file is `eval` called from the console; digits and colons alone
    // are a time of day.
    let has_position = line.is_some() && (file.is_empty() || number(file).is_none());
    has_position
        || is_url(file)
        || is_built_in(file)
        || is_path(file)
        || is_in_wasm(file)
        // `at async Promise.all (index 0)`: the index of the promise that was rejected.
        || file.strip_prefix("index ").is_some_and(|n| number(n).is_some())
}

fn is_path(file: &str) -> bool {
    contains(file, "/") || contains(file, "\\")
}
