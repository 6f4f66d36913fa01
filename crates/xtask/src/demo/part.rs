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
    /// Whether it is ready.
    pub(super) ready: Box<dyn Fn() -> bool>,
}
