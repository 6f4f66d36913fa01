//! How do facts become a body to send?

use crate::batching::Batching;
use crate::zlib;
use alloc::vec::Vec;
use throughline_facts::{Assembler, FactsError, Telemetry};
use throughline_otlp::bundle::{Bundle, Dropped};
use throughline_otlp::protobuf::Writer;

/// Gathers facts into batches.
#[derive(Debug)]
pub struct Engine {
    assembler: Assembler,
    batching: Batching,
    sealed: Telemetry,
}

impl Engine {
    /// Begins with a text whose first record is a header.
    ///
    /// # Errors
    /// [`FactsError`] when there is no header that can be read.
    pub fn begin(facts: &str) -> Result<Self, FactsError> {
        Ok(Self {
            assembler: Assembler::begin(facts)?,
            batching: Batching::default(),
            sealed: Telemetry::default(),
        })
    }

    /// Takes up facts.
    pub fn add(&mut self, facts: &str) {
        self.assembler.add(facts);
    }

    /// In how many ms a batch is due; less than 0 when nothing waits. `now` is ms since the
    /// page's time origin.
    pub fn due(&mut self, now: u32) -> i32 {
        self.batching.due(&self.assembler, now)
    }

    /// Closes the batch, and says how many records are in it.
    pub fn seal(&mut self) -> u32 {
        let records = self.assembler.records();
        self.sealed = self.assembler.finish();
        self.batching = Batching::default();
        u32::try_from(records).unwrap_or(u32::MAX)
    }

    /// The closed batch as a compressed Bundle. `batch_id` is 32 hexadecimal digits,
    /// `sent_at` ms since the Unix epoch.
    pub fn bundle(&self, batch_id: &str, sent_at: u64) -> Vec<u8> {
        let unreadable = Dropped {
            reason: UNREADABLE,
            count: self.sealed.unreadable,
        };
        let dropped = self.sealed.dropped.iter().map(|dropped| Dropped {
            reason: &dropped.reason,
            count: dropped.count,
        });
        let bundle = Bundle {
            traces: &self.sealed.traces,
            logs: &self.sealed.logs,
            metrics: &self.sealed.metrics,
            sent_at_unix_nano: sent_at.saturating_mul(1_000_000),
            batch_id: &bytes_of_hex(batch_id),
            dropped: dropped
                .chain((unreadable.count > 0).then_some(unreadable))
                .collect(),
        };
        let mut writer = Writer::new();
        bundle.encode(&mut writer);
        zlib::compress(writer.as_bytes())
    }

    /// The closed batch's `ExportTraceServiceRequest`; empty when it has no spans.
    pub fn traces(&self) -> &[u8] {
        &self.sealed.traces
    }

    /// The closed batch's `ExportLogsServiceRequest`; empty when it has no log records.
    pub fn logs(&self) -> &[u8] {
        &self.sealed.logs
    }
}

fn bytes_of_hex(digits: &str) -> Vec<u8> {
    let value = |digit: u8| (digit as char).to_digit(16).unwrap_or(0) as u8;
    let pairs = digits.as_bytes().chunks_exact(2);
    pairs
        .map(|pair| value(pair[0]) << 4 | value(pair[1]))
        .collect()
}

/// A record that capture wrote and the engine cannot read: the two are out of step.
const UNREADABLE: &str = "unreadable";
