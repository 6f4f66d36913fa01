//! What did Opera say before it was Chromium?
//!
//! Opera 9 and 10: `Line 18 of linked script https://a.example/x.js: In function pay`.
//! Opera 11 and 12: `called from line 18, column 4 in pay(order) in https://a.example/x.js:`.
//! Every second line quotes the source.

use super::Frame;
use super::text::{leading_number, rsplit_once, split_once};

/// The frame in this line.
pub(super) fn frame(line: &[u8]) -> Option<Frame<'_>> {
    let (_, call) = split_once(line, b"Line ").or_else(|| split_once(line, b"line "))?;
    let (lineno, rest) = leading_number(call)?;
    let (colno, function, file) = match rest.strip_prefix(b", column ") {
        Some(rest) => {
            let (colno, rest) = leading_number(rest)?;
            let place = rest.strip_prefix(b" in ")?.strip_suffix(b":")?;
            let (function, file) = rsplit_once(place, b" in ").unwrap_or((b"", place));
            (Some(colno), function, file)
        }
        None => {
            let (_, place) = split_once(rest, b"script ")?;
            let place = place.strip_prefix(b"in ").unwrap_or(place);
            let (file, function) = split_once(place, b": In function ").unwrap_or((place, b""));
            (None, function, file)
        }
    };
    Some(Frame {
        lineno: Some(lineno),
        colno,
        ..Frame::new(without_arguments(function), file)
    })
}

/// `pay` out of `pay(order)`, and `run` out of `<anonymous function: run>()`.
pub(super) fn without_arguments(function: &[u8]) -> &[u8] {
    let (name, _) = split_once(function, b"(").unwrap_or((function, b""));
    name.strip_prefix(b"<anonymous function: ")
        .and_then(|name| name.strip_suffix(b">"))
        .unwrap_or(name)
}
