//! The durable queue of this host: a log in a directory of the disk.
//!
//! One thread writes the log (`writer`), with one sync for all messages that wait for it. Every
//! core takes messages out of the `schedule` and delivers them (`delivery`): whichever core is idle
//! takes the next, and each has the connections to backends that it needs. What is left when the
//! program ends, however it ends, is delivered after the next start.

mod dead_letters;
mod delivery;
mod schedule;
mod settings;
mod writer;

pub(crate) use delivery::Deliveries;
pub use settings::QueueConfig;
pub(crate) use settings::QueueSettings;

use crate::health::Health;
use crate::log;
use bytes::Bytes;
use dead_letters::DeadLetters;
use schedule::Schedule;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use throughline_disk_queue::{Directory, DirectoryError, Limits, Log, LogError, Reader};
use throughline_edge::host::{self, Level, QueueError};
use writer::Commands;

/// The queue of this machine. Clones are the same queue.
#[derive(Debug, Clone)]
pub struct DiskQueue(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    limits: Limits,
    reader: Reader<Directory>,
    commands: Commands,
    schedule: Schedule,
    dead_letters: DeadLetters,
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// Why there is no queue. The operator, or the machine, is at fault.
#[derive(Debug, thiserror::Error)]
#[error("queue.directory = {:?} cannot be used: {reason}", path.display())]
pub struct OpenError {
    path: PathBuf,
    reason: Reason,
}

#[derive(Debug, thiserror::Error)]
enum Reason {
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    System(#[from] io::Error),
    #[error("there is no randomness: {0}")]
    Random(#[from] getrandom::Error),
}

impl DiskQueue {
    /// Opens the queue of a directory, which is made when there is none, and starts its writer,
    /// whose death `health` reports. What was found is logged.
    ///
    /// # Errors
    /// [`OpenError`]: another process has the directory, or the system cannot open it.
    pub(crate) fn open(settings: &QueueSettings, health: &Health) -> Result<Self, OpenError> {
        Self::start(settings, health).map_err(|reason| OpenError {
            path: settings.directory.clone(),
            reason,
        })
    }

    fn start(settings: &QueueSettings, health: &Health) -> Result<Self, Reason> {
        let path = &settings.directory;
        let directory = Directory::open(path)?;
        let mut seed = [0; 8];
        getrandom::fill(&mut seed)?;
        let limits = Limits::of(settings.max_bytes);
        let (log, found) = Log::open(directory, limits, u64::from_ne_bytes(seed))?;
        log_found(path, &found);
        let reader = log.reader();
        let shared = Arc::new(Shared {
            path: path.clone(),
            limits,
            schedule: Schedule::new(reader.sequences()),
            reader,
            commands: Commands::default(),
            dead_letters: DeadLetters::open(path, settings.max_dead_letter_bytes)?,
            writer: Mutex::default(),
        });
        let writer = writer::start(log, Arc::clone(&shared), health.clone())?;
        *lock(&shared.writer) = Some(writer);
        Ok(Self(shared))
    }

    /// Ends deliveries: no message is taken out any more. Messages are still stored.
    pub(crate) fn end_deliveries(&self) {
        self.0.schedule.end();
    }

    /// Ends the queue, when nothing uses it any more: what was delivered is written, and what is
    /// left is logged.
    pub(crate) fn close(&self) {
        self.0.commands.close();
        if let Some(writer) = lock(&self.0.writer).take() {
            // Its panic is logged.
            let _ = writer.join();
        }
        let (messages, bytes) = (self.0.reader.messages(), self.0.reader.live_bytes());
        let (path, since) = (self.0.path.display(), self.0.commands.stored());
        let refused = match since.refused {
            0 => String::new(),
            refused => format!(", and refused {refused}"),
        };
        let line = format!(
            "the queue in {path} has {messages} messages, {bytes} bytes; since the start it stored {} messages of {} bytes with {} syncs{refused}",
            since.messages, since.bytes, since.syncs
        );
        log::line(Level::Info, &line);
    }
}

impl host::DurableQueue for DiskQueue {
    const ABSENT_BECAUSE: Option<&'static str> = None;

    fn max_message_bytes(&self) -> usize {
        self.0.limits.max_message_bytes()
    }

    async fn put(&self, message: Bytes) -> Result<(), QueueError> {
        let sequence = self.0.commands.put(message).await?;
        self.0.schedule.add(sequence);
        Ok(())
    }
}

fn log_found(path: &Path, found: &throughline_disk_queue::Recovered) {
    let path = path.display();
    let (messages, bytes) = (found.messages, found.bytes);
    let line = format!("the queue in {path} has {messages} messages, {bytes} bytes of segments");
    log::line(Level::Info, &line);
    if found.torn_bytes > 0 {
        let torn = found.torn_bytes;
        let line = format!(
            "the queue in {path} ended in {torn} bytes that were not written as a whole: they are cut off, and their senders may have had no response"
        );
        log::line(Level::Warning, &line);
    }
    if found.corrupt > 0 {
        let (places, bytes) = (found.corrupt, found.corrupt_bytes);
        let line = format!(
            "the queue in {path} has {bytes} corrupt bytes (places: {places}): the messages there are lost; look at the disk"
        );
        log::line(Level::Error, &line);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long a message waits that could not be read, or whose delivery failed by a fault of ours.
const AFTER_FAULT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;
    use host::DurableQueue;

    #[tokio::test]
    async fn a_full_queue_refuses_and_keeps_what_it_has() {
        let directory = std::env::temp_dir().join(format!("throughline-q-{}", std::process::id()));
        let settings = QueueSettings {
            directory: directory.clone(),
            max_bytes: 16 << 20,
            max_dead_letter_bytes: 0,
        };
        let queue = DiskQueue::open(&settings, &Health::default()).expect("a new directory");
        let message = Bytes::from(vec![b'.'; queue.max_message_bytes()]);
        let mut stored = 0;
        while queue.put(message.clone()).await.is_ok() {
            stored += 1;
        }
        // A segment is left free for messages that are moved.
        assert_eq!(stored, 14);
        assert_eq!(queue.put(message.clone()).await, Err(QueueError::Full));
        assert!(queue.0.reader.bytes() <= settings.max_bytes);
        let longer = Bytes::from(vec![b'.'; message.len() + 1]);
        let refused = queue.put(longer).await.expect_err("too long");
        assert!(refused.to_string().contains("longer"), "{refused}");
        let again = DiskQueue::open(&settings, &Health::default()).expect_err("it is open");
        assert!(again.to_string().contains("another process"), "{again}");
        queue.close();
        let closed = queue.put(message).await;
        assert_eq!(closed, Err(QueueError::Unavailable("it has ended".into())));
        drop(queue);
        let queue = DiskQueue::open(&settings, &Health::default()).expect("its owner has ended");
        assert_eq!(queue.0.reader.messages(), stored);
        queue.close();
        std::fs::remove_dir_all(&directory).expect("it is there");
    }
}
