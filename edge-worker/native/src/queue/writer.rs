//! The thread that writes the log: with one sync for all messages that wait for it.

use super::{Shared, lock};
use crate::health::Health;
use crate::log;
use bytes::Bytes;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};
use throughline_disk_queue::{Directory, Log, PutError};
use throughline_edge::host::{Level, QueueError};
use tokio::sync::oneshot;

/// The work of the writer.
#[derive(Debug, Default)]
pub(super) struct Commands {
    pending: Mutex<Pending>,
    changed: Condvar,
    stored: Mutex<Stored>,
}

/// Counts of what was stored since the start.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stored {
    pub(super) messages: u64,
    /// Of those messages.
    pub(super) bytes: u64,
    /// How often messages were synced; many may share one.
    pub(super) syncs: u64,
    /// Messages that were not stored.
    pub(super) refused: u64,
}

#[derive(Debug, Default)]
struct Pending {
    puts: Vec<Put>,
    /// Bytes of those messages.
    bytes: usize,
    /// Messages that were refused.
    refused: u64,
    /// Messages that are done.
    done: Vec<u64>,
    is_closed: bool,
}

#[derive(Debug)]
struct Put {
    message: Bytes,
    stored: oneshot::Sender<Result<u64, QueueError>>,
}

/// A message that waits for the writer. When it is dropped before the writer has stored it, or
/// before its sequence was taken, it is never delivered: its batch is exported directly.
#[derive(Debug)]
struct Waiting<'a> {
    commands: &'a Commands,
    stored: oneshot::Receiver<Result<u64, QueueError>>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.stored.close();
        if let Ok(Ok(sequence)) = self.stored.try_recv() {
            self.commands.done(sequence);
        }
    }
}

impl Commands {
    /// Stores a message and returns its sequence, by which it is delivered. It is refused while the
    /// messages that wait for the disk take as much memory as they may.
    pub(super) async fn put(&self, message: Bytes) -> Result<u64, QueueError> {
        let (stored, is_stored) = oneshot::channel();
        {
            let mut pending = lock(&self.pending);
            if pending.is_closed {
                return Err(QueueError::Unavailable(CLOSED.into()));
            }
            let bytes = pending.bytes + message.len().max(LEAST_BYTES);
            if bytes > MAX_PENDING_BYTES {
                pending.refused += 1;
                return Err(QueueError::Unavailable(BEHIND.into()));
            }
            pending.bytes = bytes;
            pending.puts.push(Put { message, stored });
        }
        self.changed.notify_one();
        let mut waiting = Waiting {
            commands: self,
            stored: is_stored,
        };
        let stored = (&mut waiting.stored).await;
        stored.unwrap_or_else(|_| Err(QueueError::Unavailable(CLOSED.into())))
    }

    /// Removes a message that is done.
    pub(super) fn done(&self, sequence: u64) {
        lock(&self.pending).done.push(sequence);
        self.changed.notify_one();
    }

    /// Lets the writer end once it has done what it was told.
    pub(super) fn close(&self) {
        lock(&self.pending).is_closed = true;
        self.changed.notify_one();
    }

    /// The counts of what was stored since the start.
    pub(super) fn stored(&self) -> Stored {
        *lock(&self.stored)
    }

