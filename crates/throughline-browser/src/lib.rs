//! The engine that runs in the page: facts in, compressed telemetry out.
//!
//! Built for WebAssembly it is a module of five exports ([`exports`]) without `std`; built
//! natively it is the same code, which is how it is tested. All I/O is the page's.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod batching;
mod engine;
#[cfg(target_arch = "wasm32")]
pub mod exports;
#[cfg(target_arch = "wasm32")]
mod platform;
pub mod retry;
pub mod zlib;

pub use engine::Engine;
