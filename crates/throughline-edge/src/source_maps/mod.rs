//! Source maps: their indexes are uploaded, stored by the host or in a bucket, and looked up in.

mod cache;
mod look_up;
mod s3;
mod store;
mod upload;

use crate::config::{Config, ConfigError};
use crate::host::Host;
use crate::machine::Machine;
use cache::Cache;
use core::time::Duration;
use s3::Bucket;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) use upload::{PATH, Uploads};

/// The source maps of one edge. Cloning gives the same.
#[derive(Debug, Clone)]
pub(crate) struct SourceMaps(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    bucket: Option<Bucket>,
    cache: SharedCache,
    /// How long exceptions of one request may wait for the store.
    wait: Duration,
}

/// The cache of a machine. Cloning gives the same cache.
#[derive(Debug, Clone)]
pub(crate) struct SharedCache(Arc<Mutex<Cache>>);

impl SharedCache {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self(Arc::new(Mutex::new(Cache::new(max_bytes))))
    }

    /// No code panics under this lock, so a poisoned lock still guards valid state.
    fn lock(&self) -> MutexGuard<'_, Cache> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SourceMaps {
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn new(config: &Config, machine: &Machine) -> Result<Self, ConfigError> {
        let config = &config.sourcemaps;
        if config.directory.is_some() {
            let key = "sourcemaps.directory".into();
            if let Some(why) = machine.no_source_map_directory {
                return Err(ConfigError::Unavailable { key, why });
            }
            if config.s3.is_some() {
                let wanted = "left out where sourcemaps.s3 is there: there is one store";
                return Err(ConfigError::Invalid { key, wanted });
            }
        }
        if config.wait_ms == 0 {
            return Err(ConfigError::Invalid {
                key: "sourcemaps.wait_ms".into(),
                wanted: "at least 1, such as 1000: no store responds in no time",
            });
        }
        Ok(Self(Rc::new(Inner {
            bucket: config.s3.as_ref().map(Bucket::new).transpose()?,
            cache: machine.source_maps.clone(),
            wait: Duration::from_millis(config.wait_ms),
        })))
    }

    /// Whether there is a store.
    pub(crate) fn has_store<H: Host>(&self, host: &H) -> bool {
        self.0.bucket.is_some() || host.source_maps().is_some()
    }

    /// How long exceptions of one request may wait for the store.
    pub(crate) fn wait(&self) -> Duration {
        self.0.wait
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.0.cache.lock()
    }
}
