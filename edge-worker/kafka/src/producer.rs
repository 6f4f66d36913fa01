//! Puts messages in topics.

use crate::error::{RequestError, blocking};
use crate::settings::{Settings, SettingsError, ms};
use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer as _, ProducerContext};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::Duration;
use tokio::sync::oneshot;

/// A producer: each message that it confirms is stored by all replicas in sync, once, and after
/// those of its partition that were put before it.
///
/// Its queue is in memory and bounded. Await [`Producer::flush`] before the end of the program: what
/// waits when it is dropped is lost, and `put` says so.
pub struct Producer {
    config: ClientConfig,
    client: RwLock<Arc<Client>>,
    max_message_bytes: usize,
}

/// A message to put.
#[derive(Debug, Clone, Copy)]
pub struct Put<'a> {
    /// The topic.
    pub topic: &'a str,
    /// Decides the partition, see [`partition_of`](crate::partition_of); without one it is chosen
    /// at random.
    pub key: Option<&'a [u8]>,
    /// Names and values.
    pub headers: &'a [(&'a str, &'a str)],
    /// The message itself.
    pub value: &'a [u8],
}

impl Producer {
    /// Makes a producer; it connects when it has to.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let mut config = settings.client()?;
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("partitioner", "fnv1a_random")
            .set("compression.type", settings.compression.name())
            .set("linger.ms", ms(settings.linger))
            .set("message.timeout.ms", ms(settings.delivery_timeout))
            .set(
                "message.max.bytes",
                (settings.max_message_bytes + FRAMING).to_string(),
            )
            .set(
                "queue.buffering.max.kbytes",
                (settings.queue_bytes >> 10).to_string(),
            )
            // Bytes alone limit the queue.
            .set("queue.buffering.max.messages", "0");
        Ok(Self {
            client: RwLock::new(Arc::new(Client::new(&config)?)),
            config,
            max_message_bytes: settings.max_message_bytes,
        })
    }

    /// Puts a message and waits until it is stored. What is full or too large is an error at once,
    /// before the first await.
    ///
    /// # Errors
    /// [`PutError`], which says whether the message may have been stored.
    pub async fn put(&self, message: Put<'_>) -> Result<(), PutError> {
        self.enqueue(message)?
            .await
            // The producer was dropped.
            .unwrap_or(Err(PutError::Unconfirmed))
    }

    /// The number of bytes that a message may have, with its key and its headers.
    #[must_use]
    pub fn max_message_bytes(&self) -> usize {
        self.max_message_bytes
    }

    /// Waits until no message is waiting.
    ///
    /// # Errors
    /// [`RequestError`] when some still wait after `timeout`.
    pub async fn flush(&self, timeout: Duration) -> Result<(), RequestError> {
        let client = self.client();
        blocking(move || {
            (client.native)
                .flush(timeout)
                .map_err(|error| RequestError::new(&error))
        })
        .await
    }

    fn enqueue(
        &self,
        message: Put<'_>,
    ) -> Result<oneshot::Receiver<Result<(), PutError>>, PutError> {
        let in_headers: usize = (message.headers.iter())
            .map(|(name, value)| name.len() + value.len())
            .sum();
        let bytes = message.key.map_or(0, <[u8]>::len) + message.value.len() + in_headers;
        if bytes > self.max_message_bytes {
            let max = self.max_message_bytes;
            return Err(PutError::TooLarge { bytes, max });
        }
        let (sender, receiver) = oneshot::channel();
        let mut record =
            BaseRecord::with_opaque_to(message.topic, Box::new(sender)).payload(message.value);
        if let Some(key) = message.key {
            record = record.key(key);
        }
        if !message.headers.is_empty() {
            let headers = OwnedHeaders::new_with_capacity(message.headers.len());
            record = record.headers(message.headers.iter().fold(headers, |headers, header| {
                let (key, value) = (header.0, Some(header.1));
                headers.insert(Header { key, value })
            }));
        }
        let client = self.client();
        let record = match client.native.send(record) {
            Ok(()) => return Ok(receiver),
            Err((error, record)) if is_fatal(&error) => record,
            Err((error, _)) => return Err(PutError::new(&error)),
        };
        // librdkafka takes nothing more after an error by which it could not keep the order.
        match self.renewed(&client)?.native.send(record) {
            Ok(()) => Ok(receiver),
            Err((error, _)) => Err(PutError::new(&error)),
        }
    }

    fn client(&self) -> Arc<Client> {
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&client)
    }

    /// A client that takes the place of a broken one.
    fn renewed(&self, broken: &Arc<Client>) -> Result<Arc<Client>, PutError> {
        let mut current = self.client.write().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&current, broken) {
            let new = Client::new(&self.config);
            *current = Arc::new(new.map_err(|_| PutError::Failed(RequestError::Client))?);
        }
        Ok(Arc::clone(&current))
    }
}

/// A message that was put, but not confirmed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PutError {
    /// Too much waits for the brokers; the message was not stored. Try again later, or do without.
    #[error("too much waits for the brokers of Kafka")]
    Full,
    /// The message is larger than the settings permit; it was not stored.
    #[error("the message has {bytes} bytes, with its key and its headers; {max} are permitted")]
    TooLarge {
        /// Bytes of the message with its key and its headers.
        bytes: usize,
        /// As [`Settings::max_message_bytes`] says.
        max: usize,
    },
    /// The message was not stored.
    #[error("{0}")]
    Failed(RequestError),
    /// No broker confirmed the message in time; it may have been stored, and may be twice if it is
    /// put again.
    #[error("the brokers of Kafka did not confirm the message in time")]
    Unconfirmed,
}

