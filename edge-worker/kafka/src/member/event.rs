//! Events of a member of a group: assignments, messages, revocations.

use bytes::Bytes;
use rdkafka::consumer::ConsumerGroupMetadata;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

/// An event of a member.
#[derive(Debug)]
pub enum Event {
    /// The member has these partitions from now on, and no others. Messages come after
    /// [`Member::start`](super::Member::start).
    Assigned(Assignment),
    /// A message.
    Message(Message),
    /// The group wants the partitions back. They are the member's until the revocation is dropped,
    /// or for 20 s (`revocation_timeout`): until then it can commit.
    Revoked(Revocation),
    /// The partitions are another's already, since the group heard nothing of this member for too
    /// long: forget them. Commits are refused.
    Lost(Assignment),
    /// The brokers cannot be reached or refuse something. The member goes on trying by itself.
    Error(crate::RequestError),
}

/// A partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicPartition {
    /// The topic.
    pub topic: Arc<str>,
    /// The number of the partition.
    pub partition: i32,
}

/// The partitions that a member has in one generation of the group. Its clones are the same.
#[derive(Clone)]
pub struct Assignment(Arc<Generation>);

struct Generation {
    partitions: Vec<TopicPartition>,
    /// By which the brokers tell this generation from later ones.
    metadata: Option<ConsumerGroupMetadata>,
    is_over: AtomicBool,
}

/// Partitions to be given back, which the next owner gets when this is dropped.
#[must_use = "the next owner gets the partitions when the revocation is dropped"]
pub struct Revocation {
    assignment: Assignment,
    _done: mpsc::Sender<()>,
}

/// A message of a topic.
#[derive(Debug, Clone)]
pub struct Message {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition of the topic.
    pub partition: i32,
    /// The position in the partition.
    pub offset: i64,
    /// The key; a trace's id in hexadecimal digits for what Collectors put by trace.
    pub key: Option<Bytes>,
    /// Names and values.
    pub headers: Vec<(String, Bytes)>,
    /// The message itself.
    pub value: Bytes,
    /// When it was put, or stored, as the topic says: Unix time in ms.
    pub timestamp_ms: Option<i64>,
}

impl Assignment {
    pub(super) fn new(
        partitions: Vec<TopicPartition>,
        metadata: Option<ConsumerGroupMetadata>,
    ) -> Self {
        Self(Arc::new(Generation {
            partitions,
            metadata,
            is_over: AtomicBool::new(false),
        }))
    }

    /// The partitions, by topic.
    #[must_use]
    pub fn partitions(&self) -> &[TopicPartition] {
        &self.0.partitions
    }

    pub(super) fn has(&self, topic: &str, partition: i32) -> bool {
        (self.0.partitions.iter())
            .any(|found| found.partition == partition && *found.topic == *topic)
    }

    pub(super) fn metadata(&self) -> Option<&ConsumerGroupMetadata> {
        self.0.metadata.as_ref()
    }

    pub(super) fn is_over(&self) -> bool {
        self.0.is_over.load(Ordering::Acquire)
    }

    pub(super) fn end(&self) {
        self.0.is_over.store(true, Ordering::Release);
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Assignment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Assignment")
            .field(&self.0.partitions)
            .finish()
    }
}

impl Revocation {
    /// A revocation, and the end of the channel that closes when it is dropped.
    pub(super) fn new(assignment: Assignment) -> (Self, mpsc::Receiver<()>) {
        let (sender, receiver) = mpsc::channel();
        let revocation = Self {
            assignment,
            _done: sender,
        };
        (revocation, receiver)
    }

    /// The assignment that is given back.
    #[must_use]
    pub fn assignment(&self) -> &Assignment {
        &self.assignment
    }
}

impl fmt::Debug for Revocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Revocation")
            .field(&self.assignment)
            .finish()
    }
}

/// An event, or messages together: to wake a task for each would cost more than to hand one over.
pub(super) enum Batch {
    Event(Event),
    Messages(Vec<Message>),
}
