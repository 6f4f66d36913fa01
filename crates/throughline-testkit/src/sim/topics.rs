//! Topics in memory, with faults.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use throughline_edge::host::{TopicError, TopicMessage, Topics};

/// The topics that machines share: keeps messages until the test takes them. Cloning gives the
/// same.
#[derive(Debug, Clone)]
pub struct SimTopics(Rc<State>);

#[derive(Debug)]
struct State {
    max_value_bytes: usize,
    messages: RefCell<Vec<TopicMessage>>,
    /// How many of the next messages are not taken.
    failures: Cell<usize>,
    /// Bytes that it has memory for.
    memory: Cell<usize>,
}

impl Default for SimTopics {
    fn default() -> Self {
        Self::with_max_value_bytes(usize::MAX)
    }
}

impl SimTopics {
    /// Topics whose values have at most this many bytes.
    pub fn with_max_value_bytes(max_value_bytes: usize) -> Self {
        Self(Rc::new(State {
            max_value_bytes,
            messages: RefCell::default(),
            failures: Cell::default(),
            memory: Cell::new(usize::MAX),
        }))
    }

    /// Takes none of the next messages.
    pub fn will_fail(&self, messages: usize) {
        self.0.failures.set(messages);
    }

    /// Has no memory for further messages, or has it again.
    pub fn set_full(&self, is_full: bool) {
        self.set_memory(if is_full { 0 } else { usize::MAX });
    }

    /// Has memory for messages of so many bytes at once.
    pub fn set_memory(&self, bytes: usize) {
        self.0.memory.set(bytes);
    }

    /// Takes the messages that are stored.
    pub fn take(&self) -> Vec<TopicMessage> {
        self.0.messages.take()
    }
}

impl Topics for SimTopics {
    fn max_value_bytes(&self) -> usize {
        self.0.max_value_bytes
    }

    fn fits(&self, bytes: usize) -> bool {
        bytes <= self.0.memory.get()
    }

    async fn put(&self, message: TopicMessage) -> Result<(), TopicError> {
        if let Some(left) = self.0.failures.get().checked_sub(1) {
            self.0.failures.set(left);
            return Err(TopicError("no leader".into()));
        }
        self.0.messages.borrow_mut().push(message);
        Ok(())
    }
}
