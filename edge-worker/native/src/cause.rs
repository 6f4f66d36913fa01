//! Finds the cause of an error below its layers.

use std::error::Error;

/// The innermost source: "connection refused" says more than "client error".
pub(crate) fn innermost(error: &dyn Error) -> Box<str> {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string().into()
}
