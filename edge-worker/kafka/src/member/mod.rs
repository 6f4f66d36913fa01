//! A member of a consumer group.
//!
//! Partitions are assigned by range, and all at once (eagerly): a member has the same numbers of
//! each topic, so that the spans and the log records of a trace, which are put with the same key,
//! meet. [`Member::join`] refuses topics whose numbers of partitions differ.
//!
//! [`Member`] makes requests and can be cloned; [`Events`] has what happens, in its order.

mod commit;
mod event;
mod offsets;
mod poll;
mod transactions;

pub use commit::{Commit, CommitError, Position};
pub use event::{Assignment, Event, Message, Revocation, TopicPartition};
pub use offsets::{Committed, Offset, Start, StartError};

use crate::decisions::Decisions;
use crate::error::{RequestError, blocking};
use crate::settings::{Settings, SettingsError, check_topic};
use crate::topics::count;
use event::Batch;
use poll::Shared;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::Consumer;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use transactions::Transactions;

/// A member of a consumer group. Its clones are the same member.
///
/// It stays in the group until [`Member::leave`], or until its [`Events`] are dropped.
#[derive(Clone)]
pub struct Member {
    shared: Arc<Shared>,
    transactions: Arc<Transactions>,
    settings: Arc<Settings>,
}

/// The events of a member, in their order.
///
/// [`Events::next`] has to be awaited again within 60 s: a member that stops in between loses its
/// partitions to another.
pub struct Events {
    batches: mpsc::Receiver<Batch>,
    ready: VecDeque<Event>,
}

impl Member {
    /// Joins the group of the settings, to consume `topics` together with its other members.
    ///
    /// # Errors
    /// [`JoinError`]; the member is not in the group.
    pub async fn join(settings: &Settings, topics: &[&str]) -> Result<(Self, Events), JoinError> {
        for topic in topics.iter().copied().chain([&*settings.decisions_topic]) {
            check_topic(topic)?;
        }
        let settings = Arc::new(settings.clone());
        let transactions = Arc::new(Transactions::new(&settings)?);
        let topics: Vec<String> = topics.iter().map(|&topic| topic.to_owned()).collect();
        let (sender, batches) = mpsc::channel(poll::BATCHES);
        let consumer = poll::consumer(&settings, sender)?;
        let (consumer, topics) = {
            let settings = Arc::clone(&settings);
            blocking(move || {
                check_partitions(&settings, &consumer, &topics)?;
                Ok::<_, JoinError>((consumer, topics))
            })
            .await?
        };
        let shared = poll::start(consumer, &topics)?;
        let member = Self {
            shared,
            transactions,
            settings,
        };
        let ready = VecDeque::new();
        Ok((member, Events { batches, ready }))
    }

    /// The committed offsets of partitions, with what was committed with them. It waits for a
    /// transaction that is open and has offsets of these partitions.
    ///
    /// # Errors
    /// [`RequestError`], when a transaction stays open for longer than the settings permit, too.
    pub async fn committed(
        &self,
        partitions: &[TopicPartition],
    ) -> Result<Vec<Committed>, RequestError> {
        offsets::committed(self.shared.consumer()?, partitions, &self.settings).await
    }

    /// The offset of the next message of each of these partitions, and none of one that no broker
    /// knows. It does not need the member once it was called, and a member leaves its group after it.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn ends(
        &self,
        partitions: &[TopicPartition],
        within: Duration,
    ) -> impl Future<Output = Result<Vec<(TopicPartition, i64)>, RequestError>> + use<> {
        offsets::ends(self.shared.consumer(), partitions.to_vec(), within)
    }

    /// Begins to consume an assignment, each partition from an offset. Before it no message comes;
    /// partitions that `from` leaves out are not consumed.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(&self, assignment: &Assignment, from: &[Start]) -> Result<(), StartError> {
        let (shared, assignment) = (Arc::clone(&self.shared), assignment.clone());
        let list = offsets::list(&assignment, from)?;
        blocking(move || shared.assign(&assignment, &list)).await
    }

    /// Stops the messages of partitions, until they are resumed or assigned anew. Some that have
    /// been received may still come, 2 MB at most.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn pause(&self, partitions: &[TopicPartition]) -> Result<(), RequestError> {
        let list = list(partitions);
        let paused = self.shared.consumer()?.pause(&list);
        paused.map_err(|error| RequestError::new(&error))
    }

    /// Lets messages of partitions come again.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn resume(&self, partitions: &[TopicPartition]) -> Result<(), RequestError> {
        let list = list(partitions);
        let resumed = self.shared.consumer()?.resume(&list);
        resumed.map_err(|error| RequestError::new(&error))
    }

    /// The decisions of partitions since a time (Unix time in ms), in the order of each partition.
    ///
    /// They are those that were there, or in an open transaction, at the time of the call: it waits
    /// until such a transaction has been committed or aborted.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn decisions(
        &self,
        partitions: &[i32],
        since_ms: u64,
    ) -> Result<Decisions, RequestError> {
        Decisions::read(&self.settings, partitions, since_ms).await
    }

    /// Commits a step: its decisions and the offsets of what has been consumed, both or neither.
    ///
    /// Of two calls at once, one waits for the other.
    ///
    /// # Errors
    /// [`CommitError`], which says what has to follow.
    pub async fn commit(
        &self,
        assignment: &Assignment,
        step: Commit<'_>,
    ) -> Result<(), CommitError> {
        commit::commit(self, assignment, step).await
    }

    /// Leaves the group: the last event is the revocation of the assignment, if there is one.
    pub fn leave(&self) {
        self.shared.leave();
    }
}

impl Events {
    /// The next event; none once the member has left the group. It can be cancelled: no event is
    /// lost.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            match self.batches.recv().await? {
                Batch::Event(event) => return Some(event),
                Batch::Messages(messages) => {
                    self.ready.extend(messages.into_iter().map(Event::Message));
                }
            }
        }
    }
}

/// Why a member did not join its group.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The settings are wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The brokers did not respond, or refused.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// There is no such topic: the operator has to create it.
    #[error("there is no topic `{topic}`: create it")]
    NoTopic {
        /// Its name.
        topic: String,
    },
    /// Topics have different numbers of partitions, so that equal keys would not meet: the operator
    /// has to create one anew.
    #[error(
        "the topics `{first}` and `{second}` have {of_first} and {of_second} partitions: they need \
         as many, so that spans and log records of a trace meet"
    )]
    Partitions {
        /// A topic.
        first: String,
        /// Another.
        second: String,
        /// Partitions of the first.
        of_first: u32,
        /// Partitions of the second.
        of_second: u32,
    },
}

/// Checks that each topic, and that of decisions, has as many partitions as the others.
fn check_partitions(
    settings: &Settings,
    consumer: &poll::Consumer,
    topics: &[String],
) -> Result<(), JoinError> {
    let mut expected: Option<(&String, u32)> = None;
    for topic in topics.iter().chain([&settings.decisions_topic]) {
        let number = count(consumer, topic, settings.request_timeout)?;
        let number = number.ok_or_else(|| JoinError::NoTopic {
            topic: topic.clone(),
        })?;
        match expected {
            None => expected = Some((topic, number)),
            Some((first, of_first)) if of_first != number => {
                return Err(JoinError::Partitions {
                    first: first.clone(),
                    second: topic.clone(),
                    of_first,
                    of_second: number,
                });
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn list(partitions: &[TopicPartition]) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(partitions.len());
    for partition in partitions {
        list.add_partition(&partition.topic, partition.partition);
    }
    list
}
