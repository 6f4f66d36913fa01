//! Reads throughline.toml.

mod effective;
mod error;
mod native;
#[cfg(test)]
mod schema;

use crate::host::NativeHost;
use crate::queue::QueueConfig;
use crate::tls::Tls;
pub use error::{ConfigFileError, WrongConfig};
pub use native::{GrpcConfig, NativeConfig};
use serde::de::DeserializeOwned;
use std::num::NonZeroUsize;
use std::path::Path;
use throughline_edge::config::{
    BackendConfig, BackendKind, ConfigError, Lines, Reference, explain, replace_references,
};
use throughline_edge::{Config, Edge, Machine};
use toml::{Table, Value};

/// A configuration file: the edge's own keys, and `[native]` and `[queue]` for this host.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    /// The keys of every host.
    pub edge: Config,
    /// The keys of this host.
    pub native: NativeConfig,
    /// The durable queue of this host.
    pub queue: QueueConfig,
    /// The file as it was written, with its references.
    written: Table,
    lines: Lines,
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
            place: place(path, reason.line()),
            reason: Box::new(reason),
        })
    }

    /// Reads a file that can be used in production.
    ///
    /// # Errors
    /// [`ConfigFileError`] names the wrong key; the operator is at fault.
    pub(crate) fn read_usable(path: &Path) -> Result<Self, ConfigFileError> {
        let file = Self::read(path)?;
        let is_store = |backend: &BackendConfig| backend.kind == BackendKind::Store;
        if is_store(&file.edge.backend) || file.edge.backends.iter().any(is_store) {
            return Err(ConfigFileError::StoreInProduction);
        }
        file.check_queue(path)?;
        let machine = Machine::of::<NativeHost>(&file.edge, NonZeroUsize::MIN);
        if let Err(error) = Edge::on(machine, file.edge.clone()) {
            return Err(file.wrong(path, error));
        }
        let tls = file.native.tls.as_ref().map_or(Ok(()), Tls::check);
        match tls {
            Ok(()) => Ok(file),
            Err(error) => Err(ConfigFileError::Certificate {
                place: place(path, file.lines.line_of(error.key().as_str())),
                error,
            }),
        }
    }

    fn parse(text: &str) -> Result<Self, WrongConfig> {
        let mut table: Table = toml::from_str(text).map_err(|error| not_toml(text, &error))?;
        let (written, lines) = (table.clone(), Lines::of(text));
        for (key, value) in &mut table {
            replace_all(key, value, &lines)?;
        }
        let mut own = |name| {
            let value = table.remove(name);
            value.unwrap_or_else(|| Value::Table(Table::new()))
        };
        let (native, queue) = (own("native"), own("queue"));
        Ok(Self {
            native: deserialize("native.", native, &lines)?,
            queue: deserialize("queue.", queue, &lines)?,
            edge: deserialize("", Value::Table(table), &lines)?,
            written,
            lines,
        })
    }

    /// The section of a backend whose batches are stored in the queue.
    pub(crate) fn durable_backend(&self) -> Option<String> {
        let Config {
            backend, backends, ..
        } = &self.edge;
        if backends.is_empty() {
            return backend.durable.then(|| "backend".to_owned());
        }
        let at = backends.iter().position(|backend| backend.durable)?;
        Some(format!("backends[{at}]"))
    }

    /// Where a backend is durable there must be a queue.
    fn check_queue(&self, path: &Path) -> Result<(), ConfigFileError> {
        let durable = self.durable_backend();
        match (durable, &self.queue.directory) {
            (Some(section), None) => Err(ConfigFileError::Unusable {
                place: place(path, self.lines.line_of(&format!("{section}.durable"))),
                error: ConfigError::Missing {
                    key: "queue.directory".into(),
                    wanted: "the directory in which batches of a durable backend are stored",
                },
            }),
            _ => Ok(()),
        }
    }

    /// An error of the edge about this configuration, with the line of the key.
    fn wrong(&self, path: &Path, error: ConfigError) -> ConfigFileError {
        ConfigFileError::Unusable {
            place: place(path, self.lines.line_of(error.key())),
            error,
        }
    }
}

