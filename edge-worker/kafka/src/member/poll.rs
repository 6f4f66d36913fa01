//! The thread that receives for a member, and what it shares with the member.

use super::event::{Assignment, Batch, Event, Message, Revocation, TopicPartition};
use super::offsets::StartError;
use crate::error::RequestError;
use crate::settings::{Settings, SettingsError, ms};
use bytes::Bytes;
use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Headers, Message as _};
use rdkafka::types::RDKafkaRespErr;
use std::collections::BTreeMap;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use tokio::sync::mpsc;

pub(super) type Consumer = BaseConsumer<Group>;

/// The state that the thread and the member share.
pub(super) struct Shared {
    /// None once the member has left.
    consumer: Mutex<Option<Arc<Consumer>>>,
    is_leaving: AtomicBool,
}

/// The callbacks of librdkafka for changes of the assignment, on the thread that polls.
pub(super) struct Group {
    events: mpsc::Sender<Batch>,
    /// The assignment that holds; locked while librdkafka is told of it.
    current: Mutex<Option<Assignment>>,
    received: Mutex<Received>,
    revocation_timeout: Duration,
}

/// A consumer that is not a member yet.
pub(super) fn consumer(
    settings: &Settings,
    events: mpsc::Sender<Batch>,
) -> Result<Consumer, SettingsError> {
    let mut config = settings.client()?;
    config
        .set("group.id", &settings.group)
        .set("partition.assignment.strategy", "range")
        .set("session.timeout.ms", ms(settings.session_timeout))
        .set("heartbeat.interval.ms", ms(settings.session_timeout / 5))
        .set(
            "max.poll.interval.ms",
            ms(STALL.max(settings.session_timeout)),
        )
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("isolation.level", "read_committed")
        .set("auto.offset.reset", "earliest")
        // The memory for messages that are received ahead.
        .set("queued.max.messages.kbytes", "16384")
        .set("fetch.max.bytes", (16 << 20).to_string());
    let context = Group {
        events,
        current: Mutex::new(None),
        received: Mutex::default(),
        revocation_timeout: settings.revocation_timeout,
    };
    Ok(config.create_with_context(context)?)
}

/// Joins the group and starts the thread.
pub(super) fn start(consumer: Consumer, topics: &[String]) -> Result<Arc<Shared>, RequestError> {
    let consumer = Arc::new(consumer);
    let names: Vec<&str> = topics.iter().map(String::as_str).collect();
    let joined = consumer.subscribe(&names);
    joined.map_err(|error| RequestError::new(&error))?;
    let shared = Arc::new(Shared {
        consumer: Mutex::new(Some(Arc::clone(&consumer))),
        is_leaving: AtomicBool::new(false),
    });
    let thread = {
        let shared = Arc::clone(&shared);
        move || {
            // The group learns that the member has left when the last of the two is dropped; requests
            // that are under way end first.
            let consumer = consumer;
            let _ending = Ending(&shared);
            receive(&consumer, &shared.is_leaving);
        }
    };
    let named = thread::Builder::new().name("kafka member".to_owned());
    named.spawn(thread).map_err(|_| RequestError::Client)?;
    Ok(shared)
}

/// The end of the thread, also by a panic: nobody waits for events that cannot come.
struct Ending<'a>(&'a Shared);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        lock(&self.0.consumer).take();
    }
}

impl Shared {
    pub(super) fn consumer(&self) -> Result<Arc<Consumer>, RequestError> {
        lock(&self.consumer).clone().ok_or(RequestError::Left)
    }

    pub(super) fn leave(&self) {
        self.is_leaving.store(true, Ordering::Release);
    }

    /// Begins to consume; it blocks.
    pub(super) fn assign(
        &self,
        assignment: &Assignment,
        from: &TopicPartitionList,
    ) -> Result<(), StartError> {
        let consumer = self.consumer()?;
        let current = lock(&consumer.context().current);
        if !current.as_ref().is_some_and(|held| held.is(assignment)) {
            return Err(StartError::Over);
        }
        let assigned = consumer.assign(from);
        Ok(assigned.map_err(|error| RequestError::new(&error))?)
    }
}

impl Group {
    fn assigned(&self, consumer: &Consumer, list: &TopicPartitionList) {
        let assignment = Assignment::new(sorted(list), consumer.group_metadata());
        let mut current = lock(&self.current);
        // The group goes on; messages come once it is known from where.
        let taken = consumer.assign(&TopicPartitionList::new());
        *current = Some(assignment.clone());
        drop(current);
        if let Err(error) = taken {
            self.send(Event::Error(RequestError::new(&error)));
        }
        self.send(Event::Assigned(assignment));
    }

    fn revoked(&self, consumer: &Consumer) {
        let assignment = lock(&self.current).take();
        if let Some(assignment) = assignment {
            if consumer.assignment_lost() {
                assignment.end();
                self.send(Event::Lost(assignment));
            } else {
                let (revocation, done) = Revocation::new(assignment.clone());
                self.send(Event::Revoked(revocation));
                // Ends with the revocation's drop, or by time.
                let _ = done.recv_timeout(self.revocation_timeout);
                assignment.end();
            }
        }
        if let Err(error) = consumer.unassign() {
            self.send(Event::Error(RequestError::new(&error)));
        }
    }

