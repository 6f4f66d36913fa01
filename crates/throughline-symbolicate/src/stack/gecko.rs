//! Dialect `function@place` of Gecko (Firefox) and JavaScriptCore (Safari, React Native on
//! iOS), and of `stack` in Opera 11 and 12.
//!
//! Sources: <https://firefox-source-docs.mozilla.org/js/SavedFrame/index.html>,
//! <https://github.com/WebKit/WebKit/blob/main/Source/JavaScriptCore/interpreter/StackVisitor.cpp>.

use super::place::{is_built_in, is_in_wasm, is_url, position};
use super::text::{contains, leading_number, split, split_once};
use super::{Frame, PAST_ENGINES, presto};

/// Reads the frame in a line.
pub(super) fn frame(line: &str) -> Option<Frame<'_>> {
    if PAST_ENGINES && presto::is_origin(line) {
        return None;
    }
    let Some((function, place)) = at_sign(line).and_then(|at| split(line, at, 1)) else {
        return is_place(line).then(|| Frame::new("", line));
    };
    if is_label(function) {
        return None;
    }
    let (file, lineno, colno) = position(place);
    let is_frame = if file.is_empty() {
        // JavaScriptCore prints no place for code in `eval`: `pay@`, `eval code@`.
        lineno.is_none() && !function.is_empty()
    } else {
        lineno.is_some()
            || is_url(file)
            || is_built_in(file)
            || file.starts_with("/")
            || is_in_wasm(file)
    };
    if !is_frame {
        return None;
    }
    if let Some((file, lineno)) = eval_origin(file) {
        let function = if function.is_empty() {
            "eval"
        } else {
            function
        };
        return Some(Frame {
            lineno: Some(lineno),
            ..Frame::new(function, file)
        });
    }
    // Engines that print arguments print no columns. In others a parenthesis is part of the
    // name.
    let function = if PAST_ENGINES && lineno.is_some() && colno.is_none() {
        presto::without_arguments(function)
    } else {
        function
    };
    Some(Frame::new(function, place))
}

/// Whether a whole line is a place. Without an `@` it could be a message, so it needs a
/// position, and a path needs line and column. iOS keeps scripts in
/// `/…/Application Support/…`.
fn is_place(line: &str) -> bool {
    let (file, lineno, colno) = position(line);
    let is_path =
        colno.is_some() && !file.is_empty() && (file.starts_with("/") || !contains(file, " "));
    is_built_in(file) || lineno.is_some() && (is_url(file) || is_path)
}

/// Whether this is the beginning of a message: `mail: ana` in `mail: ana@shop.example:1`.
/// In names other characters precede such a colon.
fn is_label(function: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b' ';
    split_once(function, ": ").is_some_and(|(label, _)| label.bytes().all(is_plain))
}

/// Position of the `@` between function and place. Methods and paths may contain others, as in
/// `shop["@basket"]@https://a.example/@shop/x.js`.
fn at_sign(line: &str) -> Option<usize> {
    if is_url(line) {
        return None;
    }
    let mut depth = 0;
    let mut outside_brackets = None;
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => depth -= 1,
            b'@' => {
                let place = line.get(at + 1..)?;
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

/// File and line that created code in `eval` or `Function`, out of
/// `https://a.example/x.js line 5 > eval line 1 > eval`.
fn eval_origin(file: &str) -> Option<(&str, u32)> {
    let (file, origin) = split_once(file, " line ")?;
    let (line, made_by) = leading_number(origin)?;
    // A module compiled from bytes has no file either, but offsets of its own.
    let is_script = made_by.starts_with(" > ") && !is_in_wasm(made_by);
    is_script.then_some((file, line))
}