    /// Waits for something to do, until `end`.
    fn take(&self, end: Option<Instant>) -> Pending {
        let mut pending = lock(&self.pending);
        while pending.puts.is_empty() && pending.done.is_empty() && !pending.is_closed {
            let Some(end) = end else {
                let woken = self.changed.wait(pending);
                pending = woken.unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let Some(left) = end.checked_duration_since(Instant::now()) else {
                break;
            };
            let woken = self.changed.wait_timeout(pending, left);
            pending = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        Pending {
            puts: core::mem::take(&mut pending.puts),
            bytes: core::mem::take(&mut pending.bytes),
            refused: core::mem::take(&mut pending.refused),
            done: core::mem::take(&mut pending.done),
            is_closed: pending.is_closed,
        }
    }
}

/// Starts the thread. It ends once the commands are closed.
pub(super) fn start(
    log: Log<Directory>,
    shared: Arc<Shared>,
    health: Health,
) -> io::Result<JoinHandle<()>> {
    let work = move || {
        let writer = Writer {
            log,
            shared: &shared,
            sync_at: None,
            is_failing: false,
        };
        health.supervise("the durable queue", || {
            writer.run();
            Ok::<_, Infallible>(())
        });
        // Nobody waits for a writer that has ended.
        shared.commands.close();
        let mut pending = lock(&shared.commands.pending);
        pending.puts.clear();
        pending.bytes = 0;
    };
    Builder::new()
        .name(String::from("throughline-queue"))
        .spawn(work)
}

struct Writer<'a> {
    log: Log<Directory>,
    shared: &'a Shared,
    /// When what is done is synced.
    sync_at: Option<Instant>,
    /// Whether the last attempt to write what is done failed.
    is_failing: bool,
}

impl Writer<'_> {
    fn run(mut self) {
        loop {
            let Pending {
                mut puts,
                done,
                refused,
                is_closed,
                ..
            } = self.shared.commands.take(self.sync_at);
            for sequence in &done {
                self.log.acknowledge(*sequence);
            }
            let before = puts.len();
            // Whoever does not wait any more has exported the batch directly.
            puts.retain(|put| !put.stored.is_closed());
            let refused = refused + (before - puts.len()) as u64;
            if refused > 0 {
                lock(&self.shared.commands.stored).refused += refused;
            }
            if !puts.is_empty() {
                self.put(puts);
            } else if !done.is_empty() {
                let written = self.log.write_acknowledgements();
                self.note(written);
            }
            let is_due = self.sync_at.is_some_and(|at| at <= Instant::now());
            if is_due || is_closed {
                let synced = self.log.write_acknowledgements();
                let synced = synced.and_then(|()| self.log.sync());
                self.note(synced);
            }
            if is_closed && lock(&self.shared.commands.pending).puts.is_empty() {
                return;
            }
            let from_now = || Instant::now() + SYNC_DONE_WITHIN;
            self.sync_at = match self.log.is_synced() {
                true => None,
                false => self
                    .sync_at
                    .filter(|_| !is_due)
                    .or_else(|| Some(from_now())),
            };
        }
    }

    fn put(&mut self, puts: Vec<Put>) {
        let (messages, stored): (Vec<_>, Vec<_>) = puts
            .into_iter()
            .map(|put| (put.message, put.stored))
            .unzip();
        let results = self.log.put(&messages);
        let mut given_up = false;
        {
            let mut counts = lock(&self.shared.commands.stored);
            counts.syncs += 1;
            for ((result, message), stored) in results.into_iter().zip(messages).zip(stored) {
                let result = result.map_err(|error| match error {
                    PutError::Full => QueueError::Full,
                    error => QueueError::Unavailable(error.to_string().into()),
                });
                let is_stored = result.is_ok();
                let unheard = stored.send(result);
                if let Err(Ok(sequence)) = unheard {
                    self.log.acknowledge(sequence);
                    given_up = true;
                }
                match is_stored && unheard.is_ok() {
                    true => {
                        counts.messages += 1;
                        counts.bytes += message.len() as u64;
                    }
                    false => counts.refused += 1,
                }
            }
        }
        if given_up {
            let written = self.log.write_acknowledgements();
            self.note(written);
        }
    }

    /// Logs when writing what is done begins to fail, and when it works again.
    fn note(&mut self, written: io::Result<()>) {
        match written {
            Ok(()) if self.is_failing => {
                let line = "the queue writes again what was delivered";
                log::line(Level::Info, line);
                self.is_failing = false;
            }
            Err(error) if !self.is_failing => {
                let line = format!(
                    "the queue cannot write what was delivered, which comes again after a restart: {error}"
                );
                log::line(Level::Warning, &line);
                self.is_failing = true;
            }
            _ => {}
        }
    }
}

/// How long what was delivered may stay unsynced: it comes again after a loss of power.
const SYNC_DONE_WITHIN: Duration = Duration::from_secs(1);
const CLOSED: &str = "it has ended";
const BEHIND: &str = "the disk does not keep up";
/// Memory of the messages that wait while others are written: two of the longest, or many.
const MAX_PENDING_BYTES: usize = 32 << 20;
/// The least that a message counts of it: with what is kept of its sender.
const LEAST_BYTES: usize = 1024;