    /// Keeps a message. Whether there are enough of them for a batch.
    fn received(&self, message: Message) -> bool {
        let mut received = lock(&self.received);
        received.bytes += message.value.len();
        received.messages.push(message);
        received.messages.len() >= BATCH_MESSAGES || received.bytes >= BATCH_BYTES
    }

    fn send_received(&self) {
        let Received { messages, .. } = mem::take(&mut *lock(&self.received));
        if !messages.is_empty() {
            // Waits for room. When it fails nobody is there any more, and the thread ends.
            let _ = self.events.blocking_send(Batch::Messages(messages));
        }
    }

    /// Sends an event after the messages that came before it.
    fn send(&self, event: Event) {
        self.send_received();
        let _ = self.events.blocking_send(Batch::Event(event));
    }
}

impl ClientContext for Group {}

impl ConsumerContext for Group {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        what: RDKafkaRespErr,
        list: &mut TopicPartitionList,
    ) {
        if what == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            self.assigned(consumer, list);
        } else {
            self.revoked(consumer);
        }
    }
}

/// Receives until the member has left, or nobody takes its events.
fn receive(consumer: &Consumer, is_leaving: &AtomicBool) {
    let group = consumer.context();
    let mut topics = Topics::default();
    let mut has_unsubscribed = false;
    while !group.events.is_closed() {
        if is_leaving.load(Ordering::Acquire) {
            if !has_unsubscribed {
                consumer.unsubscribe();
                has_unsubscribed = true;
            }
            if lock(&group.current).is_none() {
                return;
            }
        }
        let mut wait = IDLE;
        while let Some(polled) = consumer.poll(wait) {
            wait = Duration::ZERO;
            match polled {
                Ok(message) => {
                    if group.received(owned(&message, &mut topics)) {
                        break;
                    }
                }
                Err(error) => group.send(Event::Error(RequestError::new(&error))),
            }
        }
        group.send_received();
    }
}

/// Messages that have been received and not been sent to the member.
#[derive(Default)]
struct Received {
    messages: Vec<Message>,
    bytes: usize,
}

/// Names of topics that messages share.
#[derive(Default)]
struct Topics(BTreeMap<String, Arc<str>>);

impl Topics {
    fn shared(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = name.into();
        self.0.insert(name.to_owned(), Arc::clone(&new));
        new
    }
}

fn owned(message: &BorrowedMessage<'_>, topics: &mut Topics) -> Message {
    Message {
        topic: topics.shared(message.topic()),
        partition: message.partition(),
        offset: message.offset(),
        key: message.key().map(Bytes::copy_from_slice),
        headers: message.headers().map_or_else(Vec::new, headers),
        value: Bytes::copy_from_slice(message.payload().unwrap_or_default()),
        timestamp_ms: message.timestamp().to_millis(),
    }
}

/// The headers whose names are UTF-8: rdkafka panics at others, and anybody may have put them.
fn headers(headers: &BorrowedHeaders) -> Vec<(String, Bytes)> {
    let header = |index| {
        let header = headers.get(index);
        let value = Bytes::copy_from_slice(header.value.unwrap_or_default());
        (header.key.to_owned(), value)
    };
    (0..headers.count())
        .filter_map(|index| panic::catch_unwind(AssertUnwindSafe(|| header(index))).ok())
        .collect()
}

fn sorted(list: &TopicPartitionList) -> Vec<TopicPartition> {
    let mut topics = Topics::default();
    let mut partitions: Vec<_> = (list.elements().iter())
        .map(|element| TopicPartition {
            topic: topics.shared(element.topic()),
            partition: element.partition(),
        })
        .collect();
    partitions.sort();
    partitions
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many batches wait for the member before the thread does.
pub(super) const BATCHES: usize = 4;
/// A batch is sent when it has so many messages, or bytes, or when no message is there.
const BATCH_MESSAGES: usize = 128;
const BATCH_BYTES: usize = 256 << 10;
/// How soon the thread sees that the member is leaving.
const IDLE: Duration = Duration::from_millis(100);
/// A member that takes no event for so long loses its partitions.
const STALL: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_comes_after_the_messages_before_it() {
        let (events, mut batches) = mpsc::channel(BATCHES);
        let group = Group {
            events,
            current: Mutex::default(),
            received: Mutex::default(),
            revocation_timeout: Duration::ZERO,
        };
        let message = Message {
            topic: "topic".into(),
            partition: 0,
            offset: 7,
            key: None,
            headers: Vec::new(),
            value: Bytes::new(),
            timestamp_ms: None,
        };
        assert!(!group.received(message));
        group.send(Event::Error(RequestError::Client));
        assert!(matches!(batches.try_recv(), Ok(Batch::Messages(messages)) if messages.len() == 1));
        assert!(matches!(
            batches.try_recv(),
            Ok(Batch::Event(Event::Error(_)))
        ));
        group.send_received();
        assert!(batches.try_recv().is_err());
    }
}
