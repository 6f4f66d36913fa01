//! The topics as the edge puts messages into them.

use super::{KafkaConfig, TopicsConfig};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use throughline_edge::host::{PROJECT_HEADER, TopicError, TopicMessage, Topics};
use throughline_kafka::{Producer, Put, Secret, Security, Settings, SettingsError};
use throughline_otlp::Signal;

/// The topics that the machines of a group share. Clones are the same.
#[derive(Clone)]
pub struct Kafka(Arc<Shared>);

struct Shared {
    settings: Settings,
    topics: TopicsConfig,
    producer: Producer,
    /// Bytes of values that wait for the brokers.
    waiting: AtomicUsize,
}

/// Why there are no topics. The operator is at fault.
#[derive(Debug, thiserror::Error)]
#[error("[kafka] cannot be used: {0}")]
pub(crate) struct KafkaError(#[from] SettingsError);

impl std::fmt::Debug for Kafka {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Kafka").field(&self.0.settings).finish()
    }
}

impl Kafka {
    /// Checks a configuration.
    pub(crate) fn check(config: &KafkaConfig) -> Result<(), KafkaError> {
        Self::open(config).map(drop)
    }

    /// The topics of a configuration, if it has brokers. It connects when it has to.
    pub(crate) fn open(config: &KafkaConfig) -> Result<Option<Self>, KafkaError> {
        if !config.is_on() {
            return Ok(None);
        }
        let settings = settings(config);
        Ok(Some(Self(Arc::new(Shared {
            producer: Producer::new(&settings)?,
            settings,
            topics: config.topics.clone(),
            waiting: AtomicUsize::new(0),
        }))))
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The name of the topic of a signal.
    pub(crate) fn topic(&self, signal: Signal) -> &str {
        let TopicsConfig {
            traces,
            logs,
            metrics,
            ..
        } = &self.0.topics;
        match signal {
            Signal::Traces => traces,
            Signal::Logs => logs,
            Signal::Metrics => metrics,
        }
    }
}

impl Topics for Kafka {
    fn max_value_bytes(&self) -> usize {
        self.0.producer.max_message_bytes().saturating_sub(OF_HEAD)
    }

    fn fits(&self, bytes: usize) -> bool {
        let waiting = self.0.waiting.load(Ordering::Relaxed);
        // One that is larger than all of it waits alone.
        waiting == 0 || waiting.saturating_add(bytes) <= self.0.settings.queue_bytes
    }

    async fn put(&self, message: TopicMessage) -> Result<(), TopicError> {
        let TopicMessage {
            signal,
            trace,
            project,
            value,
        } = message;
        let key = trace.map(|trace| trace.to_string());
        let put = Put {
            topic: self.topic(signal),
            key: key.as_ref().map(String::as_bytes),
            headers: &[(PROJECT_HEADER, &project)],
            value: &value,
        };
        let _waiting = Waiting::of(&self.0.waiting, value.len());
        let stored = self.0.producer.put(put).await;
        stored.map_err(|error| TopicError(error.to_string().into()))
    }
}

/// Bytes that wait for the brokers, until this is dropped.
struct Waiting<'a>(&'a AtomicUsize, usize);

impl<'a> Waiting<'a> {
    fn of(all: &'a AtomicUsize, bytes: usize) -> Self {
        all.fetch_add(bytes, Ordering::Relaxed);
        Self(all, bytes)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(self.1, Ordering::Relaxed);
    }
}

fn settings(config: &KafkaConfig) -> Settings {
    let mut settings = Settings::new(config.brokers.iter().cloned(), config.group.clone());
    let ca: Option<PathBuf> = config.ca.clone();
    settings.security = match (&config.user, &config.password) {
        (Some(user), Some(password)) => Security::ScramSha512 {
            user: user.clone(),
            password: Secret::new(password.clone()),
            ca,
        },
        _ if config.tls => Security::Tls { ca },
        _ => Security::Plaintext,
    };
    settings.decisions_topic = config.topics.decisions.clone();
    settings.max_message_bytes = config.max_message_bytes;
    settings.delivery_timeout = DELIVERY_TIMEOUT;
    settings
}

/// Bytes of a message besides its value: the key, the header, and the name of a project.
const OF_HEAD: usize = 4096;
/// After this time the sender is asked to send again. It waits for it.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(4);
