//! A durable queue in memory, with faults.

use super::executor::Executor;
use bytes::Bytes;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use throughline_edge::host::{DurableQueue, QueueError};

/// A durable queue: keeps messages until the test takes them. Cloning gives the same.
#[derive(Clone)]
pub struct SimQueue(Rc<State>);

struct State {
    max_message_bytes: Cell<usize>,
    messages: RefCell<VecDeque<Bytes>>,
    faults: RefCell<VecDeque<PutFault>>,
    executor: OnceCell<Executor>,
}

/// A fault when a message is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutFault {
    /// There is no room.
    Full,
    /// The message is not stored, and the connection ends.
    Lost,
    /// The message is stored, and the connection ends before the edge knows.
    StoredAndLost,
    /// The message is stored, and the edge is told, after this time.
    Late(Duration),
    /// Nothing is heard of it for ever.
    Hangs,
}

impl Default for SimQueue {
    fn default() -> Self {
        Self::with_max_message_bytes(usize::MAX)
    }
}

impl SimQueue {
    /// A queue whose messages have at most this many bytes.
    pub fn with_max_message_bytes(max_message_bytes: usize) -> Self {
        Self(Rc::new(State {
            max_message_bytes: Cell::new(max_message_bytes),
            messages: RefCell::default(),
            faults: RefCell::default(),
            executor: OnceCell::new(),
        }))
    }

    /// Takes its time from a host.
    pub(super) fn attach(&self, executor: &Executor) {
        self.0.executor.get_or_init(|| executor.clone());
    }

    /// Has these faults, the next times.
    pub fn will_fail(&self, faults: impl IntoIterator<Item = PutFault>) {
        self.0.faults.borrow_mut().extend(faults);
    }

    /// Takes the messages that are stored.
    pub fn take(&self) -> Vec<Bytes> {
        self.0.messages.borrow_mut().drain(..).collect()
    }
}

impl DurableQueue for SimQueue {
    const ABSENT_BECAUSE: Option<&'static str> = None;

    fn max_message_bytes(&self) -> usize {
        self.0.max_message_bytes.get()
    }

    async fn put(&self, message: Bytes) -> Result<(), QueueError> {
        let fault = self.0.faults.borrow_mut().pop_front();
        let store = |message| self.0.messages.borrow_mut().push_back(message);
        match fault {
            None => {
                store(message);
                Ok(())
            }
            Some(PutFault::StoredAndLost) => {
                store(message);
                Err(lost())
            }
            Some(PutFault::Late(after)) => {
                let executor = self.0.executor.get().ok_or_else(lost)?;
                // As with a queue in a network: it stores what nobody waits for any more, too.
                let (queue, sleep) = (self.clone(), executor.sleep(after));
                executor.spawn(async move {
                    sleep.await;
                    queue.0.messages.borrow_mut().push_back(message);
                });
                executor.sleep(after).await;
                Ok(())
            }
            Some(PutFault::Full) => Err(QueueError::Full),
            Some(PutFault::Lost) => Err(lost()),
            Some(PutFault::Hangs) => core::future::pending().await,
        }
    }
}

fn lost() -> QueueError {
    QueueError::Unavailable("connection lost".into())
}
