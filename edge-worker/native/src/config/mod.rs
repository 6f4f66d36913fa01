//! Reads throughline.toml.

mod effective;
mod error;
mod native;
#[cfg(test)]
mod schema;

use crate::host::NativeHost;
use crate::kafka::{Kafka, KafkaConfig};
use crate::queue::QueueConfig;
use crate::tls::Tls;
pub use error::ConfigFileError;
pub use native::{GrpcConfig, NativeConfig};
use std::num::NonZeroUsize;
use std::path::Path;
use throughline_edge::config::{
    BackendConfig, BackendKind, ConfigError, ConfigText, Reference, WrongText,
};
use throughline_edge::{Config, Edge, Machine};

/// A configuration file: the edge's own keys, and `[native]`, `[queue]` and `[kafka]` for this
/// host.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    /// The keys of every host.
    pub edge: Config,
    /// The keys of this host.
    pub native: NativeConfig,
    /// The durable queue of this host.
    pub queue: QueueConfig,
    /// The topics that many machines share.
    pub kafka: KafkaConfig,
    text: ConfigText,
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
        Self::parse(&text).map_err(|wrong| ConfigFileError::wrong(path, wrong))
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
        file.check_listen(path)?;
        file.check_queue(path)?;
        file.check_kafka(path)?;
        let machine = Machine::of::<NativeHost>(&file.edge, NonZeroUsize::MIN);
        if let Err(error) = Edge::on(machine, file.edge.clone()) {
            return Err(file.wrong(path, &error));
        }
        let tls = file.native.tls.as_ref().map_or(Ok(()), Tls::check);
        match tls {
            Ok(()) => Ok(file),
            Err(error) => Err(ConfigFileError::Certificate {
                place: error::place(path, file.text.line_of(error.key().as_str())),
                error,
            }),
        }
    }

    fn parse(text: &str) -> Result<Self, WrongText> {
        let text = ConfigText::parse(text, &["native", "queue", "kafka"], find)?;
        Ok(Self {
            native: text.of_host("native")?,
            queue: text.of_host("queue")?,
            kafka: text.of_host("kafka")?,
            edge: text.edge()?,
            text,
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

    /// A port has one protocol, unless the system chooses the ports.
    fn check_listen(&self, path: &Path) -> Result<(), ConfigFileError> {
        let grpc = self.native.grpc.listen.as_ref();
        if grpc.is_none_or(|grpc| !grpc.is_taken_by(&self.native.listen)) {
            return Ok(());
        }
        let wrong = ConfigError::Invalid {
            key: "native.grpc.listen".into(),
            wanted: "another address or port than native.listen has: OTLP/gRPC has a port of its own, 4317 by default",
        };
        Err(self.wrong(path, &wrong))
    }

    /// Where a backend is durable there must be a queue.
    fn check_queue(&self, path: &Path) -> Result<(), ConfigFileError> {
        let durable = self.durable_backend();
        let (Some(section), None) = (durable, &self.queue.directory) else {
            return Ok(());
        };
        let missing = ConfigError::Missing {
            key: "queue.directory".into(),
            wanted: "the directory in which batches of a durable backend are stored",
        };
        let line = self.text.line_of(&format!("{section}.durable"));
        let why = missing.to_string().into();
        let wrong = WrongText::Unusable { line, why };
        Err(ConfigFileError::wrong(path, wrong))
    }

    fn check_kafka(&self, path: &Path) -> Result<(), ConfigFileError> {
        if let Some((key, wanted)) = self.kafka.wrong_key() {
            let wrong = ConfigError::Invalid {
                key: key.into(),
                wanted,
            };
            return Err(self.wrong(path, &wrong));
        }
        Kafka::check(&self.kafka).map_err(|error| {
            let wrong = WrongText::Unusable {
                line: self.text.line_of("kafka.brokers"),
                why: error.to_string().into(),
            };
            ConfigFileError::wrong(path, wrong)
        })
    }

    /// An error of the edge about this configuration, with the line of the key.
    fn wrong(&self, path: &Path, error: &ConfigError) -> ConfigFileError {
        ConfigFileError::wrong(path, self.text.wrong(error))
    }
}

/// The environment's variables, and the contents of files.
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
            ("[kafk]", "; did you mean `kafka`?"),
            ("[kafka]\nbroker = []", "kafka.broker: unknown field"),
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
                "projects[0].keys[0]: missing field `until`",
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
        let message = config.wrong(file, &refused).to_string();
        let wanted = "edge.toml, line 6: projects[0].keys cannot be used: it should be a list";
        assert!(message.starts_with(wanted), "{message}");
        let wrong = ConfigFile::parse("[native]\nlisten = 8088\n").expect_err("a number");
        let message = ConfigFileError::wrong(file, wrong).to_string();
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
            assert!(refused.to_string().contains(message), "{refused}");
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
        assert_eq!(example.kafka, plain.kafka);
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
