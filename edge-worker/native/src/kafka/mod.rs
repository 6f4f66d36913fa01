//! Topics of Kafka that many machines share: `[kafka]` of the configuration.

mod config;
#[cfg(feature = "kafka")]
mod consume;
#[cfg(feature = "kafka")]
mod consumer;
#[cfg(feature = "kafka")]
mod topics;
#[cfg(not(feature = "kafka"))]
#[path = "topics_absent.rs"]
mod topics;

pub use config::{KafkaConfig, TopicsConfig};
#[cfg(feature = "kafka")]
pub(crate) use consumer::Consumer;
#[cfg(not(feature = "kafka"))]
pub(crate) use topics::Consumer;
pub use topics::Kafka;
pub(crate) use topics::KafkaError;
