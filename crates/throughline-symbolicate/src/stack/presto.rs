//! What did Opera say before it was Chromium?
//!
//! Opera 9 and 10: `Line 18 of linked script https://a.example/x.js: In function pay`.
//! Opera 11 and 12: `called from line 18, column 4 in pay(order) in https://a.example/x.js:`.
//! Every second line quotes the source.

use super::Frame;

/// The frame in this line.
pub(super) fn frame(line: &str) -> Option<Frame<'_>> {
    let (_, call) = line
        .split_once("Line ")
        .or_else(|| line.split_once("line "))?;
    let (lineno, rest) = number(call)?;
    let (colno, (function, file)) = match rest.strip_prefix(", column ") {
        Some(rest) => {
            let (colno, rest) = number(rest)?;
            let place = rest.strip_prefix(" in ")?.trim_end().strip_suffix(':')?;
            (
                Some(colno),
                place.rsplit_once(" in ").unwrap_or(("", place)),
            )
        }
        None => {
            let (_, place) = rest.strip_prefix(" of ")?.split_once("script ")?;
            let place = place.trim_end();
            let place = place.strip_prefix("in ").unwrap_or(place);
            let (file, function) = place.split_once(": In function ").unwrap_or((place, ""));
            (None, (function, file))
        }
    };
    if file.is_empty() {
        return None;
    }
    Some(Frame {
        lineno: Some(lineno),
        colno,
        ..Frame::new(without_arguments(function), file)
    })
}

/// `pay` out of `pay(order)`, and `run` out of `<anonymous function: run>()`.
pub(super) fn without_arguments(function: &str) -> &str {
    let (name, _) = function.split_once('(').unwrap_or((function, ""));
    name.strip_prefix("<anonymous function: ")
        .and_then(|name| name.strip_suffix('>'))
        .unwrap_or(name)
}

fn number(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    Some((text[..digits].parse().ok()?, &text[digits..]))
}
