//! What does throughline.toml say?

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
    /// What every host understands.
    pub edge: Config,
    /// What this host understands.
    pub native: NativeConfig,
}

/// The `[native]` table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NativeConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// How many cores serve; all of them when not set.
    pub threads: Option<NonZeroUsize>,
    /// Milliseconds a connection may take to send the headers of its next request. A
    /// connection that is kept alive without one ends then.
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
    /// [`ConfigFileError`] says which key is wrong; the operator is at fault.
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
        // The rest of the message says once more where it is.
        let reason = error.inner().message().lines().next().unwrap_or_default();
        WrongConfig::Key {
            key: format!("{prefix}{}", error.path()).into(),
            reason: without_value(reason).into(),
        }
    })
}

/// Where the mistake is. toml's own text shows the line as it stands, with what is in it.
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
        /// What the system says.
        error: std::io::Error,
    },
    /// A key is wrong.
    #[error("{}: {reason}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Which key, and why.
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
        /// What is wrong there.
        reason: Box<str>,
    },
    /// A key that means nothing, or has a value that means nothing. The value is not
    /// repeated: it may be a secret.
    #[error("{key}: {reason}")]
    Key {
        /// Its path.
        key: Box<str>,
        /// What is wrong with it.
        reason: Box<str>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_at_fault_is_named() {
        for (text, told) in [
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
            assert!(message.contains(told), "{message}");
            assert!(!message.contains("s3cret"), "{message}");
            assert_eq!(message.lines().count(), 1, "{message}");
        }
    }

    #[test]
    fn the_example_lists_the_defaults() {
        let example = ConfigFile::parse(include_str!("../throughline.toml")).expect("valid");
        assert!(throughline_edge::Edge::new(example.edge.clone()).is_ok());
        let mut plain = ConfigFile::parse("").expect("valid");
        // What only the operator knows.
        plain.edge.projects = example.edge.projects.clone();
        plain.edge.backend.url = example.edge.backend.url.clone();
        plain.edge.proxy = example.edge.proxy.clone();
        assert_eq!(format!("{example:?}"), format!("{plain:?}"));
    }

    #[test]
    fn an_empty_file_listens_where_otlp_senders_send() {
        let file = ConfigFile::parse("").expect("valid");
        assert_eq!(file.native.listen.to_string(), "127.0.0.1:4318");
        assert!(!file.edge.open);
    }
}
