//! What does `    at function (place)` say?
//!
//! So print V8 (Chromium, Node.js, Deno), Chakra (Edge until 18, Internet
//! Explorer 10 and 11), Hermes (React Native) and PhantomJS 1.
//! Source: <https://v8.dev/docs/stack-trace-api#appendix%3A-stack-trace-format>.

use super::place::{is_built_in, is_url, position};
use super::text::{find, number, rsplit_once, split_once};
use super::{ANONYMOUS, Frame};

/// The frame in this line.
pub(super) fn frame(line: &[u8]) -> Option<Frame<'_>> {
    let call = match line.strip_prefix(b"at ") {
        Some(call) => call.trim_ascii_start(),
        // webpack names the chunk that it could not load in a line of its own.
        None if line.starts_with(b"(error: ") => line,
        None => return None,
    };
    if let Some((function, origin)) = split_once(call, b"(eval at ") {
        return Some(Frame::new(function, eval_place(origin)));
    }
    let (function, place) = split(call);
    // A message may go on with "at": "at Error: blocked a frame", "at least 1:1".
    // Names hold no such colon, and only paths hold blanks.
    let is_sentence = function.is_empty() && find(place, b" ").is_some() && !is_path(place);
    if is_sentence || find(function, b": ").is_some() {
        return None;
    }
    let place = unwrap(place);
    // Safari: `at function@safari-extension:(//team/build/script.js:1:2)`.
    if let Some(before) = function.strip_suffix(b":") {
        let (function, scheme) = rsplit_once(before, b"@").unwrap_or((b"", before));
        return Some(Frame::new(function, place).with_scheme(scheme));
    }
    is_place(place).then(|| Frame::new(function, place))
}

/// Splits `function (place)`, `function(place)`, and `place` alone.
///
/// Both halves may hold parentheses: functions in compiled C++ do, and so do the
/// URLs of routes. The place is the first parenthesis that holds a URL, or else
/// the last one.
fn split(call: &[u8]) -> (&[u8], &[u8]) {
    if is_url(call) {
        return (b"", call);
    }
    let Some(body) = call.strip_suffix(b")") else {
        // Copied from the console of Chrome's developer tools.
        return split_once(call, b" @ ").unwrap_or((b"", call));
    };
    let open = url_opening(body)
        .or_else(|| last_opening(body))
        .or_else(|| Some(find(body, b" (")? + 1));
    match open {
        Some(open) => (&body[..open], &body[open + 1..]),
        None => (b"", call),
    }
}

/// The parenthesis that is followed by a URL.
fn url_opening(text: &[u8]) -> Option<usize> {
    let opens = |open: &usize| text[*open] == b'(' && is_url(without_prefix(&text[open + 1..]));
    (0..text.len()).find(opens)
}

/// The parenthesis that is closed right after `body`.
fn last_opening(body: &[u8]) -> Option<usize> {
    let mut depth = 1;
    for (open, byte) in body.iter().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(open);
        }
    }
    None
}

/// The place itself, out of what V8, Hermes and webpack put around it.
fn unwrap(place: &[u8]) -> &[u8] {
    let place = without_prefix(place.trim_ascii());
    place
        .strip_prefix(b"(")
        .and_then(|place| place.strip_suffix(b")"))
        .unwrap_or(place)
}

fn without_prefix(place: &[u8]) -> &[u8] {
    for prefix in [&b"async "[..], b"address at ", b"error: "] {
        if let Some(place) = place.strip_prefix(prefix) {
            return place;
        }
    }
    place
}

/// Code in `eval` has no file: the place is where the outermost `eval` was called
/// that has one. `origin` follows "eval at" and reads
/// `f (eval at g (https://a.example/x.js:1:2)), <anonymous>:3:4)`.
fn eval_place(origin: &[u8]) -> &[u8] {
    let (_, call) = rsplit_once(origin, b"eval at ").unwrap_or((b"", origin));
    let open = url_opening(call).or_else(|| Some(find(call, b" (")? + 1));
    let place = open.map_or(&b""[..], |open| up_to_closing(&call[open + 1..]));
    if is_place(place) && place != ANONYMOUS.as_bytes() {
        return place;
    }
    match rsplit_once(origin, b", ") {
        Some((_, place)) => place.strip_suffix(b")").unwrap_or(place),
        None => b"",
    }
}

/// The text before the parenthesis that closes one opened before it.
fn up_to_closing(text: &[u8]) -> &[u8] {
    let mut depth = 1;
    for (close, byte) in text.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..close];
        }
    }
    text
}

/// Whether this is a place rather than a piece of a message.
fn is_place(place: &[u8]) -> bool {
    let (file, line, _) = position(place);
    // No file, but a position: `eval` called from the console. Only digits and
    // colons: a time of day.
    let has_position = line.is_some() && (file.is_empty() || number(file).is_none());
    has_position
        || is_url(file)
        || is_built_in(file)
        || is_path(file)
        // `at async Promise.all (index 0)`: which of the promises was rejected.
        || file.strip_prefix(b"index ").is_some_and(|n| number(n).is_some())
}

fn is_path(file: &[u8]) -> bool {
    find(file, b"/").or_else(|| find(file, b"\\")).is_some()
}
