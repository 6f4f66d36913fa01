//! Stacks as text: the lines that are frames, and their places in sources.

use super::files::{File, Files};
use super::frame::position;
use super::places::{Places, function, source, with_callers};
use std::fmt::Write;
use throughline_sourcemap::Frame as Place;
use throughline_symbolicate::stack::{Frame, MAX_FRAMES, UNKNOWN_FUNCTION, parse};

/// The frames in the lines of a stack.
pub(super) fn frames(stack: &str) -> impl Iterator<Item = Frame<'_>> {
    let lines = stack.lines().take(MAX_LINES);
    lines.filter_map(frame).take(MAX_FRAMES)
}

/// A stack whose frames have their places in sources, as far as they were found; the other lines
/// stay. `None` where no line changes. At most `left` lines are written, which it counts down.
pub(super) fn readable(
    stack: &str,
    files: &Files<'_>,
    places: &Places,
    left: &mut usize,
) -> Option<String> {
    let mut lines = Vec::new();
    let mut most = MAX_FRAMES.min(*left);
    for (at, line) in stack.split('\n').enumerate() {
        let is_read = at < MAX_LINES && most > 0;
        let place = is_read.then(|| find(line, files, places)).flatten();
        if let Some((_, place)) = &place {
            most -= 1;
            *left = left.saturating_sub(with_callers(place).count());
        }
        lines.push((line, place));
    }
    if lines.iter().all(|(_, place)| place.is_none()) {
        return None;
    }
    let mut text = String::with_capacity(stack.len());
    for (at, (line, place)) in lines.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        match place {
            None => text.push_str(line),
            Some((raw, place)) => {
                let caller = lines.get(at + 1).and_then(|(_, place)| place.as_ref());
                let caller = caller.map(|(_, place)| *place);
                // Inlined calls have lines of their own, and the function that the engine names is the outermost.
                let outermost = place.callers.len();
                for (depth, place) in with_callers(place).enumerate() {
                    if depth > 0 {
                        text.push('\n');
                    }
                    let name = if depth == outermost {
                        function(place, raw.function, caller)
                    } else {
                        function(place, UNKNOWN_FUNCTION, None)
                    };
                    write(line, name, place, &mut text);
                }
            }
        }
    }
    Some(text)
}

/// The frame in a line, and its place.
fn find<'a>(
    line: &'a str,
    files: &Files<'_>,
    places: &'a Places,
) -> Option<(Frame<'a>, &'a Place)> {
    let frame = frame(line)?;
    let File::Mapped(id) = files.find(&frame.filename)? else {
        return None;
    };
    let position = position(&frame.filename, frame.lineno, frame.colno)?;
    let place = places.find(id, position).ok()?;
    Some((frame, place))
}

/// Writes a frame in the dialect of the engine that printed its line.
fn write(line: &str, function: &str, place: &Place, text: &mut String) {
    let trimmed = line.trim_start();
    let indent = line.len() - trimmed.len();
    let is_v8 = trimmed.starts_with("at ");
    text.push_str(line.get(..indent).unwrap_or_default());
    // A `String` takes whatever is written.
    let _ = match (is_v8, function) {
        (true, UNKNOWN_FUNCTION) => text.write_str("at "),
        (true, function) => write!(text, "at {function} ("),
        (false, UNKNOWN_FUNCTION) => text.write_str("@"),
        (false, function) => write!(text, "{function}@"),
    };
    let _ = write!(text, "{}:{}:{}", source(place), place.line, place.column);
    if is_v8 && function != UNKNOWN_FUNCTION {
        text.push(')');
    }
}

fn frame(line: &str) -> Option<Frame<'_>> {
    // Most lines of a message are none, and a line of a megabyte is none.
    if line.len() > LONGEST_LINE {
        return None;
    }
    parse(line).into_iter().next()
}

/// Lines of a stack that are read.
const MAX_LINES: usize = 200;
/// Bytes of a line that is read.
const LONGEST_LINE: usize = 8192;
