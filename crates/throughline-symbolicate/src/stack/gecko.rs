//! What does `function@place` say?
//!
//! So print Gecko (Firefox), JavaScriptCore (Safari, React Native on iOS) and
//! Opera 11 and 12 in `stack`.
//! Sources: <https://firefox-source-docs.mozilla.org/js/SavedFrame/index.html>,
//! <https://github.com/WebKit/WebKit/blob/main/Source/JavaScriptCore/interpreter/StackVisitor.cpp>.

use super::place::{is_built_in, is_url, position};
use super::text::{find, leading_number, split_once};
use super::{Frame, presto};

/// The frame in this line.
pub(super) fn frame(line: &[u8]) -> Option<Frame<'_>> {
    let Some(at) = at_sign(line) else {
        return is_place(line).then(|| Frame::new(b"", line));
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
            || file[0] == b'/'
            || find(file, WASM).is_some()
    };
    if !is_frame {
        return None;
    }
    if let Some((file, lineno)) = eval_origin(file) {
        let function = if function.is_empty() {
            b"eval"
        } else {
            function
        };
        return Some(Frame {
            lineno: Some(lineno),
            ..Frame::new(function, file)
        });
    }
    // Those that print arguments print no columns; since then a parenthesis is
    // part of the name.
    let function = if lineno.is_some() && colno.is_none() {
        presto::without_arguments(function)
    } else {
        function
    };
    Some(Frame::new(function, place))
}

/// Whether a whole line is a place. No `@` sets it apart from a message, so it is
/// taken for one only with a position, and a path only with line and column.
fn is_place(line: &[u8]) -> bool {
    let (file, lineno, colno) = position(line);
    let is_path = colno.is_some() && !file.is_empty() && find(file, b" ").is_none();
    is_built_in(file) || lineno.is_some() && (is_url(file) || is_path)
}

/// The `@` between function and place: methods and paths may hold others, as in
/// `shop["@basket"]@https://a.example/@shop/x.js`.
fn at_sign(line: &[u8]) -> Option<usize> {
    if is_url(line) {
        return None;
    }
    let mut depth = 0;
    let mut outside_brackets = None;
    for (at, byte) in line.iter().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => depth -= 1,
            b'@' => {
                let place = &line[at + 1..];
                if is_url(place) || is_built_in(place) {
                    return Some(at);
                }
                if depth == 0 && outside_brackets.is_none() {
                    outside_brackets = Some(at);
                }
            }
            _ => {}
        }
    }
    outside_brackets
}

/// File and line where code in `eval` or `Function` was made, out of
/// `https://a.example/x.js line 5 > eval line 1 > eval`.
fn eval_origin(file: &[u8]) -> Option<(&[u8], u32)> {
    let (file, origin) = split_once(file, b" line ")?;
    let (line, made_by) = leading_number(origin)?;
    // A module compiled from bytes has no file either, but offsets of its own.
    let is_script = made_by.starts_with(b" > ") && find(made_by, WASM).is_none();
    is_script.then_some((file, line))
}

/// `https://a.example/x.wasm:wasm-function[3]:0x1f`: an index and a byte offset,
/// which stay part of the file's name.
const WASM: &[u8] = b"wasm-function[";
