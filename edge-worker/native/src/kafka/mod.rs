//! Topics of Kafka that many machines share: `[kafka]` of the configuration.

mod config;
#[cfg(feature = "kafka")]
mod topics;
#[cfg(not(feature = "kafka"))]
#[path = "topics_absent.rs"]
mod topics;

pub use config::{KafkaConfig, TopicsConfig};
pub use topics::Kafka;
pub(crate) use topics::KafkaError;
