//! What is one part of the demo?

use std::process::Command;

/// A program of the line, ready to be started.
pub(super) struct Part {
    /// One word, also the name of its log.
    pub(super) name: &'static str,
    /// What it is, for the person at the terminal.
    pub(super) about: &'static str,
    /// Where it listens, if it does.
    pub(super) port: Option<u16>,
    /// How it is started.
    pub(super) command: Command,
    /// Whether it answers.
    pub(super) ready: Box<dyn Fn() -> bool>,
}