impl PutError {
    fn new(error: &KafkaError) -> Self {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::QueueFull) => Self::Full,
            Some(
                RDKafkaErrorCode::MessageTimedOut
                | RDKafkaErrorCode::TimedOutQueue
                | RDKafkaErrorCode::PurgeInflight
                | RDKafkaErrorCode::PurgeQueue
                | RDKafkaErrorCode::Fatal
                | RDKafkaErrorCode::GaplessGuarantee,
            ) => Self::Unconfirmed,
            _ => Self::Failed(RequestError::new(error)),
        }
    }
}

/// A client of librdkafka, and the thread that hears of deliveries for as long as it lives.
///
/// It is not rdkafka's `ThreadedProducer`, which spins for the last millisecond of each 100.
struct Client {
    native: Arc<BaseProducer<Deliveries>>,
    is_over: Arc<AtomicBool>,
}

impl Client {
    fn new(config: &ClientConfig) -> Result<Self, SettingsError> {
        let native: Arc<BaseProducer<Deliveries>> =
            Arc::new(config.create_with_context(Deliveries)?);
        let is_over = Arc::new(AtomicBool::new(false));
        let client = Self {
            native: Arc::clone(&native),
            is_over: Arc::clone(&is_over),
        };
        let named = thread::Builder::new().name("kafka deliveries".to_owned());
        let polling = named.spawn(move || {
            while !is_over.load(Ordering::Acquire) {
                native.poll(POLL);
            }
        });
        polling.map_err(SettingsError::Thread)?;
        Ok(client)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
    }
}

/// Tells each `put` what became of its message.
struct Deliveries;

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Box<oneshot::Sender<Result<(), PutError>>>;

    fn delivery(&self, result: &DeliveryResult<'_>, sender: Self::DeliveryOpaque) {
        let outcome = match result {
            Ok(_) => Ok(()),
            Err((error, _)) => Err(PutError::new(error)),
        };
        // A `put` that is no longer awaited needs no outcome.
        let _ = sender.send(outcome);
    }
}

/// How soon the thread sees that its client is over.
const POLL: Duration = Duration::from_secs(1);
/// Bytes that librdkafka counts besides, of a message with some hundred headers.
const FRAMING: usize = 16 << 10;

fn is_fatal(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    /// A producer whose brokers accept connections and say nothing.
    fn silent(change: impl FnOnce(&mut Settings)) -> (Producer, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let mut settings = Settings::new([address], "group");
        change(&mut settings);
        (Producer::new(&settings).expect("a producer"), listener)
    }

    fn put(value: &[u8]) -> Put<'_> {
        Put {
            topic: "topic",
            key: Some(b"key"),
            headers: &[("name", "value")],
            value,
        }
    }

    /// The result of a `put` at once.
    fn at_once(producer: &Producer, message: Put<'_>) -> Poll<Result<(), PutError>> {
        pin!(producer.put(message)).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_message_that_is_too_large_is_an_error_at_once() {
        let (producer, _listener) = silent(|settings| settings.max_message_bytes = 2000);
        assert_eq!(producer.max_message_bytes(), 2000);
        let (bytes, max) = (2001, 2000);
        assert_eq!(
            at_once(&producer, put(&[0; 2001 - 12])),
            Poll::Ready(Err(PutError::TooLarge { bytes, max }))
        );
        assert_eq!(at_once(&producer, put(&[0; 2000 - 12])), Poll::Pending);
    }

    #[test]
    fn a_full_queue_is_an_error_at_once() {
        let (producer, _listener) = silent(|settings| settings.queue_bytes = 64 << 10);
        let value = [0; 4 << 10];
        let fit = (0..100).position(|_| at_once(&producer, put(&value)).is_ready());
        assert!(matches!(fit, Some(8..=16)), "{fit:?} of 4 KiB in 64 KiB");
        let full = Poll::Ready(Err(PutError::Full));
        assert_eq!(at_once(&producer, put(&value)), full);
    }

    #[tokio::test]
    async fn a_message_that_no_broker_stores_in_time_is_not_confirmed() {
        let (producer, _listener) = silent(|settings| {
            settings.delivery_timeout = Duration::from_millis(100);
        });
        assert_eq!(producer.put(put(b"x")).await, Err(PutError::Unconfirmed));
        let flushed = producer.flush(Duration::from_millis(50)).await;
        assert_eq!(flushed, Ok(()));
    }

    #[tokio::test]
    async fn what_waits_when_the_producer_is_dropped_is_not_confirmed() {
        let (producer, _listener) = silent(|_| ());
        let waits = producer.enqueue(put(b"x")).expect("room");
        let flushed = producer.flush(Duration::from_millis(50)).await;
        assert!(
            matches!(flushed, Err(RequestError::Unreachable(_))),
            "{flushed:?}"
        );
        drop(producer);
        assert_eq!(waits.await, Ok(Err(PutError::Unconfirmed)));
    }
}
