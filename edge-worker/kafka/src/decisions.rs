//! Reads the decisions of partitions that another member had before.

use crate::error::{RequestError, blocking};
use crate::settings::Settings;
use bytes::Bytes;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::Message;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// The decisions of some partitions, which are read while they are taken.
pub struct Decisions {
    receiver: mpsc::Receiver<Result<Decision, RequestError>>,
}

/// A message of the topic of decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The partition.
    pub partition: i32,
    /// When it was put: Unix time in ms.
    pub timestamp_ms: i64,
    /// The bytes that [`Commit`](crate::Commit) had.
    pub value: Bytes,
}

impl Decisions {
    /// See [`Member::decisions`](crate::Member::decisions).
    pub(crate) async fn read(
        settings: &Settings,
        partitions: &[i32],
        since_ms: u64,
    ) -> Result<Self, RequestError> {
        let range = Range {
            config: settings.client().map_err(|_| RequestError::Client)?,
            group: settings.group.clone(),
            topic: settings.decisions_topic.clone(),
            partitions: partitions.to_vec(),
            since_ms: i64::try_from(since_ms).unwrap_or(i64::MAX),
            timeout: settings.request_timeout,
            wait: settings.transaction_timeout + settings.request_timeout,
        };
        let ready = blocking(move || range.find()).await?;
        let (sender, receiver) = mpsc::channel(AHEAD);
        let timeout = settings.request_timeout;
        tokio::task::spawn_blocking(move || {
            if let Err(error) = ready.send(&sender, timeout) {
                // Nobody may be there any more.
                let _ = sender.blocking_send(Err(error));
            }
        });
        Ok(Self { receiver })
    }

    /// The next decision; none after the last.
    ///
    /// # Errors
    /// [`RequestError`]: the rest cannot be read, and has to be read again from the beginning.
    pub async fn next(&mut self) -> Result<Option<Decision>, RequestError> {
        self.receiver.recv().await.transpose()
    }
}

/// A range of the topic of decisions.
struct Range {
    config: ClientConfig,
    group: String,
    topic: String,
    partitions: Vec<i32>,
    since_ms: i64,
    timeout: Duration,
    /// How long a transaction may be open.
    wait: Duration,
}

/// A consumer at the first decision of each partition that has some.
struct Ready {
    consumer: BaseConsumer,
    unread: BTreeSet<i32>,
}

impl Range {
    fn find(&self) -> Result<Ready, RequestError> {
        let failed = |error: KafkaError| RequestError::new(&error);
        // With transactions that are open, the end of a partition is the end of all messages.
        let everything = self.consumer("read_uncommitted").map_err(failed)?;
        // Without, it is where the first of them begins.
        let consumer = self.consumer("read_committed").map_err(failed)?;
        let deadline = Instant::now() + self.wait;
        let mut from = TopicPartitionList::new();
        for &partition in &self.partitions {
            let (first, end) = everything
                .fetch_watermarks(&self.topic, partition, self.timeout)
                .map_err(failed)?;
            if first == end {
                continue;
            }
            self.wait_until_stable(&consumer, partition, end, deadline)?;
            let since = Offset::Offset(self.since_ms);
            from.add_partition_offset(&self.topic, partition, since)
                .map_err(failed)?;
        }
        let (assigned, unread) = self.first_since(&consumer, from).map_err(failed)?;
        consumer.assign(&assigned).map_err(failed)?;
        Ok(Ready { consumer, unread })
    }

    fn consumer(&self, isolation: &str) -> KafkaResult<BaseConsumer> {
        // librdkafka wants the name of a group, and does not join it.
        let mut config = self.config.clone();
        config
            .set("group.id", &self.group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            .set("auto.offset.reset", "earliest")
            .set("queued.max.messages.kbytes", "16384")
            .set("isolation.level", isolation);
        config.create()
    }

    fn wait_until_stable(
        &self,
        consumer: &BaseConsumer,
        partition: i32,
        end: i64,
        deadline: Instant,
    ) -> Result<(), RequestError> {
        loop {
            let watermarks = consumer.fetch_watermarks(&self.topic, partition, self.timeout);
            let (_, stable) = watermarks.map_err(|error| RequestError::new(&error))?;
            if stable >= end {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(RequestError::of(
                    rdkafka::error::RDKafkaErrorCode::UnstableOffsetCommit,
                ));
            }
            thread::sleep(AGAIN);
        }
    }

    /// The first offsets since the time, of the partitions that have any.
    fn first_since(
        &self,
        consumer: &BaseConsumer,
        from: TopicPartitionList,
    ) -> KafkaResult<(TopicPartitionList, BTreeSet<i32>)> {
        let mut assigned = TopicPartitionList::new();
        let mut unread = BTreeSet::new();
        if from.count() == 0 {
            return Ok((assigned, unread));
        }
        for found in consumer.offsets_for_times(from, self.timeout)?.elements() {
            found.error()?;
            if let Offset::Offset(_) = found.offset() {
                assigned.add_partition_offset(&self.topic, found.partition(), found.offset())?;
                unread.insert(found.partition());
            }
        }
        Ok((assigned, unread))
    }
}

impl Ready {
    /// Reads to the end of each partition, which is past all that [`Range::find`] waited for.
    fn send(
        mut self,
        sender: &mpsc::Sender<Result<Decision, RequestError>>,
        timeout: Duration,
    ) -> Result<(), RequestError> {
        let mut deadline = Instant::now() + timeout;
        while !self.unread.is_empty() && !sender.is_closed() {
            match self.consumer.poll(AGAIN) {
                Some(Ok(message)) => {
                    let decision = Decision {
                        partition: message.partition(),
                        timestamp_ms: message.timestamp().to_millis().unwrap_or_default(),
                        value: Bytes::copy_from_slice(message.payload().unwrap_or_default()),
                    };
                    if sender.blocking_send(Ok(decision)).is_err() {
                        return Ok(());
                    }
                    deadline = Instant::now() + timeout;
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    self.unread.remove(&partition);
                }
                // It goes on trying by itself.
                Some(Err(error)) if Instant::now() >= deadline => {
                    return Err(RequestError::new(&error));
                }
                None if Instant::now() >= deadline => {
                    return Err(RequestError::of(
                        rdkafka::error::RDKafkaErrorCode::OperationTimedOut,
                    ));
                }
                Some(Err(_)) | None => {}
            }
        }
        Ok(())
    }
}

/// How many decisions are read ahead.
const AHEAD: usize = 256;
const AGAIN: Duration = Duration::from_millis(50);
