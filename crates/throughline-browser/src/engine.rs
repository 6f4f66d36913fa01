//! The engine: gathers facts into batches and encodes their bodies.

use crate::batching;
use crate::zlib;
use alloc::boxed::Box;
use throughline_facts::{FactsError, Reduced, Reducer};
use throughline_otlp::protobuf::Writer;
use throughline_trace_context::TraceId;
use throughline_wire::bundle::Bundle;

/// The open batch, and the one that was closed last.
#[derive(Debug)]
pub struct Engine {
    reducer: Reducer,
    closed: Reduced,
}

impl Engine {
    /// An engine without facts: the first one it reads is a header.
    pub const fn new() -> Self {
        Self {
            #[cfg(feature = "redact")]
            reducer: Reducer::redacting(),
            #[cfg(not(feature = "redact"))]
            reducer: Reducer::new(),
            closed: Reduced::NONE,
        }
    }

    /// Reads facts.
    ///
    /// # Errors
    /// [`FactsError`] when there is no header of a known version.
    pub fn add(&mut self, facts: &str) -> Result<(), FactsError> {
        self.reducer.add(facts)
    }

    /// The time until the batch is due, ms; less than 0 when there is nothing to send. `since`, when its first fact
    /// was recorded, and `now` are ms since the page's time origin.
    pub fn due(&self, since: u32, now: u32) -> i32 {
        batching::due(&self.reducer, since, now)
    }

    /// Closes the batch and returns the number of its records.
    pub fn close(&mut self) -> u32 {
        self.closed = self.reducer.finish();
        self.closed.records
    }

    /// How many exceptions of browser extensions the closed batch has dropped.
    pub const fn injected(&self) -> u32 {
        self.closed.injected
    }

    /// The facts of the closed batch, reduced; empty when there is nothing to send.
    pub fn facts(&self) -> Box<[u8]> {
        self.closed.facts.as_bytes().into()
    }

    /// The closed batch as a compressed Bundle; empty when there is nothing to send. `batch_id` is
    /// 32 hexadecimal digits, `sent_at` ms since the Unix epoch.
    pub fn bundle(&self, batch_id: &str, sent_at: u64) -> Box<[u8]> {
        if self.closed.facts.is_empty() {
            return Box::default();
        }
        let mut writer = Writer::new();
        // Sixteen random bytes in hexadecimal digits: the form of a trace id.
        let batch_id = TraceId::from_hex(batch_id);
        Bundle {
            facts: self.closed.facts.as_bytes(),
            sent_at_unix_nano: sent_at.wrapping_mul(1_000_000),
            batch_id: batch_id.as_ref().map_or(&[], |id| id.as_bytes()),
            ..Bundle::default()
        }
        .encode(&mut writer);
        zlib::compress_facts(writer.as_bytes()).as_slice().into()
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}
