//! Replaces the topics of Kafka in a build without the feature `kafka`, which links no librdkafka.

use super::KafkaConfig;
use throughline_edge::host::{TopicError, TopicMessage, Topics};

/// The topics that no host of this build has.
#[derive(Debug, Clone)]
pub enum Kafka {}

/// Why there are no topics. The operator chose this build.
#[derive(Debug, thiserror::Error)]
#[error(
    "kafka.brokers is set, and this build has no Kafka; build one that has it with `cargo build --release -p throughline --features kafka-tls`, or leave the table out"
)]
pub(crate) struct KafkaError;

impl Kafka {
    /// Checks a configuration.
    pub(crate) fn check(config: &KafkaConfig) -> Result<(), KafkaError> {
        match config.is_on() {
            true => Err(KafkaError),
            false => Ok(()),
        }
    }

    pub(crate) fn open(config: &KafkaConfig) -> Result<Option<Self>, KafkaError> {
        Self::check(config).map(|()| None)
    }
}

impl Topics for Kafka {
    fn max_value_bytes(&self) -> usize {
        match *self {}
    }

    fn fits(&self, _: usize) -> bool {
        match *self {}
    }

    async fn put(&self, _: TopicMessage) -> Result<(), TopicError> {
        match *self {}
    }
}
