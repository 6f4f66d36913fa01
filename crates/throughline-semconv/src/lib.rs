//! Names of attributes, events and metrics as constants, and fixed values of some of them.
//!
//! The names are generated from `registry.toml`, as are those in TypeScript, so page and edge
//! always use the same ones.
//!
//! ```
//! assert_eq!(throughline_semconv::HTTP_REQUEST_METHOD, "http.request.method");
//! ```
#![no_std]

// As `cargo xtask codegen` writes it.
#[rustfmt::skip]
mod generated;
pub mod http;
pub mod older;

pub use generated::*;
