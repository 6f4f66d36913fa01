//! Names of attributes and events, one constant each.
//!
//! Generated from `registry.toml`, which also feeds TypeScript, so that page and
//! edge cannot disagree about a name.
//!
//! ```
//! assert_eq!(throughline_semconv::HTTP_REQUEST_METHOD, "http.request.method");
//! ```
#![no_std]

// As `cargo xtask codegen` writes it.
#[rustfmt::skip]
mod generated;

pub use generated::*;
