//! The transactions of a member, one at a time.

use super::commit::CommitError;
use super::event::Assignment;
use crate::error::RequestError;
use crate::settings::{Settings, SettingsError, ms};
use bytes::Bytes;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, TopicPartitionList};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The producer of a member's transactions.
pub(super) struct Transactions {
    one: Arc<Mutex<Transaction>>,
}

/// The producer, while it is good, and how to make one.
pub(super) struct Transaction {
    config: ClientConfig,
    group: String,
    topic: String,
    timeout: Duration,
    producer: Option<BaseProducer>,
}

/// The content of one transaction.
pub(super) struct Step {
    pub(super) decisions: Vec<(i32, Bytes)>,
    pub(super) offsets: TopicPartitionList,
    pub(super) assignment: Assignment,
}

/// The outcome of a transaction.
pub(super) enum Outcome {
    Committed,
    Not(CommitError),
    Unknown(RequestError),
}

impl Transactions {
    pub(super) fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let mut config = settings.client()?;
        config
            .set("transaction.timeout.ms", ms(settings.transaction_timeout))
            .set("compression.type", settings.compression.name())
            .set("message.max.bytes", settings.max_message_bytes.to_string())
            // A transaction ends when its messages are stored: they wait for no others.
            .set("linger.ms", "0");
        let transaction = Transaction {
            config,
            group: settings.group.clone(),
            topic: settings.decisions_topic.clone(),
            // The brokers have aborted it by then, and its producer can do no more.
            timeout: settings.transaction_timeout,
            producer: None,
        };
        Ok(Self {
            one: Arc::new(Mutex::new(transaction)),
        })
    }

    /// Waits until no other is under way.
    pub(super) async fn one(&self) -> OwnedMutexGuard<Transaction> {
        Arc::clone(&self.one).lock_owned().await
    }
}

impl Transaction {
    /// Makes a transaction; it blocks.
    pub(super) fn run(&mut self, step: &Step) -> Outcome {
        let deadline = Instant::now() + self.timeout;
        let producer = match self.producer.take() {
            Some(producer) => producer,
            None => match self.new_producer() {
                Ok(producer) => producer,
                Err(error) => return Outcome::Not(error),
            },
        };
        match self.fill(&producer, step, deadline) {
            Ok(()) => {}
            Err(error) => {
                // A producer that cannot abort is made anew; the brokers abort for it, by time.
                if !is_fatal(&error) && producer.abort_transaction(left(deadline)).is_ok() {
                    self.producer = Some(producer);
                }
                return Outcome::Not(not_committed(&error));
            }
        }
        match end(&producer, deadline) {
            Ok(()) => {
                self.producer = Some(producer);
                Outcome::Committed
            }
            Err(error) if must_abort(&error) => {
                if producer.abort_transaction(left(deadline)).is_ok() {
                    self.producer = Some(producer);
                }
                Outcome::Not(not_committed(&error))
            }
            Err(error) => Outcome::Unknown(RequestError::new(&error)),
        }
    }

    fn new_producer(&self) -> Result<BaseProducer, CommitError> {
        let mut config = self.config.clone();
        config.set("transactional.id", format!("{}-{}", self.group, unique()));
        let later = |error: KafkaError| CommitError::Later(RequestError::new(&error));
        let producer: BaseProducer = config.create().map_err(later)?;
        producer
            .init_transactions(self.timeout)
            .map_err(|error| not_committed(&error))?;
        Ok(producer)
    }

    /// Begins a transaction and puts everything in it.
    fn fill(
        &self,
        producer: &BaseProducer,
        step: &Step,
        deadline: Instant,
    ) -> Result<(), KafkaError> {
        producer.begin_transaction()?;
        for (partition, decision) in &step.decisions {
            let record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(&self.topic)
                .partition(*partition)
                .payload(decision);
            producer.send(record).map_err(|(error, _)| error)?;
        }
        let Some(metadata) = step.assignment.metadata() else {
            return Err(KafkaError::Canceled);
        };
        producer.send_offsets_to_transaction(&step.offsets, metadata, left(deadline))
    }
}

/// Commits what was put; asks again while there is time, since librdkafka permits that.
fn end(producer: &BaseProducer, deadline: Instant) -> Result<(), KafkaError> {
    loop {
        match producer.commit_transaction(left(deadline)) {
            Err(KafkaError::Transaction(error))
                if error.is_retriable() && !left(deadline).is_zero() => {}
            outcome => return outcome,
        }
    }
}

/// Whether a commit was not even begun, or was refused.
fn must_abort(error: &KafkaError) -> bool {
    match error {
        KafkaError::Transaction(error) => error.txn_requires_abort(),
        KafkaError::Flush(_) => true,
        _ => false,
    }
}

fn is_fatal(error: &KafkaError) -> bool {
    matches!(error, KafkaError::Transaction(error) if error.is_fatal())
}

/// The error of a transaction that is known not to be committed.
fn not_committed(error: &KafkaError) -> CommitError {
    use RDKafkaErrorCode as E;
    match error.rdkafka_error_code() {
        Some(E::IllegalGeneration | E::UnknownMemberId | E::FencedInstanceId) => {
            CommitError::Fenced
        }
        Some(E::MessageSizeTooLarge | E::OffsetMetadataTooLarge | E::InvalidMessageSize) => {
            CommitError::Refused(RequestError::new(error))
        }
        _ => match RequestError::new(error) {
            error @ (RequestError::Denied(_) | RequestError::NoTopic(_)) => {
                CommitError::Refused(error)
            }
            error => CommitError::Later(error),
        },
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

/// A text that no other transaction has: what the brokers keep under it dies with this producer.
fn unique() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since.unwrap_or_default().as_nanos();
    format!("{:x}-{nanos:x}-{number:x}", process::id())
}
