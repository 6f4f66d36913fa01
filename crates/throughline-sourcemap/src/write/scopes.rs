//! The functions of a script, by their names in the sources.

use super::Functions;
use crate::map::SourceMap;
use alloc::string::String;
use alloc::vec::Vec;

/// Which function each part of a script is in.
#[derive(Default)]
pub(super) struct Scopes {
    /// The names of functions, each once.
    pub(super) names: Vec<String>,
    /// Where the innermost function changes, in order.
    pub(super) boundaries: Vec<Boundary>,
}

/// From here on, up to the next boundary, the innermost function is this one.
pub(super) struct Boundary {
    /// Line and column.
    pub(super) at: (u32, u32),
    pub(super) function: Option<u32>,
}

/// Finds the functions of a script, and says how that went.
pub(super) fn find(_map: &SourceMap, _script: Option<&str>) -> (Scopes, Functions) {
    (Scopes::default(), Functions::NoScript)
}
