//! Client of the owner of the metrics, with faults.

use bytes::Bytes;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use throughline_edge::host::{Aggregator, AggregatorError};

/// Client of the owner of the metrics: keeps what edges give until the test takes it. Cloning
/// gives the same.
#[derive(Debug, Clone, Default)]
pub struct SimAggregator(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    given: Vec<Bytes>,
    faults: VecDeque<Lost>,
}

/// The message that is lost when an edge gives its metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The metrics: the owner does not get them.
    Request,
    /// The response: the owner has them, and the edge does not know it.
    Response,
}

impl SimAggregator {
    /// Loses this, the next times.
    pub fn will_lose(&self, faults: impl IntoIterator<Item = Lost>) {
        self.0.borrow_mut().faults.extend(faults);
    }

    /// Takes what edges have given.
    pub fn take(&self) -> Vec<Bytes> {
        core::mem::take(&mut self.0.borrow_mut().given)
    }
}

impl Aggregator for SimAggregator {
    async fn add(&self, deltas: Bytes) -> Result<(), AggregatorError> {
        let mut state = self.0.borrow_mut();
        let fault = state.faults.pop_front();
        if fault != Some(Lost::Request) {
            state.given.push(deltas);
        }
        match fault {
            Some(_) => Err(AggregatorError("connection lost".into())),
            None => Ok(()),
        }
    }
}
