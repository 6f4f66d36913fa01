//! The engine: gathers facts into batches and encodes their bodies.

use crate::batching::Batching;
use crate::zlib;
use alloc::boxed::Box;
use alloc::vec::Vec;
use throughline_facts::{Assembler, FactsError, Telemetry};
use throughline_otlp::protobuf::Writer;
use throughline_trace_context::TraceId;
use throughline_wire::bundle::{Bundle, Dropped};

/// The open batch, and the one that was closed last.
#[derive(Debug)]
pub struct Engine {
    assembler: Assembler,
    batching: Batching,
    closed: Telemetry,
}

impl Engine {
    /// An engine without facts: the first one it reads is a header.
    pub const fn new() -> Self {
        Self {
            assembler: Assembler::new(),
            batching: Batching::new(),
            closed: Telemetry::NONE,
        }
    }

    /// Reads facts.
    ///
    /// # Errors
    /// [`FactsError`] when there is no header of a known version.
    pub fn add(&mut self, facts: &str) -> Result<(), FactsError> {
        self.assembler.add(facts)
    }

    /// The time until the batch is due, ms; less than 0 when there is nothing to send. `now`
    /// is ms since the page's time origin.
    pub fn due(&mut self, now: u32) -> i32 {
        self.batching.due(&self.assembler, now)
    }

    /// Closes the batch and returns the number of its records.
    pub fn close(&mut self) -> u32 {
        self.closed = self.assembler.finish();
        self.batching = Batching::new();
        self.closed.records
    }

    /// The spans of the closed batch as an `ExportTraceServiceRequest`; empty for none.
    pub fn traces(&self) -> Box<[u8]> {
        self.closed.traces.as_slice().into()
    }

    /// The log records of the closed batch as an `ExportLogsServiceRequest`; empty for none.
    pub fn logs(&self) -> Box<[u8]> {
        self.closed.logs.as_slice().into()
    }

    /// The closed batch as a compressed Bundle. `batch_id` is 32 hexadecimal digits,
    /// `sent_at` ms since the Unix epoch.
    pub fn bundle(&self, batch_id: &str, sent_at: u64) -> Box<[u8]> {
        let mut writer = Writer::new();
        // Sixteen random bytes in hexadecimal digits: the form of a trace id.
        let batch_id = TraceId::from_hex(batch_id);
        Bundle {
            traces: &self.closed.traces,
            logs: &self.closed.logs,
            metrics: &[],
            sent_at_unix_nano: sent_at.wrapping_mul(1_000_000),
            batch_id: batch_id.as_ref().map_or(&[], |id| id.as_bytes()),
            dropped: Vec::new(),
        }
        .encode(&mut writer);
        for (reason, count) in self.closed.dropped() {
            Dropped { reason, count }.encode(&mut writer);
        }
        zlib::compress(writer.as_bytes()).as_slice().into()
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}
