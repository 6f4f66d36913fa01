//! Progress of the group in its topics: committed offsets, and messages that are still to come.

use crate::error::{RequestError, blocking};
use crate::settings::{Settings, check_topic};
use crate::topics::count;
use crate::trust::Trust;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::thread;
use std::time::{Duration, Instant};

/// How far the group has consumed a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The topic.
    pub topic: String,
    /// The partition of the topic.
    pub partition: i32,
    /// The offset of the first message that has not been consumed; none when nothing was committed.
    pub committed: Option<i64>,
    /// The metadata that was committed with it.
    pub metadata: String,
    /// The offset of the first message that is there, and of the next that will be.
    pub messages: (i64, i64),
}

impl Progress {
    /// How many messages are still to be consumed, at most: transactions of others count too.
    #[must_use]
    pub fn lag(&self) -> i64 {
        let (first, end) = self.messages;
        end - self.committed.unwrap_or(first).max(first)
    }
}

/// How far the group of the settings has consumed these topics. It waits for a transaction that is
/// open, and for a broker that starts. A topic that is not there has no partitions.
///
/// # Errors
/// [`RequestError`].
pub async fn progress(settings: &Settings, topics: &[&str]) -> Result<Vec<Progress>, RequestError> {
    let mut config = settings.client().map_err(|_| RequestError::Client)?;
    config
        .set("group.id", &settings.group)
        .set("isolation.level", "read_committed");
    for topic in topics {
        check_topic(topic).map_err(|_| RequestError::Client)?;
    }
    let topics: Vec<String> = topics.iter().map(|topic| (*topic).to_owned()).collect();
    let (timeout, wait) = (settings.request_timeout, settings.transaction_timeout);
    blocking(move || {
        let failed = |error: KafkaError| RequestError::new(&error);
        let client: BaseConsumer<Trust> =
            (config.create_with_context(Trust::default())).map_err(failed)?;
        let mut list = TopicPartitionList::new();
        for topic in &topics {
            for partition in 0..count(&client, topic, timeout)?.unwrap_or(0) {
                list.add_partition(topic, i32::try_from(partition).unwrap_or(i32::MAX));
            }
        }
        let committed = committed(&client, &list, Instant::now() + timeout + wait)?;
        let elements = committed.elements();
        let partitions = elements.iter().map(|found| {
            let (topic, partition) = (found.topic(), found.partition());
            let messages = client.fetch_watermarks(topic, partition, timeout);
            Ok(Progress {
                topic: topic.to_owned(),
                partition,
                committed: match found.offset() {
                    rdkafka::Offset::Offset(offset) => Some(offset),
                    _ => None,
                },
                metadata: found.metadata().to_owned(),
                messages: messages.map_err(failed)?,
            })
        });
        partitions.collect()
    })
    .await
}

fn committed(
    client: &BaseConsumer<Trust>,
    list: &TopicPartitionList,
    deadline: Instant,
) -> Result<TopicPartitionList, RequestError> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let found = client
            .committed_offsets(list.clone(), left)
            .and_then(|found| {
                let mut elements = found.elements().into_iter();
                elements.try_for_each(|element| element.error())?;
                Ok(found)
            });
        match found {
            Ok(found) => return Ok(found),
            Err(error) if is_transient(&error) && !left.is_zero() => {
                thread::sleep(AGAIN);
            }
            Err(error) => return Err(RequestError::new(&error)),
        }
    }
}

/// Whether a transaction is open, or a group has no coordinator yet: a broker that starts takes some
/// seconds to become one.
fn is_transient(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::UnstableOffsetCommit
                | RDKafkaErrorCode::CoordinatorLoadInProgress
                | RDKafkaErrorCode::CoordinatorNotAvailable
                | RDKafkaErrorCode::NotCoordinator
        )
    )
}

/// How soon to ask again then.
const AGAIN: Duration = Duration::from_millis(100);
