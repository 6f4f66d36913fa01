//! Reads throughline.toml.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use throughline_edge::Config;
use throughline_edge::config::without_value;
use toml::{Table, Value};

/// A configuration file: the edge's own keys, and `[native]` for this host.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    /// The keys of every host.
    pub edge: Config,
    /// The keys of this host.
    pub native: NativeConfig,
}

/// The `[native]` table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NativeConfig {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// How many threads serve; one per core when not set.
    pub threads: Option<NonZeroUsize>,
    /// Milliseconds in which a connection must send the headers of its next request; an
    /// idle connection closes after that.
    pub headers_within_ms: u64,
}

impl Default for NativeConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 4318)),
            threads: None,
            headers_within_ms: 60_000,
        }
    }
}

impl ConfigFile {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigFileError`] names the wrong key; the operator is at fault.
    pub fn read(path: &Path) -> Result<Self, ConfigFileError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigFileError::Unreadable {
            path: path.into(),
            error,
        })?;
        Self::parse(&text).map_err(|reason| ConfigFileError::Wrong {
            path: path.into(),
            reason: Box::new(reason),
        })
    }

    fn parse(text: &str) -> Result<Self, WrongConfig> {
        let mut table: Table = toml::from_str(text).map_err(|error| not_toml(text, &error))?;
        let native = table
            .remove("native")
            .unwrap_or_else(|| Value::Table(Table::new()));
        Ok(Self {
            native: deserialize("native.", native)?,
            edge: deserialize("", Value::Table(table))?,
        })
    }
}

fn deserialize<T: DeserializeOwned>(prefix: &str, value: Value) -> Result<T, WrongConfig> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        // The other lines repeat the location.
        let reason = error.inner().message().lines().next().unwrap_or_default();
        WrongConfig::Key {
            key: format!("{prefix}{}", error.path()).into(),
            reason: without_value(reason).into(),
        }
    })
}

/// The location of a syntax error. toml's own message shows the whole line, and with it
/// perhaps a secret.
fn not_toml(text: &str, error: &toml::de::Error) -> WrongConfig {
    let at = error.span().map_or(0, |span| span.start);
    let before = text.get(..at).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    WrongConfig::Toml {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        reason: error.message().lines().next().unwrap_or_default().into(),
    }
}

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
    #[error("{}: {reason}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The wrong key, and the reason.
        reason: Box<WrongConfig>,
    },
}

/// What is wrong in a configuration file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WrongConfig {
    /// Not TOML.
    #[error("not TOML at line {line}, column {column}: {reason}")]
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
        /// The key's path.
        key: Box<str>,
        /// The reason.
        reason: Box<str>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_key_is_named() {
        for (text, expected) in [
            (
                "[ingest]\nmax_body_bytes = \"64MB\"",
                "ingest.max_body_bytes: invalid type",
            ),
            ("[ingst]", "unknown field `ingst`"),
            (
                "[native]\nlisten = \"here\"",
                "native.listen: invalid socket address",
            ),
            ("[native]\nport = 1", "native.port: unknown field"),
            (
                "[[projects]]\nname = \"shop\"",
                "projects[0]: missing field `keys`",
            ),
            ("= 1", "not TOML at line 1, column 1: "),
            (
                "[backend]\nheaders = { authorization = \"Bearer s3cret }",
                "not TOML at line 2, column ",
            ),
            (
                "[backend]\nheaders = \"Bearer s3cret\"",
                "backend.headers: invalid type: string, expected a map",
            ),
            (
                "[backend]\ncompression = \"s3cret\"",
                "backend.compression: unknown variant, expected `gzip` or `none`",
            ),
        ] {
            let message = ConfigFile::parse(text).expect_err(text).to_string();
            assert!(message.contains(expected), "{message}");
            assert!(!message.contains("s3cret"), "{message}");
            assert_eq!(message.lines().count(), 1, "{message}");
        }
    }

    #[test]
    fn the_example_lists_the_defaults() {
        let example = ConfigFile::parse(include_str!("../throughline.toml")).expect("valid");
        assert!(throughline_edge::Edge::new(example.edge.clone()).is_ok());
        let mut plain = ConfigFile::parse("").expect("valid");
        // Keys without a default.
        plain.edge.projects = example.edge.projects.clone();
        plain.edge.backend.url = example.edge.backend.url.clone();
        plain.edge.proxy = example.edge.proxy.clone();
        assert_eq!(format!("{example:?}"), format!("{plain:?}"));
    }

    #[test]
    fn an_empty_file_listens_on_the_otlp_port() {
        let file = ConfigFile::parse("").expect("valid");
        assert_eq!(file.native.listen.to_string(), "127.0.0.1:4318");
        assert!(!file.edge.open);
    }
}
