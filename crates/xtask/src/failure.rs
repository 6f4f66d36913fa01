//! The error of every task, with a message for the person at the terminal.

use std::fmt::Display;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// Why a task ended early. The message is for the person at the terminal.
#[derive(Debug)]
#[non_exhaustive]
pub(crate) enum Failure {
    /// The command line is wrong; the text is the usage.
    Usage(String),
    /// A program could not be started: it is not installed.
    Missing { program: String, remedy: String },
    /// A program ended with an error.
    Command { command: String, status: ExitStatus },
    /// A file or folder could not be read or written.
    Path { path: PathBuf, source: io::Error },
    /// A check failed.
    Check(String),
    /// A part of the demo did not start, or died.
    Part { name: String, reason: String },
    /// A failure whose message is on the terminal already.
    Printed,
}

impl Failure {
    /// An error about a path, for `map_err`.
    pub(crate) fn path(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Path { path, source }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Usage(text) => write!(f, "{text}"),
            Self::Missing { program, remedy } => {
                write!(f, "`{program}` is not installed: {remedy}")
            }
            Self::Command { command, status } => write!(f, "`{command}` failed ({status})"),
            Self::Path { path, source } => write!(f, "{}: {source}", path.display()),
            Self::Check(text) => write!(f, "{text}"),
            Self::Part { name, reason } => write!(f, "{name}: {reason}"),
            Self::Printed => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}
