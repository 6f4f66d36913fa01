//! Settings of the clients: brokers, credentials, limits, timeouts.

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The settings of every client of one cluster.
///
/// [`Settings::new`] has the defaults that the fields name.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// Addresses of some brokers, each `host:port`; they name the others.
    pub brokers: Vec<String>,
    /// The consumer group, and the beginning of the ids of transactions: an access control list
    /// permits both by this name as a prefix.
    pub group: String,
    /// The name of this program in the brokers' logs: `throughline`.
    pub client_id: String,
    /// Encryption and credentials: none.
    pub security: Security,
    /// The compression of what is put: LZ4.
    pub compression: Compression,
    /// The topic of decisions: `throughline_decisions`.
    pub decisions_topic: String,
    /// A message that is larger, with its key and its headers, is refused: 1,000,000 bytes. The
    /// brokers' own limit (`message.max.bytes`, by default 1,048,588) counts some bytes more.
    pub max_message_bytes: usize,
    /// How many bytes wait for the brokers in a [`Producer`](crate::Producer) before it is full:
    /// 32 MiB.
    pub queue_bytes: usize,
    /// How long a message waits for others to share a request: 5 ms.
    pub linger: Duration,
    /// A message is given up when no broker has stored it for so long: 30 s.
    pub delivery_timeout: Duration,
    /// A request other than for messages fails when it has no response for so long: 30 s.
    pub request_timeout: Duration,
    /// A member of which the group hears nothing for so long has lost its partitions: 10 s. The
    /// brokers permit 6 s and more (`group.min.session.timeout.ms`).
    pub session_timeout: Duration,
    /// How long a rebalance waits for a [`Revocation`](crate::Revocation) to be dropped: 20 s.
    pub revocation_timeout: Duration,
    /// The brokers abort a transaction that is open for so long: 10 s. For as long a new owner of a
    /// partition may have to wait for the last transaction of an owner that died.
    pub transaction_timeout: Duration,
}

impl Settings {
    /// The defaults.
    pub fn new<B: Into<String>>(
        brokers: impl IntoIterator<Item = B>,
        group: impl Into<String>,
    ) -> Self {
        Self {
            brokers: brokers.into_iter().map(Into::into).collect(),
            group: group.into(),
            client_id: "throughline".to_owned(),
            security: Security::Plaintext,
            compression: Compression::Lz4,
            decisions_topic: "throughline_decisions".to_owned(),
            max_message_bytes: 1_000_000,
            queue_bytes: 32 << 20,
            linger: Duration::from_millis(5),
            delivery_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(30),
            session_timeout: Duration::from_secs(10),
            revocation_timeout: Duration::from_secs(20),
            transaction_timeout: Duration::from_secs(10),
        }
    }

    /// The properties of librdkafka that all clients have.
    pub(crate) fn client(&self) -> Result<ClientConfig, SettingsError> {
        if self.brokers.is_empty() {
            return Err(SettingsError::NoBrokers);
        }
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", self.brokers.join(","))
            .set("client.id", &self.client_id)
            // A broker that has restarted is found again within half a second.
            .set("reconnect.backoff.max.ms", "500");
        match &self.security {
            Security::Plaintext => {}
            Security::Tls { ca } => {
                tls(&mut config, ca.as_deref())?;
                config.set("security.protocol", "SSL");
            }
            Security::ScramSha512 { user, password, ca } => {
                tls(&mut config, ca.as_deref())?;
                config
                    .set("security.protocol", "SASL_SSL")
                    .set("sasl.mechanism", "SCRAM-SHA-512")
                    .set("sasl.username", user)
                    .set("sasl.password", &password.0);
            }
        }
        Ok(config)
    }
}

/// Encryption and credentials.
#[derive(Debug, Clone)]
pub enum Security {
    /// Neither: for a network of one's own.
    Plaintext,
    /// TLS; needs the feature `tls`.
    Tls {
        /// A file of certificate authorities in PEM, instead of the system's.
        ca: Option<PathBuf>,
    },
    /// A user and a password by SASL's SCRAM-SHA-512, over TLS; needs the feature `tls`.
    ScramSha512 {
        /// The user's name.
        user: String,
        /// The user's password.
        password: Secret,
        /// A file of certificate authorities in PEM, instead of the system's.
        ca: Option<PathBuf>,
    },
}

