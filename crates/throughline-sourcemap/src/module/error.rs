//! Errors of modules.

use alloc::string::{String, ToString};

/// Error for a module that cannot be read, or of which no index can be made. Whoever made it is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModuleError {
    /// The bytes are no module, or not a whole one.
    #[error("it is no whole module of WebAssembly: {0}")]
    Malformed(String),
    /// A component of several modules.
    #[error("it is a component: give its modules")]
    Component,
    /// No section Code, as a module of types alone has none.
    #[error("it has no code")]
    NoCode,
    /// The module's DWARF.
    #[error(
        "its debug information (DWARF) is broken: {0}; build it anew, or strip it with `--strip-dwarf` of wasm-opt"
    )]
    DebugInfo(String),
    /// The module beside it, or its map, is of another build.
    #[error(
        "the module with its debug information has other code: both have to be of one build, and nothing may change the code of one of them"
    )]
    OtherCode,
    /// There is nothing to make an index of.
    #[error("it has neither debug information (DWARF) nor a source map nor names of functions")]
    Nothing,
    /// The index would be larger than the format permits.
    #[error("its debug information has more than {0} places: split the module")]
    TooLarge(usize),
}

impl From<wasmparser::BinaryReaderError> for ModuleError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Malformed(error.to_string())
    }
}

impl From<addr2line::gimli::Error> for ModuleError {
    fn from(error: addr2line::gimli::Error) -> Self {
        Self::DebugInfo(error.to_string())
    }
}