#[cfg(test)]
mod tests {
    use super::super::{DiskQueue, QueueSettings};
    use super::*;
    use std::future::poll_fn;
    use std::pin::Pin;
    use std::task::Poll;
    use throughline_edge::host::DurableQueue;
    use tokio::runtime::Builder;
    use tokio::time::{sleep, timeout};

    #[test]
    fn a_disk_that_hangs_takes_bounded_memory_and_stores_nothing_that_was_given_up() {
        let directory = std::env::temp_dir().join(format!("throughline-w-{}", std::process::id()));
        let settings = QueueSettings {
            directory: directory.clone(),
            max_bytes: 1 << 30,
            max_dead_letter_bytes: 0,
        };
        let queue = DiskQueue::open(&settings, &Health::default()).expect("a new directory");
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        // The writer hangs behind the first message.
        let hang = lock(&queue.0.commands.stored);
        let put = |bytes: usize| {
            let queue = queue.clone();
            runtime.spawn(async move { queue.put(Bytes::from(vec![b'.'; bytes])).await })
        };
        let first = put(1);
        runtime.block_on(async {
            while queue.0.reader.messages() == 0 {
                sleep(Duration::from_millis(1)).await;
            }
            let given_up = queue.put(Bytes::from(vec![b'.'; 15 << 20]));
            let given_up = timeout(Duration::from_millis(1), given_up).await;
            given_up.expect_err("the disk hangs");
        });
        let waits = put(15 << 20);
        runtime.block_on(async {
            while lock(&queue.0.commands.pending).puts.len() < 2 {
                sleep(Duration::from_millis(1)).await;
            }
            let refused = queue.put(Bytes::from(vec![b'.'; 15 << 20]));
            let refused = timeout(Duration::from_secs(5), refused).await;
            let refused = refused.expect("it does not wait for the disk");
            assert_eq!(refused, Err(QueueError::Unavailable(BEHIND.into())));
        });
        drop(hang);
        runtime.block_on(async {
            for stored in [first, waits] {
                assert_eq!(stored.await.expect("no panic"), Ok(()));
            }
        });
        queue.close();
        assert_eq!(queue.0.reader.messages(), 2);
        assert_eq!(queue.0.commands.stored().refused, 2);
        std::fs::remove_dir_all(&directory).expect("it is there");
    }

    #[test]
    fn a_message_that_is_given_up_while_the_disk_writes_it_is_never_delivered() {
        let directory = std::env::temp_dir().join(format!("throughline-g-{}", std::process::id()));
        let settings = QueueSettings {
            directory: directory.clone(),
            max_bytes: 1 << 30,
            max_dead_letter_bytes: 0,
        };
        let queue = DiskQueue::open(&settings, &Health::default()).expect("a new directory");
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let poll_until = |mut given_up: Pin<Box<dyn Future<Output = _>>>, messages| {
            runtime.block_on(async {
                // Once: the message is with the writer then, and its response is not heard.
                poll_fn(|task| Poll::Ready(given_up.as_mut().poll(task).is_pending())).await;
                while queue.0.reader.messages() < messages {
                    sleep(Duration::from_millis(1)).await;
                }
            });
            given_up
        };
        // The message is stored, and is given up before the writer says so.
        let hang = lock(&queue.0.commands.stored);
        let slow = || Box::pin(async { queue.put(Bytes::from_static(b"slow")).await });
        drop(poll_until(slow(), 1));
        drop(hang);
        // It is given up once the writer has said so, and before that is heard.
        let slow = poll_until(slow(), 1);
        while queue.0.commands.stored().messages == 0 {
            std::thread::yield_now();
        }
        drop(slow);
        let quick = queue.put(Bytes::from_static(b"quick"));
        runtime.block_on(quick).expect("the disk works again");
        let due = runtime.block_on(queue.0.schedule.next());
        let due = due.expect("it has not ended");
        let bytes = queue.0.reader.read(due.sequence).expect("it is stored");
        assert_eq!(bytes, &b"quick"[..]);
        queue.close();
        assert_eq!(queue.0.commands.stored().refused, 1);
        drop(queue);
        // They do not come after a restart, either.
        let queue = DiskQueue::open(&settings, &Health::default()).expect("its owner has ended");
        assert_eq!(queue.0.reader.messages(), 1);
        queue.close();
        std::fs::remove_dir_all(&directory).expect("it is there");
    }
}
