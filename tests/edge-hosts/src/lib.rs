//! Plays tests/cases over HTTP on every host of the edge.
//!
//! `cargo test -p throughline-edge-hosts` plays them on the native host, with
//! `THROUGHLINE_HOST=cloudflare` on workerd. A host runs once per configuration, started
//! by `cargo xtask serve` as anybody would start it.

pub mod recording;
pub mod running;
pub mod sending;
