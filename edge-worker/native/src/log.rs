//! Writes log lines for the operator.

use std::io::{self, Write};

/// Writes a line to standard error.
pub(crate) fn line(message: &str) {
    // Standard error is closed: there is nowhere to report that to.
    let _ = writeln!(io::stderr().lock(), "throughline: {message}");
}
