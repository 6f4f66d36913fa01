//! Commits a step of a member: decisions and offsets in one transaction.

use super::event::Assignment;
use super::transactions::{Outcome, Step};
use super::{Member, offsets};
use crate::error::{RequestError, blocking};
use bytes::Bytes;
use std::sync::Arc;

/// A step.
#[derive(Debug, Clone, Copy)]
pub struct Commit<'a> {
    /// Messages for the topic of decisions, each with the number of its partition.
    pub decisions: &'a [(i32, Bytes)],
    /// How far the partitions have been consumed.
    pub offsets: &'a [Position<'a>],
}

/// How far a partition has been consumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The partition of the topic.
    pub partition: i32,
    /// The offset of the first message that has not been consumed.
    pub offset: i64,
    /// A text for the next owner. Brokers permit 4,096 bytes (`offset.metadata.max.bytes`).
    pub metadata: &'a str,
}

impl<'a> Position<'a> {
    /// A position.
    #[must_use]
    pub const fn new(topic: &'a str, partition: i32, offset: i64, metadata: &'a str) -> Self {
        Self {
            topic,
            partition,
            offset,
            metadata,
        }
    }
}

/// A step that was not committed, or may not have been.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The partitions are another member's, or will be: nothing was committed, and nothing of this
    /// assignment ever will be. Forget its partitions.
    #[error("the partitions are another member's")]
    Fenced,
    /// Nothing was committed: commit the step again, or a larger one in its place.
    #[error("nothing was committed: {0}")]
    Later(RequestError),
    /// Nothing was committed, and the same step never will be: a decision or an account is larger
    /// than the brokers permit, or an access control list or a topic is missing.
    #[error("the step cannot be committed: {0}")]
    Refused(RequestError),
    /// A partition is not of the assignment; a fault of the caller, and nothing was committed.
    #[error("partition {partition} of `{topic}` is not of the assignment")]
    NotAssigned {
        /// The topic.
        topic: Arc<str>,
        /// The partition of the topic.
        partition: i32,
    },
    /// Whether the step was committed is not known. [`Member::committed`] says it once a broker
    /// responds: it waits for the transaction's end. Until then begin no export.
    #[error("whether the step was committed is not known: {0}")]
    InDoubt(RequestError),
}

impl From<RequestError> for CommitError {
    /// A failure of the client itself, of which nothing is known.
    fn from(error: RequestError) -> Self {
        Self::InDoubt(error)
    }
}

pub(super) async fn commit(
    member: &Member,
    assignment: &Assignment,
    step: Commit<'_>,
) -> Result<(), CommitError> {
    let mut transaction = member.transactions.one().await;
    // Only now: while it waited for the other, the assignment may have ended.
    if assignment.is_over() || assignment.metadata().is_none() {
        return Err(CommitError::Fenced);
    }
    let list = offsets::positions(assignment, step.offsets)?;
    let step_of_it = Step {
        decisions: step.decisions.to_vec(),
        offsets: list,
        assignment: assignment.clone(),
    };
    let outcome = blocking(move || Ok::<_, CommitError>(transaction.run(&step_of_it))).await?;
    match outcome {
        Outcome::Committed => Ok(()),
        Outcome::Not(error) => Err(error),
        Outcome::Unknown(error) => look_up(member, assignment, step.offsets, error).await,
    }
}

/// Finds out by the offsets whether a transaction was committed. Nobody else moves them, unless the
/// assignment is over.
async fn look_up(
    member: &Member,
    assignment: &Assignment,
    offsets: &[Position<'_>],
    cause: RequestError,
) -> Result<(), CommitError> {
    let wanted: Vec<_> = (assignment.partitions().iter())
        .filter(|held| {
            (offsets.iter()).any(|at| at.partition == held.partition && at.topic == &*held.topic)
        })
        .cloned()
        .collect();
    let committed = member
        .committed(&wanted)
        .await
        .map_err(CommitError::InDoubt)?;
    let is_there = |at: &Position<'_>| {
        committed.iter().any(|found| {
            &*found.topic == at.topic
                && found.partition == at.partition
                && found.offset == Some(at.offset)
                && found.metadata == at.metadata
        })
    };
    if offsets.is_empty() {
        Err(CommitError::InDoubt(cause))
    } else if offsets.iter().all(is_there) {
        Ok(())
    } else if assignment.is_over() {
        Err(CommitError::Fenced)
    } else {
        Err(CommitError::Later(cause))
    }
}
