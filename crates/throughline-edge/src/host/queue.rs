//! The durable queue of a platform.

use super::Absent;
use bytes::Bytes;
use core::future::Future;

/// A queue that outlives the process: batches of a backend with `durable` are stored in it before
/// the response to their sender, and exported once they are taken out of it
/// ([`Edge::take_up`](crate::Edge::take_up)).
pub trait DurableQueue {
    /// Why the platform has none.
    const ABSENT_BECAUSE: Option<&'static str>;

    /// Bytes of the largest message. A batch is split to fit; a single record that does not fit is
    /// exported directly.
    fn max_message_bytes(&self) -> usize;

    /// Stores a message. It is stored when this returns; after an error it may be stored or not.
    /// When this is dropped before it returns, its batch is exported directly: a host that can
    /// prevent it does not deliver the message, which would arrive twice.
    ///
    /// # Errors
    /// [`QueueError`]; the platform is at fault. Then the batch is exported directly.
    fn put(&self, message: Bytes) -> impl Future<Output = Result<(), QueueError>>;
}

/// Why a message could not be stored. The platform is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// The queue has as much as it may have.
    #[error("the durable queue is full")]
    Full,
    /// The queue did not take the message, or did not say that it did.
    #[error("the durable queue did not take a batch: {0}")]
    Unavailable(Box<str>),
}

/// The end of a delivery: whether a host keeps the message that it took out of its queue, after
/// [`Edge::take_up`](crate::Edge::take_up).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "the message is delivered again unless it is removed"]
pub enum Delivery {
    /// Its records have ended: the message is removed.
    Done,
    /// Nothing has ended yet: the message is kept, and delivered again.
    Retry {
        /// Not before this time has passed.
        after: core::time::Duration,
    },
    /// No delivery can succeed, and the records are counted as rejected: the message is removed,
    /// and kept as a dead letter where the platform has a place for it.
    Refused,
}

impl DurableQueue for Absent {
    const ABSENT_BECAUSE: Option<&'static str> = Some("it has no durable queue");

    fn max_message_bytes(&self) -> usize {
        match *self {}
    }

    async fn put(&self, _: Bytes) -> Result<(), QueueError> {
        match *self {}
    }
}