/// Replaces the references in all texts below a key by the environment's variables and the
/// contents of files.
fn replace_all(key: &str, value: &mut Value, lines: &Lines) -> Result<(), WrongConfig> {
    match value {
        Value::String(text) => {
            *text = replace_references(text, find).map_err(|error| WrongConfig::Key {
                line: lines.line_of(key),
                key: key.into(),
                reason: error.to_string().into(),
            })?;
        }
        Value::Array(list) => {
            for (index, element) in list.iter_mut().enumerate() {
                replace_all(&format!("{key}[{index}]"), element, lines)?;
            }
        }
        Value::Table(table) => {
            for (name, value) in table {
                replace_all(&format!("{key}.{name}"), value, lines)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn find(reference: Reference<'_>) -> Result<String, Box<str>> {
    match reference {
        Reference::Variable(name) => match std::env::var(name) {
            Ok(value) => Ok(value),
            Err(std::env::VarError::NotPresent) => Err("is not set in the environment".into()),
            Err(std::env::VarError::NotUnicode(_)) => Err("is not UTF-8".into()),
        },
        Reference::File(path) => std::fs::read_to_string(path)
            // An editor ends a file with a line break, which is not part of a secret.
            .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
            .map_err(|error| format!("cannot be read: {error}").into()),
    }
}

fn deserialize<T: DeserializeOwned>(
    prefix: &str,
    value: Value,
    lines: &Lines,
) -> Result<T, WrongConfig> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        // The other lines repeat the location.
        let reason = error.inner().message().lines().next().unwrap_or_default();
        let key = format!("{prefix}{}", error.path());
        // The edge does not know of the tables that are not its own.
        let reason = match prefix {
            "" if !key.contains('.') => {
                reason.replacen("expected one of ", "expected one of `native`, `queue`, ", 1)
            }
            _ => reason.to_owned(),
        };
        WrongConfig::Key {
            line: lines.line_of(&key),
            key: key.into(),
            reason: explain(&reason).into(),
        }
    })
}

/// A file, with the line where it is known.
fn place(path: &Path, line: Option<usize>) -> Box<str> {
    let path = path.display();
    line.map_or_else(|| path.to_string(), |line| format!("{path}, line {line}"))
        .into()
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
            ("[ingst]", "; did you mean `ingest`?"),
            ("[nativ]", "; did you mean `native`?"),
            (
                "[[projects]]\nname = \"a\"\nallowed_origin = []",
                "; did you mean `allowed_origins`?",
            ),
            (
                "[native]\nlisten = \"here\"",
                "native.listen: not an address and a port, such as 127.0.0.1:4318",
            ),
            ("[native]\nport = 1", "native.port: unknown field"),
            ("[queu]", "; did you mean `queue`?"),
            ("[queue]\npath = \"/q\"", "queue.path: unknown field"),
            (
                "[queue]\nmax_bytes = 16777215",
                "queue.max_bytes: fewer than 16777216 bytes",
            ),
            (
                "[[projects]]\nkeys = [\"pk_shop\"]",
                "projects[0]: missing field `name`",
            ),
            (
                "[[projects]]\nname = \"shop\"\nkeys = [{ key = \"s3cret\" }]",
                "projects[0].keys[0]: a key, or { key = \"pk_old\", until = ",
            ),
            ("= 1", "not TOML at column 1: "),
            (
                "[backend]\nheaders = { authorization = \"Bearer s3cret }",
                "not TOML at column ",
            ),
            (
                "[backend]\nheaders = \"Bearer s3cret\"",
                "backend.headers: invalid type: string, expected a map",
            ),
            (
                "[backend]\ncompression = \"s3cret\"",
                "backend.compression: unknown variant, expected one of `gzip`, `zstd`, `none`",
            ),
            (
                "[scrub]\nquery_values = \"some\"",
                "scrub.query_values: unknown variant, expected `all` or `secrets`",
            ),
            (
                "[[projects]]\nname = \"shop\"\n[projects.limits]\nspan_byte_per_second = 1",
                "did you mean `span_bytes_per_second`?",
            ),
            (
                "[sampling.tail]\nlogs = \"all\"",
                "sampling.tail.logs: invalid type",
            ),
        ] {
            let message = ConfigFile::parse(text).expect_err(text).to_string();
            assert!(message.contains(expected), "{message}");
            assert!(!message.contains("s3cret"), "{message}");
            assert_eq!(message.lines().count(), 1, "{message}");
        }
    }

    #[test]
    fn a_wrong_key_is_reported_with_its_line() {
        let file = Path::new("edge.toml");
        let text = "[backend]\nkind = \"null\"\n\n[[projects]]\nname = \"shop\"\nkeys = []\n";
        let config = ConfigFile::parse(text).expect("of the right shape");
        let refused = throughline_edge::Edge::new(config.edge.clone()).expect_err("no key");
        let message = config.wrong(file, refused).to_string();
        let wanted = "edge.toml, line 6: projects[0].keys cannot be used: it should be a list";
        assert!(message.starts_with(wanted), "{message}");
        let wrong = ConfigFile::parse("[native]\nlisten = 8088\n").expect_err("a number");
        let message = format!("{}: {wrong}", place(file, wrong.line()));
        let wanted = "edge.toml, line 2: native.listen: invalid type: integer, expected an address and a port, such as 127.0.0.1:4318";
        assert!(message.starts_with(wanted), "{message}");
    }

    #[test]
    fn secrets_come_from_the_environment_and_from_files() {
        let file = std::env::temp_dir().join(format!("throughline-{}", std::process::id()));
        std::fs::write(&file, "s3cret\n").expect("a file");
        let path = file.display();
        let parse = |text: &str| ConfigFile::parse(text).map(|config| config.edge.backend);
        let backend = parse(&format!(
            "[backend]\nurl = \"http://${{CARGO_PKG_NAME}}\"\nheaders = {{ authorization = \"Bearer ${{file:{path}}}\", plain = \"$${{x}}\" }}"
        ));
        std::fs::remove_file(&file).expect("it is there");
        let backend = backend.expect("both are there");
        assert_eq!(backend.url.as_deref(), Some("http://throughline"));
        assert_eq!(backend.headers["authorization"], "Bearer s3cret");
        assert_eq!(backend.headers["plain"], "${x}");
        for (value, message) in [
            (
                "${THROUGHLINE_NO_SUCH}",
                "backend.headers.a: ${THROUGHLINE_NO_SUCH} is not set in the environment",
            ),
            (
                "${file:/no/such}",
                "backend.headers.a: ${file:/no/such} cannot be read: No such file",
            ),
        ] {
            let text = format!("[backend]\nheaders = {{ a = \"Bearer {value}\" }}");
            let refused = parse(&text).expect_err(value);
            assert_eq!(refused.line(), Some(2));
            assert!(refused.to_string().starts_with(message), "{refused}");
        }
    }

    #[test]
    fn the_example_lists_the_defaults() {
        let example = ConfigFile::parse(include_str!("../../throughline.toml")).expect("valid");
        assert!(throughline_edge::Edge::new(example.edge.clone()).is_ok());
        let mut plain = ConfigFile::parse("").expect("valid");
        // Keys without a default.
        plain.edge.projects = example.edge.projects.clone();
        plain.edge.backend.url = example.edge.backend.url.clone();
        plain.edge.proxy = example.edge.proxy.clone();
        assert_eq!(format!("{:?}", example.edge), format!("{:?}", plain.edge));
        assert_eq!(example.queue, plain.queue);
        assert_eq!(
            format!("{:?}", example.native),
            format!("{:?}", plain.native)
        );
    }

    #[test]
    fn an_empty_file_listens_on_the_otlp_port() {
        let file = ConfigFile::parse("").expect("valid");
        assert_eq!(Ok(file.native.listen), "127.0.0.1:4318".parse());
        assert!(!file.edge.open);
    }
}
