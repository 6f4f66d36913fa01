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
            let take_up = take_up.clone();
            background.spawn(async move {
                deliver(message, take_up).await;
                drop(memory);
            });
        }
    }
}

async fn deliver<F: Future<Output = Delivery>>(message: Taken, take_up: impl Fn(Bytes, u32) -> F) {
    let Some(due) = message.due else {
        return;
    };
    let reader = message.queue.0.reader.clone();
    let read = spawn_blocking(move || reader.read(due.sequence)).await;
    let bytes = match read {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(ReadError::Acknowledged)) => return message.done(),
        Ok(Err(error @ ReadError::Corrupt)) => {
            let line = format!("a message of the queue is lost: {error}; look at the disk");
            log::line(Level::Error, &line);
            return message.done();
        }
        Ok(Err(error)) => {
            let line = format!("a message of the queue cannot be read now: {error}");
            return log::line(Level::Error, &line);
        }
        Err(error) => {
            let line = format!("a message of the queue cannot be read now: {error}");
            return log::line(Level::Error, &line);
        }
    };
    match take_up(bytes.clone(), due.attempt).await {
        Delivery::Done => message.done(),
        Delivery::Retry { after } => message.again(after),
        Delivery::Refused => {
            keep(&message.queue, due, bytes).await;
            message.done();
        }
    }
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
            self.queue.0.orders.done(due.sequence);
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