/// A text that is never printed.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text` from being printed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// The compression of what is put. Members read all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// None.
    None,
    /// gzip.
    Gzip,
    /// Snappy.
    Snappy,
    /// LZ4.
    Lz4,
    /// Zstandard.
    Zstd,
}

impl Compression {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }
}

/// Settings that no client can be made of: the operator has to change them.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// There is no address of a broker.
    #[error("name at least one broker, as host:port")]
    NoBrokers,
    /// This program was built without TLS.
    #[error("this program was built without TLS for Kafka: build it with the feature `tls`")]
    NoTls,
    /// The certificate authorities cannot be read.
    #[error("the certificate authorities in {} cannot be read: {source}", .path.display())]
    Ca {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The name of a topic is not one that Kafka permits.
    #[error("a topic's name has 1 to 249 letters, digits, `.`, `_` and `-`: {0:?}")]
    Topic(String),
    /// The system gives no thread.
    #[error("no thread for the client of Kafka: {0}")]
    Thread(io::Error),
    /// librdkafka refuses a value.
    #[error("the client of Kafka does not accept its settings: {0}")]
    Client(KafkaErrorText),
}

/// An error text of librdkafka about a setting.
#[derive(Debug)]
pub struct KafkaErrorText(KafkaError);

impl fmt::Display for KafkaErrorText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            KafkaError::ClientConfig(_, text, ..) | KafkaError::ClientCreation(text) => {
                formatter.write_str(text)
            }
            other => other.fmt(formatter),
        }
    }
}

impl From<KafkaError> for SettingsError {
    fn from(error: KafkaError) -> Self {
        Self::Client(KafkaErrorText(error))
    }
}

/// Whether Kafka permits the name of a topic; librdkafka's own functions panic on some others.
pub(crate) fn check_topic(name: &str) -> Result<(), SettingsError> {
    let permitted = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=249).contains(&name.len()) && name.bytes().all(permitted) {
        Ok(())
    } else {
        Err(SettingsError::Topic(name.to_owned()))
    }
}

/// A duration in milliseconds, as properties of librdkafka are written.
pub(crate) fn ms(duration: Duration) -> String {
    duration.as_millis().to_string()
}

fn tls(config: &mut ClientConfig, ca: Option<&Path>) -> Result<(), SettingsError> {
    if !cfg!(feature = "tls") {
        return Err(SettingsError::NoTls);
    }
    if let Some(path) = ca {
        // librdkafka says which file it cannot read only in the words of OpenSSL.
        std::fs::read(path).map_err(|source| SettingsError::Ca {
            path: path.to_owned(),
            source,
        })?;
        config.set("ssl.ca.location", path.to_string_lossy());
    } else if cfg!(feature = "tls-vendored") {
        // An OpenSSL of its own does not know where the system has them.
        config.set("ssl.ca.location", "probe");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(security: Security) -> Settings {
        let mut settings = Settings::new(["localhost:9092"], "group");
        settings.security = security;
        settings
    }

    #[test]
    fn a_password_is_not_printed() {
        let settings = with(Security::ScramSha512 {
            user: "edge".to_owned(),
            password: Secret::new("sesame"),
            ca: None,
        });
        assert!(!format!("{settings:?}").contains("sesame"));
    }

    #[test]
    fn names_of_topics_are_checked() {
        assert!(check_topic("otlp_spans.v1-x").is_ok());
        for name in ["", "a b", "a\0", "ü", &"x".repeat(250)] {
            assert!(check_topic(name).is_err(), "{name}");
        }
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn tls_is_refused_where_it_is_not_built_in() {
        let error = with(Security::Tls { ca: None }).client();
        assert!(matches!(error, Err(SettingsError::NoTls)));
    }

    #[cfg(feature = "tls-vendored")]
    #[test]
    fn an_openssl_of_its_own_looks_for_the_authorities_of_the_system() {
        let config = with(Security::Tls { ca: None }).client().expect("a client");
        assert_eq!(config.get("ssl.ca.location"), Some("probe"));
    }

    #[cfg(feature = "tls")]
    #[test]
    fn authorities_that_cannot_be_read_are_named() {
        let ca = Some(PathBuf::from("/nowhere/ca.pem"));
        let error = with(Security::Tls { ca }).client().err();
        let text = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(text.contains("/nowhere/ca.pem"), "{text}");
    }
}
