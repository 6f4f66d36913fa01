//! The engine of the page: reduces facts to what is sent, and compresses it.
//!
//! ```
//! use throughline_browser::Engine;
//!
//! let mut engine = Engine::new();
//! engine.add("H\u{1f}2\u{1f}0.1.0\u{1f}shop-web\u{1e}\
//!             C\u{1f}1700000000000000\u{1f}0af7651916cd43dd8448eb211c80319c\u{1f}https://shop.example/\u{1e}\
//!             S\u{1f}1200\u{1f}\u{1e}")?;
//! assert_eq!(engine.due(2_000, 2_500), 4_500, "ms until the batch is due");
//!
//! assert_eq!(engine.close(), 1, "one record, the start of the session");
//! let body = engine.bundle("0af7651916cd43dd8448eb211c80319c", 1_700_000_002_000);
//! assert!(!body.is_empty());
//! # Ok::<(), throughline_facts::FactsError>(())
//! ```
//!
//! For WebAssembly it is a module of four exports (src/exports.rs) without `std`. The tests run
//! the same code natively. The page does all I/O.
//!
//! With the feature `web` it is a library for pages that are written in Rust, and has none of
//! these exports: see `web`.
#![cfg_attr(all(target_arch = "wasm32", not(feature = "web")), no_std)]

extern crate alloc;

mod batching;
mod engine;
#[cfg(all(target_arch = "wasm32", not(feature = "web")))]
pub mod exports;
#[cfg(all(target_arch = "wasm32", not(feature = "web")))]
mod platform;
#[cfg(feature = "web")]
pub mod web;
pub mod zlib;

pub use engine::Engine;
