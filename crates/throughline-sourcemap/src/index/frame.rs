//! Frames: the results of a look-up.

use alloc::string::String;
use alloc::vec::Vec;

/// A place in a source that a position of a minified script comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frame {
    /// The source, as the map names it; None where the map does not.
    pub source: Option<String>,
    /// The line in the source, from 1.
    pub line: u32,
    /// The column in the source, in UTF-16 code units, from 1.
    pub column: u32,
    /// The function around the position, by its name in the source. None outside functions, in
    /// those without a name, and where the index was made without the script.
    pub function: Option<String>,
    /// The name that the map has for the text at the position: where that text calls a function,
    /// mostly the name of the function that is called, so that of the frame which is one deeper.
    pub name: Option<String>,
    /// The map lists the source as somebody else's code.
    pub ignored: bool,
    /// The lines around, where the map has the source's text.
    pub context: Option<Context>,
    /// The places from which the function was called, where calls were inlined, as in modules of WebAssembly: the nearest
    /// first. These have no callers of their own.
    pub callers: Vec<Frame>,
}

/// Lines of a source. A long line is cut.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// Up to five lines before, the nearest last.
    pub before: Vec<String>,
    /// The line itself.
    pub line: String,
    /// Up to five lines after, the nearest first.
    pub after: Vec<String>,
}

/// The most lines before, and the most after.
pub(crate) const CONTEXT_LINES: u32 = 5;
