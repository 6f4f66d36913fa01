//! The test kit: cases of `tests/cases` and a simulated host; development only.
//!
//! A folder below an area of [`case::AREAS`] is a test: a request, the edge's configuration
//! and the expected results. [`case::Case`] reads it, a runner runs it on a host, and
//! [`case::Case::check`] compares. [`sim::SimHost`] is a host without a platform: a clock,
//! a seed and a list of faults. [`broker::Broker`] is a real broker of Kafka.

pub mod broker;
mod canonical;
pub mod case;
pub mod pattern;
pub mod port;
pub mod recorder;
pub mod sim;
pub mod source_map;
#[cfg(feature = "web-socket")]
pub mod web_socket;
