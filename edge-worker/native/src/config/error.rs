//! Errors of a configuration file, without the values that it holds.

use crate::tls::CertificateError;
use std::path::{Path, PathBuf};
use throughline_edge::config::WrongText;

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
    /// A key is wrong, or has a value that cannot be used.
    #[error("{}{}{wrong}", path.display(), if wrong.line().is_some() { ", " } else { ": " })]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line where it is known, the key, and the reason.
        wrong: Box<WrongText>,
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
}

impl ConfigFileError {
    /// A fault in the text of a file.
    pub(super) fn wrong(path: &Path, wrong: WrongText) -> Self {
        let wrong = Box::new(wrong);
        Self::Wrong {
            path: path.into(),
            wrong,
        }
    }
}

/// A file, with the line where it is known.
pub(super) fn place(path: &Path, line: Option<usize>) -> Box<str> {
    let path = path.display();
    line.map_or_else(|| path.to_string(), |line| format!("{path}, line {line}"))
        .into()
}
