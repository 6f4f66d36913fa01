//! Tests of the client with a real broker of Kafka: `cargo xtask test --all kafka` runs them.

mod commit;
mod group;
mod put;
mod restart;
mod support;
mod takeover;
