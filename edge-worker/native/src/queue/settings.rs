//! The `[queue]` table of the configuration.

use serde::{Deserialize, Deserializer, Serialize, de};
use std::path::PathBuf;

/// The `[queue]` table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct QueueConfig {
    /// The directory of the durable queue, for backends with `durable`. It belongs to one process.
    pub directory: Option<PathBuf>,
    /// Bytes that the queue may take in it, from 16777216. What does not fit is exported directly.
    /// A batch counts for 4096 bytes at least, because it takes about 100 bytes of memory: all of
    /// them take up to a fortieth of this.
    #[serde(deserialize_with = "max_bytes")]
    #[cfg_attr(test, schemars(range(min = 16_777_216)))]
    pub max_bytes: u64,
    /// Bytes of the messages that no delivery can help, which are files in `dead-letters` of the
    /// directory. Further ones are not kept; 0 keeps none.
    pub max_dead_letter_bytes: u64,
}

/// The settings of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueueSettings {
    /// The directory.
    pub(crate) directory: PathBuf,
    /// Bytes that the queue may take in it.
    pub(crate) max_bytes: u64,
    /// Bytes of dead letters.
    pub(crate) max_dead_letter_bytes: u64,
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self {
            directory: None,
            max_bytes: 1 << 30,
            max_dead_letter_bytes: 64 << 20,
        }
    }
}

impl QueueConfig {
    /// The settings; `None` when there is no queue.
    pub(crate) fn settings(&self) -> Option<QueueSettings> {
        Some(QueueSettings {
            directory: self.directory.clone()?,
            max_bytes: self.max_bytes,
            max_dead_letter_bytes: self.max_dead_letter_bytes,
        })
    }
}

fn max_bytes<'de, D: Deserializer<'de>>(source: D) -> Result<u64, D::Error> {
    let bytes = u64::deserialize(source)?;
    if bytes < LEAST_BYTES {
        return Err(de::Error::custom("fewer than 16777216 bytes"));
    }
    Ok(bytes)
}

/// Sixteen segments, each of a megabyte.
const LEAST_BYTES: u64 = 16 << 20;
