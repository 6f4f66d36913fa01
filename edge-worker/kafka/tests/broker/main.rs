//! Tests of the client with a real broker of Kafka: `cargo xtask test --all kafka` runs them.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "in a test a panic is a failure"
)]

mod commit;
mod group;
mod put;
mod restart;
mod support;
mod takeover;
