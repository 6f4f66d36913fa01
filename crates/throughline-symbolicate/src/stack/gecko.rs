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
    let (function, place) = match at_sign(line) {
        Some(at) => (&line[..at], &line[at + 1..]),
        None => ("", line),
    };
    let (file, lineno, colno) = position(place);
    let is_frame = is_built_in(file)
        || match (at_sign(line), lineno) {
            (Some(_), _) if is_url(file) || file.starts_with('/') => true,
            (Some(_), Some(_)) => !file.is_empty(),
            // Without a function nothing sets a path apart from a message, so the
            // position has to be whole.
            (None, Some(_)) => is_url(file) || colno.is_some() && !file.contains(' '),
            (_, None) => false,
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
    let (line, _) = origin.split_once(" > ")?;
    Some((file, line.parse().ok()?))
}
