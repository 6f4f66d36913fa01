//! The edge pipeline on any host.
//!
//! ```text
//! admit → read → decode → find duplicates → process → export              telemetry
//! route → server span → client span → upstream                            any other request
//! ```
//!
//! [`Edge::handle`](edge::Edge::handle) handles a request; a [`host::Host`] gives it time,
//! randomness and the network.

mod admission;
mod aggregator;
mod batch;
pub mod config;
mod conformance;
pub mod edge;
mod exporter;
pub mod host;
mod http;
mod identity;
mod judge;
mod lease;
mod log_limit;
pub mod machine;
mod metrics;
mod numbered;
pub mod outcome;
mod pipeline;
mod processor;
mod proxy;
mod quota;
mod receiver;
pub mod script;
mod shield;
mod sorted_map;
mod source_maps;
mod state;
mod time;
mod topics;
mod trace;
mod traces;

pub use aggregator::{DeltasError, Exports, MetricsOwner};
pub use config::Config;
pub use edge::Edge;
pub use host::Host;
pub use http::base_url::has_usable_port;
pub use machine::Machine;
pub use processor::{ServedScript, script_addresses, symbolicate_served};
pub use proxy::{PassedBody, Passing};
pub use quota::QuotaOwner;
pub use sorted_map::SortedMap;
pub use topics::{Account, AccountError, Commit, Message, Partition, PartitionLag, Stored};
pub use traces::{DecidedTraces, Floor, RecordsError, TraceOwner};
