//! Writes the facts that the page's engine has reduced as OTLP, for receivers that are no
//! Throughline edge.
//!
//! It is a WebAssembly module of its own, which only pages with `protocol: otlp` load: an edge
//! does the same for all others.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

use alloc::boxed::Box;
use alloc::vec::Vec;

/// Writes reduced facts: in four bytes each, the lowest first, the length of the spans, and how many exceptions of scripts
/// that are none of the page's were dropped; then the spans as an
/// `ExportTraceServiceRequest`, and the log records as an `ExportLogsServiceRequest`.
///
/// ```
/// let facts = "H\u{1f}2\u{1e}C\u{1f}1700000000000000\u{1e}S\u{1f}1200\u{1e}";
/// let written = throughline_browser_otlp::write(facts);
/// assert_eq!(written[..8], [0; 8], "no spans, nothing dropped");
/// assert!(written.len() > 8, "one log record");
/// ```
#[cfg_attr(target_arch = "wasm32", wasm_bindgen::prelude::wasm_bindgen)]
pub fn write(facts: &str) -> Box<[u8]> {
    let telemetry = throughline_facts::otlp::write(facts);
    let length = telemetry.traces.len() as u32;
    let mut written = Vec::from(length.to_le_bytes());
    written.extend_from_slice(&telemetry.injected.to_le_bytes());
    written.extend_from_slice(&telemetry.traces);
    written.extend_from_slice(&telemetry.logs);
    written.into()
}

#[cfg(target_arch = "wasm32")]
#[path = "../../throughline-browser/src/platform.rs"]
mod platform;
