//! Offsets: where the group is, and where a member begins.

use super::commit::{CommitError, Position};
use super::event::{Assignment, TopicPartition};
use super::poll::Consumer;
use crate::error::{RequestError, blocking};
use crate::settings::Settings;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// The offset of a partition that the group has committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition of the topic.
    pub partition: i32,
    /// The offset of the first message that has not been consumed; none when nothing was committed.
    pub offset: Option<i64>,
    /// The text that was committed with it.
    pub metadata: String,
}

/// Where to begin in a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition of the topic.
    pub partition: i32,
    /// The first message.
    pub offset: Offset,
}

/// A position in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offset {
    /// The first message that is there.
    Beginning,
    /// The first message that is put from now on.
    End,
    /// This message, or the first that is there where it is not there any more.
    At(i64),
}

impl Start {
    /// The message after the last that was committed; the first when nothing was committed.
    #[must_use]
    pub fn after(committed: &Committed) -> Self {
        Self {
            topic: Arc::clone(&committed.topic),
            partition: committed.partition,
            offset: committed.offset.map_or(Offset::Beginning, Offset::At),
        }
    }
}

/// Why an assignment was not begun.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The assignment is over: its revocation, or the next assignment, is among the events.
    #[error("the assignment is over")]
    Over,
    /// A partition is not of the assignment; a fault of the caller.
    #[error("partition {partition} of `{topic}` is not of the assignment")]
    NotAssigned {
        /// The topic.
        topic: Arc<str>,
        /// The partition of the topic.
        partition: i32,
    },
    /// The client failed.
    #[error(transparent)]
    Request(#[from] RequestError),
}

/// The list of partitions with their offsets, as librdkafka wants it.
pub(super) fn list(
    assignment: &Assignment,
    from: &[Start],
) -> Result<TopicPartitionList, StartError> {
    let mut list = TopicPartitionList::with_capacity(from.len());
    for start in from {
        if !assignment.has(&start.topic, start.partition) {
            return Err(StartError::NotAssigned {
                topic: Arc::clone(&start.topic),
                partition: start.partition,
            });
        }
        let offset = match start.offset {
            Offset::Beginning => rdkafka::Offset::Beginning,
            Offset::End => rdkafka::Offset::End,
            Offset::At(offset) => rdkafka::Offset::Offset(offset),
        };
        let added = list.add_partition_offset(&start.topic, start.partition, offset);
        added.map_err(|error| RequestError::new(&error))?;
    }
    Ok(list)
}

/// The offsets of a step, as librdkafka wants them.
pub(super) fn positions(
    assignment: &Assignment,
    offsets: &[Position<'_>],
) -> Result<TopicPartitionList, CommitError> {
    let mut list = TopicPartitionList::with_capacity(offsets.len());
    for at in offsets {
        if !assignment.has(at.topic, at.partition) {
            return Err(CommitError::NotAssigned {
                topic: at.topic.into(),
                partition: at.partition,
            });
        }
        let mut added = list.add_partition(at.topic, at.partition);
        added.set_metadata(at.metadata);
        let set = added.set_offset(rdkafka::Offset::Offset(at.offset));
        set.map_err(|error| CommitError::Refused(RequestError::new(&error)))?;
    }
    Ok(list)
}

/// See [`Member::committed`](super::Member::committed).
pub(super) async fn committed(
    consumer: Arc<Consumer>,
    partitions: &[TopicPartition],
    settings: &Settings,
) -> Result<Vec<Committed>, RequestError> {
    let partitions = partitions.to_vec();
    let deadline = Instant::now() + settings.transaction_timeout + settings.request_timeout;
    // There rdkafka may panic, too: at a text that is not UTF-8.
    blocking(move || {
        let list = read(&consumer, &super::list(&partitions), deadline)?;
        Ok(partitions.iter().map(|wanted| of(&list, wanted)).collect())
    })
    .await
}

/// See [`Member::ends`](super::Member::ends).
pub(super) async fn ends(
    consumer: Result<Arc<Consumer>, RequestError>,
    partitions: Vec<TopicPartition>,
    within: Duration,
) -> Result<Vec<(TopicPartition, i64)>, RequestError> {
    let consumer = consumer?;
    blocking(move || {
        let failed = |error: KafkaError| RequestError::new(&error);
        let mut list = TopicPartitionList::with_capacity(partitions.len());
        for of in &partitions {
            // In place of a time, the end: one request to each broker for all.
            let added = list.add_partition_offset(&of.topic, of.partition, rdkafka::Offset::End);
            added.map_err(failed)?;
        }
        let found = consumer.offsets_for_times(list, within).map_err(failed)?;
        let ends = partitions.into_iter().filter_map(|wanted| {
            let end = of(&found, &wanted).offset?;
            Some((wanted, end))
        });
        Ok(ends.collect())
    })
    .await
}

fn of(list: &TopicPartitionList, wanted: &TopicPartition) -> Committed {
    let elements = list.elements_for_topic(&wanted.topic);
    let found = (elements.iter()).find(|found| found.partition() == wanted.partition);
    Committed {
        topic: Arc::clone(&wanted.topic),
        partition: wanted.partition,
        offset: found.and_then(|found| match found.offset() {
            rdkafka::Offset::Offset(offset) => Some(offset),
            _ => None,
        }),
        metadata: found.map_or_else(String::new, |found| found.metadata().to_owned()),
    }
}

/// Reads offsets that no open transaction can change.
fn read(
    consumer: &Consumer,
    list: &TopicPartitionList,
    deadline: Instant,
) -> Result<TopicPartitionList, RequestError> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let outcome = consumer
            .committed_offsets(list.clone(), left)
            .and_then(|list| {
                let mut errors = list.elements().into_iter().map(|element| element.error());
                errors.try_for_each(|error| error).map(|()| list)
            });
        match outcome {
            Ok(list) => return Ok(list),
            Err(error) if is_unstable(&error) && !left.is_zero() => thread::sleep(AGAIN),
            Err(error) => return Err(RequestError::new(&error)),
        }
    }
}

fn is_unstable(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::UnstableOffsetCommit)
}

/// How soon to ask again while a transaction is open.
const AGAIN: Duration = Duration::from_millis(100);
