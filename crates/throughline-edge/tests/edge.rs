//! Tests of the edge through its public interface, on the simulated host.
//!
//! One program, because linking takes longer than running: a file is `mod` here, and
//! `cargo test -p throughline-edge --test edge topics::` runs one.
#![expect(clippy::expect_used, reason = "a test fails by a panic")]

mod admission;
mod aggregator;
mod backends;
mod bundle;
mod cases;
mod config;
mod conservation;
mod durable;
mod export;
mod grpc;
mod grpc_export;
mod halving;
mod histograms;
mod log;
mod metrics;
mod normalize;
mod order;
mod passing;
mod projects;
mod proxy;
mod proxy_faults;
mod quota;
mod report;
mod reporting;
mod request_size;
mod sampling;
mod scrub;
mod sentry;
mod source_maps;
mod stats;
mod support;
mod topics;
mod traces;
mod waiting;
