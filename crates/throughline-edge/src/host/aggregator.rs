//! The owner of the metrics of many edges, as one of them reaches it.

use super::Absent;
use bytes::Bytes;
use core::future::Future;

/// Reaches the one place where the metrics of many edges are merged: what keeps a
/// [`MetricsOwner`](crate::MetricsOwner). A platform has one where edges come and go, such as the
/// isolates of Workers; each of them gives it the metrics that it makes, and exports none itself.
pub trait Aggregator {
    /// Gives it the metrics of an edge. They are in its storage when this returns; after an error
    /// they may be there or not, and the same bytes are given again.
    fn add(&self, deltas: Bytes) -> impl Future<Output = Result<(), AggregatorError>>;
}

/// Why metrics could not be given to their owner. The platform is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the owner of the metrics did not take them: {0}")]
pub struct AggregatorError(pub Box<str>);

impl Aggregator for Absent {
    async fn add(&self, _: Bytes) -> Result<(), AggregatorError> {
        match *self {}
    }
}
