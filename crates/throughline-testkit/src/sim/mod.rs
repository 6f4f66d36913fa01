//! A host made of a clock, a seed and a list of faults.
//!
//! Nothing of it depends on the machine: the clock moves only when all work waits for
//! it, chance comes from the seed, and the network is a [`crate::recorder::Recorder`]
//! per authority. The same seed gives the same run.

mod executor;
mod host;

pub use executor::Executor;
pub use host::{SimBody, SimHost};
