//! A position in a generated script.

/// A position in a generated script, both numbers counted from 0, as source maps count them.
/// Columns are UTF-16 code units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// The line, from 0.
    pub line: u32,
    /// The column, from 0.
    pub column: u32,
}

impl Position {
    /// The position that a stack of a browser prints as `line:column`, both counted from 1. None
    /// when one of them is 0, which is no position in a script.
    pub fn from_stack(line: u32, column: u32) -> Option<Self> {
        Some(Self {
            line: line.checked_sub(1)?,
            column: column.checked_sub(1)?,
        })
    }

    /// The position of an instruction of WebAssembly, by its offset in the bytes of the module:
    /// source maps have it as a column of their one line.
    pub const fn in_wasm(offset: u32) -> Self {
        Self {
            line: 0,
            column: offset,
        }
    }
}
