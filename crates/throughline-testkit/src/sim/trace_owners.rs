//! Client of the owners of traces, with faults.

use super::{Executor, Lost};
use bytes::Bytes;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use throughline_edge::Floor;
use throughline_edge::host::{TraceOwners, TraceOwnersError};

/// Client of the owners of traces: keeps what edges give until the test takes it. Cloning gives
/// the same.
#[derive(Clone)]
pub struct SimTraceOwners {
    executor: Executor,
    state: Rc<RefCell<State>>,
}

#[derive(Debug, Default)]
struct State {
    given: Vec<(usize, Bytes)>,
    faults: VecDeque<Lost>,
    /// By the number of the owner.
    floors: Vec<(usize, Floor)>,
}

impl SimTraceOwners {
    /// A client, on the clock of this executor.
    pub fn new(executor: &Executor) -> Self {
        Self {
            executor: executor.clone(),
            state: Rc::default(),
        }
    }

    /// Loses this, the next times.
    pub fn will_lose(&self, faults: impl IntoIterator<Item = Lost>) {
        self.state.borrow_mut().faults.extend(faults);
    }

    /// Sets the floor that an owner responds with.
    pub fn set_floor(&self, owner: usize, floor: Floor) {
        let floors = &mut self.state.borrow_mut().floors;
        floors.retain(|(of, _)| *of != owner);
        floors.push((owner, floor));
    }

    /// Takes what edges have given, each with the number of the owner.
    pub fn take(&self) -> Vec<(usize, Bytes)> {
        std::mem::take(&mut self.state.borrow_mut().given)
    }
}

impl TraceOwners for SimTraceOwners {
    async fn give(&self, owner: usize, records: Bytes) -> Result<Floor, TraceOwnersError> {
        self.executor.sleep(ONE_WAY).await;
        let mut state = self.state.borrow_mut();
        let fault = state.faults.pop_front();
        if fault != Some(Lost::Request) {
            state.given.push((owner, records));
        }
        match fault {
            Some(_) => Err(TraceOwnersError("connection lost".into())),
            None => {
                let floor = state.floors.iter().find(|(of, _)| *of == owner);
                Ok(floor.map_or(Floor::NONE, |(_, floor)| *floor))
            }
        }
    }
}

/// The latency in one direction.
const ONE_WAY: Duration = Duration::from_millis(20);
