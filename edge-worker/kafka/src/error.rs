//! Errors of requests to Kafka, by who is at fault.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::fmt;

/// A request that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No broker responded in time: the network, the address, or Kafka itself. It may pass.
    #[error("no broker of Kafka responds: {0}")]
    Unreachable(Code),
    /// A broker does not accept these credentials, or they have no right to do this: the operator
    /// has to change them, or the access control list.
    #[error("Kafka denies it: {0}")]
    Denied(Code),
    /// The topic, or its partition, does not exist: the operator has to create it.
    #[error("the topic does not exist: {0}")]
    NoTopic(Code),
    /// A broker refused the request for what is in it, or for its own state.
    #[error("Kafka refuses it: {0}")]
    Refused(Code),
    /// The member has left its group.
    #[error("the member has left its group")]
    Left,
    /// librdkafka failed; a fault of this program.
    #[error("the client of Kafka failed")]
    Client,
}

/// A reason, as librdkafka names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(pub(crate) RDKafkaErrorCode);

impl RequestError {
    pub(crate) fn new(error: &KafkaError) -> Self {
        error.rdkafka_error_code().map_or(Self::Client, Self::of)
    }

    pub(crate) fn of(code: RDKafkaErrorCode) -> Self {
        use RDKafkaErrorCode as E;
        match code {
            E::BrokerTransportFailure
            | E::AllBrokersDown
            | E::OperationTimedOut
            | E::TimedOutQueue
            | E::MessageTimedOut
            | E::RequestTimedOut
            | E::Resolve
            | E::WaitingForCoordinator
            | E::NetworkException
            | E::LeaderNotAvailable
            | E::NotLeaderForPartition
            | E::CoordinatorLoadInProgress
            | E::CoordinatorNotAvailable
            | E::NotCoordinator => Self::Unreachable(Code(code)),
            E::Authentication
            | E::SSL
            | E::SaslAuthenticationFailed
            | E::UnsupportedSASLMechanism
            | E::IllegalSASLState
            | E::TopicAuthorizationFailed
            | E::GroupAuthorizationFailed
            | E::ClusterAuthorizationFailed
            | E::TransactionalIdAuthorizationFailed => Self::Denied(Code(code)),
            E::UnknownTopic | E::UnknownPartition | E::UnknownTopicOrPartition => {
                Self::NoTopic(Code(code))
            }
            _ => Self::Refused(Code(code)),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Runs a blocking call of librdkafka beside the runtime's tasks.
pub(crate) async fn blocking<T, E>(
    call: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: std::convert::From<RequestError> + Send + 'static,
{
    match tokio::task::spawn_blocking(call).await {
        Ok(result) => result,
        Err(_) => Err(RequestError::Client.into()),
    }
}
