//! The lags of the partitions that a core has, for the metrics of its edge.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use throughline_edge::{Edge, PartitionLag};
use throughline_kafka::{Member, TopicPartition};
use tokio::task::spawn_local;

/// The lags of partitions, from their assignment on. They are none once this is dropped.
pub(super) struct Lags(Rc<State>);

struct State {
    edge: Edge,
    group: Arc<str>,
    /// The first message of each partition that has not ended.
    committed: RefCell<BTreeMap<TopicPartition, i64>>,
    /// Whether a request is under way.
    is_asking: Cell<bool>,
}

impl Lags {
    pub(super) fn new(edge: Edge, group: &str, committed: BTreeMap<TopicPartition, i64>) -> Self {
        Self(Rc::new(State {
            edge,
            group: group.into(),
            committed: RefCell::new(committed),
            is_asking: Cell::new(false),
        }))
    }

    /// Notes that an offset is committed.
    pub(super) fn committed(&self, topic: &str, partition: i32, offset: i64) {
        let mut committed = self.0.committed.borrow_mut();
        let mut known = committed.iter_mut();
        let known = known.find(|(of, _)| of.partition == partition && *of.topic == *topic);
        if let Some((_, known)) = known {
            *known = offset;
        }
    }

    /// Asks brokers for the ends of the partitions, unless that is under way, and sets the lags then.
    pub(super) fn ask(&self, member: &Member) {
        if self.0.is_asking.replace(true) {
            return;
        }
        let partitions: Vec<_> = self.0.committed.borrow().keys().cloned().collect();
        let ends = member.ends(&partitions, WITHIN);
        let state = Rc::downgrade(&self.0);
        spawn_local(async move {
            let ends = ends.await;
            if let Some(state) = state.upgrade() {
                state.is_asking.set(false);
                // Nobody knows the lags while no broker responds.
                state.set(&ends.unwrap_or_default());
            }
        });
    }
}

impl State {
    fn set(&self, ends: &[(TopicPartition, i64)]) {
        let committed = self.committed.borrow();
        let lags = ends.iter().filter_map(|(of, end)| {
            let messages = end.saturating_sub(*committed.get(of)?);
            Some(PartitionLag {
                group: Arc::clone(&self.group),
                topic: Arc::clone(&of.topic),
                partition: of.partition,
                messages: u64::try_from(messages).unwrap_or(0),
            })
        });
        self.edge.set_lags(lags.collect());
    }
}

impl Drop for Lags {
    fn drop(&mut self) {
        self.0.edge.set_lags(Vec::new());
    }
}

/// How often brokers are asked.
pub(super) const EVERY: Duration = Duration::from_secs(10);
/// How long they may take: a member leaves its group after that.
const WITHIN: Duration = Duration::from_secs(3);
