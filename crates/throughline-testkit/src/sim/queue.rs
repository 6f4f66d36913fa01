//! A durable queue in memory, with faults.

use bytes::Bytes;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use throughline_edge::host::{DurableQueue, QueueError};

/// A durable queue: keeps messages until the test takes them. Cloning gives the same.
#[derive(Debug, Clone)]
pub struct SimQueue(Rc<State>);

#[derive(Debug)]
struct State {
    max_message_bytes: Cell<usize>,
    messages: RefCell<VecDeque<Bytes>>,
    faults: RefCell<VecDeque<PutFault>>,
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
        }))
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
        if matches!(fault, None | Some(PutFault::StoredAndLost)) {
            self.0.messages.borrow_mut().push_back(message);
        }
        match fault {
            None => Ok(()),
            Some(PutFault::Full) => Err(QueueError::Full),
            Some(PutFault::Lost | PutFault::StoredAndLost) => {
                Err(QueueError::Unavailable("connection lost".into()))
            }
            Some(PutFault::Hangs) => core::future::pending().await,
        }
    }
}
