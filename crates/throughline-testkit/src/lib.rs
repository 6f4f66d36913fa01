//! Loads tests/cases and fixtures; development only.
//!
//! A folder below `tests/cases/{receive,proxy,export}` is a test: what is sent, under
//! which configuration, and what must come of it. [`case::Case`] reads it, a runner
//! plays it on a host, and [`case::Case::check`] compares. [`sim::SimHost`] is the host
//! made of a clock, a seed and a list of faults.

mod canonical;
pub mod case;
pub mod pattern;
pub mod recorder;
pub mod sim;
