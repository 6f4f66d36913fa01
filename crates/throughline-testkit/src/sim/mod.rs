//! A host made of a clock, a seed and a list of faults.
//!
//! A run does not depend on the machine: the clock moves only when all tasks wait for it,
//! random numbers come from the seed, and the network is a [`crate::recorder::Recorder`] per
//! authority. The same seed gives the same run.

mod aggregator;
mod body;
mod executor;
mod host;
mod queue;
mod quota;
mod source_maps;
mod topics;
mod trace_owners;

pub use aggregator::{Lost, SimAggregator};
pub use body::{SimBody, collect};
pub use executor::Executor;
pub use host::{Fault, SimHost};
pub use queue::{PutFault, SimQueue};
pub use quota::{SimQuota, SimRateLimiter};
pub use source_maps::{SimSourceMaps, StoreFault};
pub use topics::SimTopics;
pub use trace_owners::SimTraceOwners;
