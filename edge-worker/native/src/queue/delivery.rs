//! Delivers the messages of the queue, on one core.

use super::schedule::Due;
use super::{AFTER_FAULT, DiskQueue};
use crate::background::Background;
use crate::log;
use bytes::Bytes;
use std::sync::Arc;
use throughline_disk_queue::ReadError;
use throughline_edge::host::{Delivery, Level};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// The deliveries of one core.
#[derive(Debug)]
pub(crate) struct Deliveries {
    queue: DiskQueue,
    /// The memory for messages that are being delivered.
    memory: Arc<Semaphore>,
}

impl Deliveries {
    pub(crate) fn new(queue: DiskQueue) -> Self {
        let memory = Arc::new(Semaphore::new(MEMORY_KIB));
        Self { queue, memory }
    }

    /// Takes messages out of the queue and delivers them in the background, until
    /// [`DiskQueue::end_deliveries`]. `take_up` delivers a message once.
    pub(crate) async fn run<F>(
        self,
        background: &Background,
        take_up: impl Fn(Bytes, u32) -> F + Clone + 'static,
    ) where
        F: Future<Output = Delivery>,
    {
        while let Some(due) = self.queue.0.schedule.next().await {
            let message = Taken {
                queue: self.queue.clone(),
                due: Some(due),
            };
            let bytes = self.queue.0.reader.length(due.sequence).unwrap_or(0);
            let kib = bytes.div_ceil(1024).clamp(LEAST_KIB, MEMORY_KIB);
            let kib = u32::try_from(kib).unwrap_or(u32::MAX);
            // It is never closed.
            let Ok(memory) = Arc::clone(&self.memory).acquire_many_owned(kib).await else {
                return;
            };
            // One after the other, in one thread beside the core.
            let Some((message, bytes)) = read(message, due).await else {
                continue;
            };
            let take_up = take_up.clone();
            background.spawn(async move {
                match take_up(bytes.clone(), due.attempt).await {
                    Delivery::Done => message.done(),
                    Delivery::Retry { after } => message.again(after),
                    Delivery::Refused => {
                        keep(&message.queue, due, bytes).await;
                        message.done();
                    }
                }
                drop(memory);
            });
        }
    }
}

/// Reads a message. One that cannot be read ever is removed, and one that cannot be read now is
/// delivered later.
async fn read(message: Taken, due: Due) -> Option<(Taken, Bytes)> {
    let reader = message.queue.0.reader.clone();
    let why = match spawn_blocking(move || reader.read(due.sequence)).await {
        Ok(Ok(bytes)) => return Some((message, bytes)),
        Ok(Err(ReadError::Acknowledged)) => {
            message.done();
            return None;
        }
        Ok(Err(error @ ReadError::Corrupt)) => {
            let line = format!("a message of the queue is lost: {error}; look at the disk");
            log::line(Level::Error, &line);
            message.done();
            return None;
        }
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    let line = format!("a message of the queue cannot be read now: {why}");
    log::line(Level::Error, &line);
    None
}

/// Keeps a message that no delivery can help. The edge has counted and logged its records.
async fn keep(queue: &DiskQueue, due: Due, bytes: Bytes) {
    let kept = {
        let queue = queue.clone();
        spawn_blocking(move || queue.0.dead_letters.keep(due.sequence, &bytes)).await
    };
    let (level, line) = match kept {
        Ok(Ok(path)) => {
            let line = format!("a dead letter of the queue is kept as {}", path.display());
            (Level::Warning, line)
        }
        Ok(Err(error)) => (
            Level::Error,
            format!("a dead letter of the queue is not kept: {error}"),
        ),
        Err(error) => (
            Level::Error,
            format!("a dead letter of the queue is not kept: {error}"),
        ),
    };
    log::line(level, &line);
}

/// A message that was taken out of the schedule. When its delivery ends in another way than
/// below, such as by a panic, it is delivered again.
#[must_use = "a message that is dropped is delivered again"]
struct Taken {
    queue: DiskQueue,
    due: Option<Due>,
}

impl Taken {
    /// Removes the message from the queue.
    fn done(mut self) {
        if let Some(due) = self.due.take() {
            self.queue.0.commands.done(due.sequence);
        }
    }

    /// Delivers the message again, not before some time has passed.
    fn again(mut self, after: std::time::Duration) {
        if let Some(due) = self.due.take() {
            let attempt = due.attempt.saturating_add(1);
            self.queue
                .0
                .schedule
                .add_again(Due { attempt, ..due }, after);
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(due) = self.due.take() {
            self.queue.0.schedule.add_again(due, AFTER_FAULT);
        }
    }
}

/// Memory of the messages that a core delivers at the same time.
const MEMORY_KIB: usize = 32 << 10;
/// The least that a message takes of it, so that a core delivers at most 512.
const LEAST_KIB: usize = 64;
