//! Takes records to the receiver: batches of them, and the requests that carry the batches.

mod batch;
mod outbox;

pub(crate) use batch::{Batch, Scope};
pub(crate) use outbox::{Attempt, Outbox, Reply, Sendable};
