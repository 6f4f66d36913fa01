//! Topics and how many partitions they have.

use crate::error::{RequestError, blocking};
use crate::settings::{Settings, check_topic};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic as Native, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use std::time::{Duration, Instant};

/// A topic to create.
#[derive(Debug, Clone, Copy)]
pub struct NewTopic<'a> {
    /// The name.
    pub name: &'a str,
    /// How many partitions it has.
    pub partitions: u32,
    /// How many brokers have a copy of each.
    pub replication: u32,
}

/// Creates the topics that do not exist, and waits until brokers know them; others stay as they are.
///
/// # Errors
/// [`RequestError`].
pub async fn create_topics(
    settings: &Settings,
    topics: &[NewTopic<'_>],
) -> Result<(), RequestError> {
    let config = settings.client().map_err(|_| RequestError::Client)?;
    let admin: AdminClient<DefaultClientContext> =
        config.create().map_err(|error| RequestError::new(&error))?;
    let replication =
        |count: u32| TopicReplication::Fixed(i32::try_from(count).unwrap_or(i32::MAX));
    let new: Vec<_> = (topics.iter())
        .map(|topic| {
            let partitions = i32::try_from(topic.partitions).unwrap_or(i32::MAX);
            Native::new(topic.name, partitions, replication(topic.replication))
        })
        .collect();
    let options = AdminOptions::new().operation_timeout(Some(settings.request_timeout));
    let created = admin.create_topics(&new, &options).await;
    for outcome in created.map_err(|error| RequestError::new(&error))? {
        match outcome {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((_, code)) => return Err(RequestError::of(code)),
        }
    }
    // The controller has created them; the brokers learn it later.
    let deadline = Instant::now() + settings.request_timeout;
    for topic in topics {
        while !matches!(partitions(settings, topic.name).await, Ok(Some(_))) {
            if Instant::now() > deadline {
                return Err(RequestError::of(RDKafkaErrorCode::OperationTimedOut));
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
    Ok(())
}

/// How many partitions a topic has; none when there is no such topic.
///
/// # Errors
/// [`RequestError`].
pub async fn partitions(settings: &Settings, topic: &str) -> Result<Option<u32>, RequestError> {
    let config = settings.client().map_err(|_| RequestError::Client)?;
    check_topic(topic).map_err(|_| RequestError::Client)?;
    let (topic, timeout) = (topic.to_owned(), settings.request_timeout);
    blocking(move || {
        let client: BaseConsumer = config.create().map_err(|error| RequestError::new(&error))?;
        count(&client, &topic, timeout)
    })
    .await
}

/// The same with a client that is there; it blocks.
pub(crate) fn count<C: rdkafka::consumer::ConsumerContext>(
    client: &BaseConsumer<C>,
    topic: &str,
    timeout: Duration,
) -> Result<Option<u32>, RequestError> {
    let metadata = client.fetch_metadata(Some(topic), timeout);
    let metadata = metadata.map_err(|error| RequestError::new(&error))?;
    let Some(topic) = metadata.topics().iter().find(|found| found.name() == topic) else {
        return Ok(None);
    };
    match topic.error().map(RDKafkaErrorCode::from) {
        None => Ok(u32::try_from(topic.partitions().len()).ok()),
        Some(RDKafkaErrorCode::UnknownTopicOrPartition) => Ok(None),
        Some(code) => Err(RequestError::of(code)),
    }
}

const AGAIN: Duration = Duration::from_millis(50);
