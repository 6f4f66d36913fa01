//! The `[kafka]` table of the configuration.

use serde::{Deserialize, Serialize, Serializer};
use std::path::PathBuf;
use throughline_edge::config::REDACTED;

/// The `[kafka]` table: with brokers, records go through topics that all machines of a group share.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct KafkaConfig {
    /// Addresses of some brokers, each `host:port`. Without one, nothing goes through topics.
    pub brokers: Vec<String>,
    /// The consumer group of all machines that share the topics, and the beginning of the ids of
    /// their transactions.
    pub group: String,
    /// The topics. All of them have as many partitions as each other.
    pub topics: TopicsConfig,
    /// Bytes of the largest message, with its key and its headers: no more than the topics permit.
    pub max_message_bytes: usize,
    /// TLS towards the brokers.
    pub tls: bool,
    /// A file of certificate authorities in PEM, instead of the system's.
    pub ca: Option<PathBuf>,
    /// The user of SASL by SCRAM-SHA-512, over TLS.
    pub user: Option<String>,
    /// The user's password.
    #[serde(serialize_with = "redacted")]
    pub password: Option<String>,
}

/// The `[kafka.topics]` table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct TopicsConfig {
    /// Spans, as the Collector's `kafka` exporter and receiver name it.
    pub traces: String,
    /// Log records.
    pub logs: String,
    /// Metrics.
    pub metrics: String,
    /// Decisions about traces.
    pub decisions: String,
}

impl Default for KafkaConfig {
    fn default() -> Self {
        Self {
            brokers: Vec::new(),
            group: "throughline".into(),
            topics: TopicsConfig::default(),
            max_message_bytes: 1_000_000,
            tls: false,
            ca: None,
            user: None,
            password: None,
        }
    }
}

impl Default for TopicsConfig {
    fn default() -> Self {
        Self {
            traces: "otlp_spans".into(),
            logs: "otlp_logs".into(),
            metrics: "otlp_metrics".into(),
            decisions: "throughline_decisions".into(),
        }
    }
}

impl KafkaConfig {
    /// Whether records go through topics.
    pub(crate) fn is_on(&self) -> bool {
        !self.brokers.is_empty()
    }

    /// The key that is wrong, and what it should be.
    pub(crate) fn wrong_key(&self) -> Option<(&'static str, &'static str)> {
        let is_address = |broker: &String| {
            let port = broker
                .rsplit_once(':')
                .map(|(host, port)| (host, port.parse::<u16>()));
            matches!(port, Some((host, Ok(_))) if !host.is_empty() && !host.contains('/'))
        };
        if !self.brokers.iter().all(is_address) {
            return Some((
                "kafka.brokers",
                "a list of host:port, such as [\"kafka-1:9092\"]",
            ));
        }
        if self.group.is_empty() {
            return Some(("kafka.group", "a name, such as \"throughline\""));
        }
        if self.max_message_bytes < LEAST_BYTES {
            return Some(("kafka.max_message_bytes", "at least 65536, such as 1000000"));
        }
        if self.ca.is_some() && !self.tls {
            return Some(("kafka.tls", "true, because kafka.ca is set"));
        }
        let TopicsConfig {
            traces,
            logs,
            metrics,
            decisions,
        } = &self.topics;
        let mut names = [traces, logs, metrics, decisions];
        names.sort_unstable();
        let is_name = |name: &String| {
            let permitted = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            (1..=249).contains(&name.len()) && name.bytes().all(permitted)
        };
        let are_apart = names.windows(2).all(|pair| pair[0] != pair[1]);
        if !are_apart || !names.into_iter().all(is_name) {
            let wanted =
                "four names, each of letters, digits, `.`, `_` and `-`, such as \"otlp_spans\"";
            return Some(("kafka.topics", wanted));
        }
        if self.user.is_some() != self.password.is_some() {
            let key = match self.user {
                Some(_) => "kafka.password",
                None => "kafka.user",
            };
            return Some((key, "there, because the other of user and password is"));
        }
        if self.user.is_some() && !self.tls {
            return Some(("kafka.tls", "true: a password is not sent in plain text"));
        }
        None
    }
}

fn redacted<S: Serializer>(secret: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(|_| REDACTED).serialize(to)
}

const LEAST_BYTES: usize = 65_536;
