//! The owner of the limits of projects, as one of many edges reaches it.

use super::Absent;
use bytes::Bytes;
use core::future::Future;

/// Reaches the one place that has the limits of a project for many edges: what keeps a
/// [`QuotaOwner`](crate::QuotaOwner). A platform has one where edges come and go, such as the
/// isolates of Workers.
pub trait SharedQuota {
    /// Gives a message to the owner of this project's limits, and returns its response.
    fn ask(
        &self,
        project: &str,
        message: Bytes,
    ) -> impl Future<Output = Result<Bytes, SharedQuotaError>>;
}

/// Why the owner of a project's limits did not respond. The platform is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the owner of a project's limits did not respond: {0}")]
pub struct SharedQuotaError(pub Box<str>);

impl SharedQuota for Absent {
    async fn ask(&self, _: &str, _: Bytes) -> Result<Bytes, SharedQuotaError> {
        match *self {}
    }
}
