//! Runs the cases of `tests/cases` over HTTP on every host of the edge.
//!
//! `cargo test -p throughline-edge-hosts` runs them on the native host, with
//! `THROUGHLINE_HOST=cloudflare` on workerd, with `THROUGHLINE_HOST=lambda` under the runtime
//! client of AWS Lambda. `cargo xtask serve` starts a host for each configuration.

pub mod recording;
pub mod running;
pub mod sending;
