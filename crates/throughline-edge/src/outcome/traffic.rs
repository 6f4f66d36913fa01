//! Traffic: the records and bytes of each project, as they come and as they go to backends.
//!
//! A backend charges by what it is sent, and no outcome tells whose that is: batches of several
//! projects may leave in one request. So both are counted where a batch is one project's, when it
//! is accepted and when it is routed. Projects and backends are configured, which bounds the number
//! of counts.

use crate::SortedMap;
use std::sync::Arc;
use throughline_otlp::Signal;

/// The key of a count: records of a project that go one way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flow {
    /// The name of the project; `None` for records of an edge that is open, and of its proxy.
    pub project: Option<Arc<str>>,
    /// The signal.
    pub signal: Signal,
    /// The way they go.
    pub direction: Direction,
    /// The backend that they go to, where a batch goes to several.
    pub backend: Option<Arc<str>>,
}

/// The way that records go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// From a sender to the edge.
    Receive,
    /// From the edge to a backend.
    Transmit,
}

impl Direction {
    /// The value of `network.io.direction`:
    /// <https://opentelemetry.io/docs/specs/semconv/registry/attributes/network/>.
    pub const fn as_str(self) -> &'static str {
        match self {
            Direction::Receive => "receive",
            Direction::Transmit => "transmit",
        }
    }
}

/// Counts by project, signal, direction and backend.
pub type ByFlow = SortedMap<Flow, u64>;

/// The records of each project, and the bytes of the OTLP requests that they are in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Records. Those that come are whatever a request had that was accepted; those that go are
    /// what sampling left.
    pub records: ByFlow,
    /// Bytes of OTLP in protobuf, without compression: as the records were decoded, and as they
    /// were routed to a backend.
    pub bytes: ByFlow,
}

impl Traffic {
    /// Counts a batch.
    pub(super) fn count(&mut self, flow: Flow, records: u64, bytes: usize) {
        super::tally::add(&mut self.records, flow.clone(), records);
        super::tally::add(&mut self.bytes, flow, bytes as u64);
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (sum, more) in [
            (&mut self.records, &other.records),
            (&mut self.bytes, &other.bytes),
        ] {
            for (flow, count) in more {
                super::tally::add(sum, flow.clone(), *count);
            }
        }
    }
}

/// Descriptions of the metrics.
pub(super) const PROJECT_RECORDS_HELP: &str =
    "Records that were received, and routed to a backend, by project";
pub(super) const PROJECT_IO_HELP: &str =
    "Bytes of OTLP that were received, and routed to a backend, by project";
