//! Dialects of Opera before 15 (Presto).
//!
//! Opera 9 and 10: `Line 18 of linked script https://a.example/x.js: In function pay`.
//! Opera 11 and 12: `called from line 18, column 4 in pay(order) in https://a.example/x.js:`.
//! Every second line quotes the source.

use super::Frame;
use super::text::{leading_number, rsplit_once, split_once};

/// Reads the frame in a line.
pub(super) fn frame(line: &str) -> Option<Frame<'_>> {
    let (_, call) = split_once(line, "Line ").or_else(|| split_once(line, "line "))?;
    let (lineno, rest) = leading_number(call)?;
    let (colno, function, file) = match rest.strip_prefix(", column ") {
        Some(rest) => {
            let (colno, rest) = leading_number(rest)?;
            let place = rest.strip_prefix(" in ")?.strip_suffix(":")?;
            let (function, file) = rsplit_once(place, " in ").unwrap_or(("", place));
            (Some(colno), function, file)
        }
        None => {
            let (_, place) = split_once(rest, "script ")?;
            let place = place.strip_prefix("in ").unwrap_or(place);
            let (file, function) = split_once(place, ": In function ").unwrap_or((place, ""));
            (None, function, file)
        }
    };
    Some(Frame {
        lineno: Some(lineno),
        colno,
        ..Frame::new(without_arguments(function), file)
    })
}

/// Whether a line is the place where the error object was created, which is not a frame:
/// Opera 11 and 12 print it at the end of `stack`.
pub(super) fn is_origin(line: &str) -> bool {
    line.starts_with("Error created at ")
}

/// `pay` out of `pay(order)`, and `run` out of `<anonymous function: run>()`.
pub(super) fn without_arguments(function: &str) -> &str {
    let (name, _) = split_once(function, "(").unwrap_or((function, ""));
    name.strip_prefix("<anonymous function: ")
        .and_then(|name| name.strip_suffix(">"))
        .unwrap_or(name)
}
