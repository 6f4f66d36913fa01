//! The description of one part of the demo.

use std::process::Command;

/// A program of the demo, ready to start.
pub(super) struct Part {
    /// One word, also the name of the log file.
    pub(super) name: &'static str,
    /// A description for the person at the terminal.
    pub(super) about: &'static str,
    /// The port that it listens on, if any.
    pub(super) port: Option<u16>,
    /// The command that starts it.
    pub(super) command: Command,
    /// When the next part may start.
    pub(super) ready: Ready,
}

/// When the parts after one may start.
pub(super) enum Ready {
    /// When this is true. The part runs until the demo stops.
    When(Box<dyn Fn() -> bool>),
    /// When the part has ended, without an error.
    Ended,
}

impl Ready {
    /// When this is true.
    pub(super) fn when(ready: impl Fn() -> bool + 'static) -> Self {
        Self::When(Box::new(ready))
    }
}
