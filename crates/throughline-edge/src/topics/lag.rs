//! Lags: how many messages of topics wait for the consumers of this machine.

use std::sync::{Arc, Mutex, PoisonError, Weak};

/// How far a group of consumers is behind in one partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartitionLag {
    /// The consumer group.
    pub group: Arc<str>,
    /// The topic.
    pub topic: Arc<str>,
    /// The partition of the topic.
    pub partition: i32,
    /// Messages between the committed offset and the end of the partition.
    pub messages: u64,
}

/// The lags of the partitions that one core consumes. Cloning gives the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct CoreLags(Arc<Lags>);

/// Those of all cores of a machine. Cloning gives the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct MachineLags(Arc<Mutex<Vec<Weak<Lags>>>>);

type Lags = Mutex<Vec<PartitionLag>>;

impl CoreLags {
    /// Puts these in place of the earlier ones.
    pub(crate) fn set(&self, lags: Vec<PartitionLag>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = lags;
    }

    pub(crate) fn get(&self) -> Vec<PartitionLag> {
        let lags = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lags.clone()
    }
}

impl MachineLags {
    /// The lags of a further core, which are gone with the last clone of the value.
    pub(crate) fn core(&self) -> CoreLags {
        let core = CoreLags::default();
        let mut cores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cores.retain(|core| core.strong_count() > 0);
        cores.push(Arc::downgrade(&core.0));
        core
    }

    /// All of them, by group, topic and partition.
    pub(crate) fn all(&self) -> Vec<PartitionLag> {
        let cores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let cores = cores.iter().filter_map(Weak::upgrade).map(CoreLags);
        let mut all: Vec<PartitionLag> = cores.flat_map(|core| core.get()).collect();
        all.sort_unstable();
        all
    }
}

/// The description of the metric.
pub(crate) const LAG_HELP: &str =
    "Messages of a topic that have not ended in this machine's partitions";
