//! Topics and how many partitions they have.

use crate::error::{RequestError, blocking};
use crate::settings::{Settings, check_topic};
use crate::trust::{HasTrust, Trust};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic as Native, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::metadata::Metadata;
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
        let client: BaseConsumer<Trust> = (config.create_with_context(Trust::default()))
            .map_err(|error| RequestError::new(&error))?;
        count(&client, &topic, timeout)
    })
    .await
}

/// The same with a client that is there; it blocks.
pub(crate) fn count<C: HasTrust>(
    client: &BaseConsumer<C>,
    topic: &str,
    timeout: Duration,
) -> Result<Option<u32>, RequestError> {
    let metadata = metadata(client, topic, timeout)?;
    let Some(topic) = metadata.topics().iter().find(|found| found.name() == topic) else {
        return Ok(None);
    };
    match topic.error().map(RDKafkaErrorCode::from) {
        None => Ok(u32::try_from(topic.partitions().len()).ok()),
        Some(RDKafkaErrorCode::UnknownTopicOrPartition) => Ok(None),
        Some(code) => Err(RequestError::of(code)),
    }
}

/// The metadata of a topic, from a client that consumes nothing yet. A failure of trust ends it at
/// once: time does not help.
fn metadata<C: HasTrust>(
    client: &BaseConsumer<C>,
    topic: &str,
    timeout: Duration,
) -> Result<Metadata, RequestError> {
    let deadline = Instant::now() + timeout;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let error = match client.fetch_metadata(Some(topic), left.min(TRUST_AFTER)) {
            Ok(metadata) => return Ok(metadata),
            Err(error) => RequestError::new(&error),
        };
        // Tells the context what librdkafka has to say.
        while client.poll(Duration::ZERO).is_some() {}
        if let Some(untrusted) = client.context().trust().take() {
            return Err(untrusted);
        }
        if left <= TRUST_AFTER || !matches!(error, RequestError::Unreachable(_)) {
            return Err(error);
        }
    }
}

/// How long a request waits before it is asked why nobody responds.
const TRUST_AFTER: Duration = Duration::from_secs(1);
const AGAIN: Duration = Duration::from_millis(50);
