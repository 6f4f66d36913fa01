//! The topics of many machines.

use super::Absent;
use bytes::Bytes;
use core::future::Future;
use throughline_otlp::Signal;
use throughline_trace_context::TraceId;

/// Topics of Kafka that the machines of a group share: records are put into them once they are
/// processed, and each partition is consumed by one machine ([`Partition`](crate::Partition)), so
/// that all records of a trace meet there.
pub trait Topics {
    /// Bytes of the largest value of a message. A batch is split to fit.
    fn max_value_bytes(&self) -> usize;

    /// Whether there is memory for values of so many bytes that wait for the broker.
    fn fits(&self, bytes: usize) -> bool;

    /// Puts a message into the topic of its signal. It is stored when this returns; after an error
    /// it may be stored or not.
    ///
    /// # Errors
    /// [`TopicError`]; the platform is at fault. The sender is asked to send again.
    fn put(&self, message: TopicMessage) -> impl Future<Output = Result<(), TopicError>>;
}

/// A message of a topic, with records of one project and signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicMessage {
    /// The signal, each of which has a topic.
    pub signal: Signal,
    /// The trace of all records: in hexadecimal digits it is the message's key. `None` without a
    /// trace.
    pub trace: Option<TraceId>,
    /// The name of the project, for the header [`PROJECT_HEADER`]; empty for none.
    pub project: Box<str>,
    /// An OTLP export request in protobuf, as the Collector writes and reads it.
    pub value: Bytes,
}

/// The header of a message that this program has put, with the name of the project or nothing.
/// Messages without it are of other programs, and processed as they arrive.
pub const PROJECT_HEADER: &str = "throughline-project";

/// Why a message is not in its topic. The platform is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the topic did not take them: {0}")]
pub struct TopicError(pub Box<str>);

impl Topics for Absent {
    fn max_value_bytes(&self) -> usize {
        match *self {}
    }

    fn fits(&self, _: usize) -> bool {
        match *self {}
    }

    async fn put(&self, _: TopicMessage) -> Result<(), TopicError> {
        match *self {}
    }
}
