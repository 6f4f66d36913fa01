//! What does `function@place` say?
//!
//! So print Gecko (Firefox), JavaScriptCore (Safari, React Native on iOS) and
//! Opera 11 and 12 in `stack`.
//! Sources: <https://firefox-source-docs.mozilla.org/js/SavedFrame/index.html>,
//! <https://github.com/WebKit/WebKit/blob/main/Source/JavaScriptCore/interpreter/StackVisitor.cpp>.

use super::place::{is_built_in, is_url, position};
use super::{Frame, presto};

/// The frame in this line.
pub(super) fn frame(line: &str) -> Option<Frame<'_>> {
    let line = line.trim();
    let Some(at) = at_sign(line) else {
        return is_place(line).then(|| Frame::new("", line));
    };
    let (function, place) = (&line[..at], &line[at + 1..]);
    let (file, lineno, colno) = position(place);
    let is_frame = if file.is_empty() {
        // JavaScriptCore knows no place for what runs in `eval`: `pay@`, `eval code@`.
        lineno.is_none() && !function.is_empty()
    } else {
        lineno.is_some()
            || is_url(file)
            || is_built_in(file)
            || file.starts_with('/')
            || file.contains(WASM)
    };
    if !is_frame {
        return None;
    }
    if let Some((file, lineno)) = eval_origin(file) {
        return Some(Frame {
            lineno: Some(lineno),
            ..Frame::new(
                if function.is_empty() {
                    "eval"
                } else {
                    function
                },
                file,
            )
        });
    }
    // Those that print arguments print no columns; since then a parenthesis is
    // part of the name.
    let function = match (lineno, colno) {
        (Some(_), None) => presto::without_arguments(function),
        _ => function,
    };
    Some(Frame::new(function, place))
}

/// Whether a whole line is a place. No `@` sets it apart from a message, so it is
/// taken for one only with a position, and a path only with line and column.
fn is_place(line: &str) -> bool {
    let (file, lineno, colno) = position(line);
    let is_path = colno.is_some() && !file.is_empty() && !file.contains(' ');
    is_built_in(file) || lineno.is_some() && (is_url(file) || is_path)
}

/// The `@` between function and place: methods and paths may hold others, as in
/// `shop["@basket"]@https://a.example/@shop/x.js`.
fn at_sign(line: &str) -> Option<usize> {
    if is_url(line) {
        return None;
    }
    let before_place = line
        .match_indices('@')
        .map(|(at, _)| at)
        .find(|at| is_url(&line[at + 1..]) || is_built_in(&line[at + 1..]));
    before_place.or_else(|| {
        let mut depth = 0;
        line.bytes().position(|byte| {
            match byte {
                b'[' => depth += 1,
                b']' => depth -= 1,
                _ => {}
            }
            depth == 0 && byte == b'@'
        })
    })
}

/// File and line where code in `eval` or `Function` was made, out of
/// `https://a.example/x.js line 5 > eval line 1 > eval`.
fn eval_origin(file: &str) -> Option<(&str, u32)> {
    let (file, origin) = file.split_once(" line ")?;
    let (line, made_by) = origin.split_once(" > ")?;
    // A module compiled from bytes has no file either, but offsets of its own.
    if made_by.contains(WASM) {
        return None;
    }
    Some((file, line.parse().ok()?))
}

/// `https://a.example/x.wasm:wasm-function[3]:0x1f`: an index and a byte offset,
/// which stay part of the file's name.
const WASM: &str = "wasm-function[";
