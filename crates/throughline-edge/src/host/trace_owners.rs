//! The owners of traces, as one of many edges reaches them.

use super::Absent;
use crate::Floor;
use bytes::Bytes;
use core::future::Future;

/// Reaches the places where the records of traces wait for each other: each keeps a
/// [`TraceOwner`](crate::TraceOwner). A platform has them where the memory of an edge ends before
/// a trace does.
pub trait TraceOwners {
    /// Gives records to the owner of this number, and returns the floor below which it takes no
    /// more of them. They are in its storage when this returns; after an error they may be there or
    /// not, and the same bytes are given again.
    fn give(
        &self,
        owner: usize,
        records: Bytes,
    ) -> impl Future<Output = Result<Floor, TraceOwnersError>>;
}

/// Why records could not be given to the owner of their traces. The platform is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the owner of traces did not take them: {0}")]
pub struct TraceOwnersError(pub Box<str>);

impl TraceOwners for Absent {
    async fn give(&self, _: usize, _: Bytes) -> Result<Floor, TraceOwnersError> {
        match *self {}
    }
}
