//! Errors of a configuration file, without the values that it holds.

use crate::tls::CertificateError;
use std::path::PathBuf;
use throughline_edge::config::ConfigError;

/// Why there is no configuration. The operator is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigFileError {
    /// The file cannot be read.
    #[error(
        "cannot read the configuration {}: {error}; name another with --config, or run `throughline dev`, which needs none",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
    /// A key is wrong.
    #[error("{place}: {reason}")]
    Wrong {
        /// The file, and the line where it is known.
        place: Box<str>,
        /// The wrong key, and the reason.
        reason: Box<WrongConfig>,
    },
    /// A kind of backend that production does not have.
    #[error(
        "backend.kind = \"store\" is for `throughline dev` only; set it to \"otlp\" and backend.url to your backend"
    )]
    StoreInProduction,
    /// A certificate that cannot be used.
    #[error("{place}: {}: {error}", error.key().as_str())]
    Certificate {
        /// The file, and the line where it is known.
        place: Box<str>,
        /// The file that the key names, and what is wrong with it.
        error: CertificateError,
    },
    /// A key has a value that cannot be used.
    #[error("{place}: {error}")]
    Unusable {
        /// The file, and the line where it is known.
        place: Box<str>,
        /// The key, and what its value should be.
        error: ConfigError,
    },
}

/// A fault in a configuration file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WrongConfig {
    /// Not TOML.
    #[error("not TOML at column {column}: {reason}")]
    Toml {
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
        /// The parser's message.
        reason: Box<str>,
    },
    /// An unknown key, or one with an invalid value. The message does not show the value:
    /// it may be a secret.
    #[error("{key}: {reason}")]
    Key {
        /// The line, counted from 1, where it is known.
        line: Option<usize>,
        /// The key's path.
        key: Box<str>,
        /// The reason.
        reason: Box<str>,
    },
}

impl WrongConfig {
    /// The line of the fault, counted from 1, where it is known.
    pub(super) const fn line(&self) -> Option<usize> {
        match self {
            WrongConfig::Toml { line, .. } => Some(*line),
            WrongConfig::Key { line, .. } => *line,
        }
    }
}
