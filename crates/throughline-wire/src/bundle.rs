//! The Bundle: one batch of telemetry as the page's engine posts it.
//!
//! ```proto
//! message Bundle {
//!   bytes traces = 1;                  // ExportTraceServiceRequest
//!   bytes logs = 2;                    // ExportLogsServiceRequest
//!   bytes metrics = 3;                 // ExportMetricsServiceRequest
//!   fixed64 sent_at_unix_nano = 4;     // the page's clock when it was sent, ns
//!   bytes batch_id = 5;                // 16 random bytes: a second copy is the same batch
//!   repeated Dropped dropped = 6;      // records that the page dropped since the last Bundle
//!   bytes facts = 7;                   // a text of facts, which the edge writes as OTLP
//! }
//! message Dropped {
//!   string reason = 1;
//!   uint64 count = 2;                  // records
//! }
//! ```
//!
//! On the wire it is zlib-compressed ([RFC 1950](https://www.rfc-editor.org/rfc/rfc1950))
//! and posted as `text/plain`, so that no preflight is needed. One of facts is compressed with the
//! preset [`dictionary`](crate::dictionary). A first byte of
//! `0x78` distinguishes zlib from a bare Bundle: as a protobuf tag it would be field 15
//! with wire type 0, which a Bundle does not have.

use alloc::vec::Vec;
use throughline_otlp::protobuf::{DecodeError, Value, Writer, fields};

/// A decoded Bundle, borrowed from the bytes it came in.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Bundle<'a> {
    /// An `ExportTraceServiceRequest`, empty when there are no spans.
    pub traces: &'a [u8],
    /// An `ExportLogsServiceRequest`, empty when there are no log records.
    pub logs: &'a [u8],
    /// An `ExportMetricsServiceRequest`, empty when there are no metrics.
    pub metrics: &'a [u8],
    /// The page's clock when the Bundle was sent, in ns since the Unix epoch.
    pub sent_at_unix_nano: u64,
    /// Identity of the batch: 16 random bytes.
    pub batch_id: &'a [u8],
    /// The records that the page dropped, by reason.
    pub dropped: Vec<Dropped<'a>>,
    /// A text of [`facts`](crate::facts), empty for none: what the engine sends.
    pub facts: &'a [u8],
}

/// Records that the page dropped for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped<'a> {
    /// A name of [`DropReason`](crate::DropReason), or one of a newer page.
    pub reason: &'a str,
    /// How many records.
    pub count: u64,
}

impl<'a> Bundle<'a> {
    /// Reads a Bundle; unknown fields are ignored.
    ///
    /// # Errors
    /// [`DecodeError`] when the bytes are not protobuf; the page is at fault.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut bundle = Self::default();
        for field in fields(bytes) {
            let field = field?;
            match (field.number, field.value) {
                (TRACES, Value::Bytes(bytes)) => bundle.traces = bytes,
                (LOGS, Value::Bytes(bytes)) => bundle.logs = bytes,
                (METRICS, Value::Bytes(bytes)) => bundle.metrics = bytes,
                (SENT_AT_UNIX_NANO, Value::Fixed64(at)) => bundle.sent_at_unix_nano = at,
                (BATCH_ID, Value::Bytes(bytes)) => bundle.batch_id = bytes,
                (DROPPED, Value::Bytes(bytes)) => bundle.dropped.push(Dropped::decode(bytes)?),
                (FACTS, Value::Bytes(text)) => bundle.facts = text,
                _ => {}
            }
        }
        Ok(bundle)
    }

    /// Appends the Bundle's fields.
    pub fn encode(&self, writer: &mut Writer) {
        writer.bytes(TRACES, self.traces);
        writer.bytes(LOGS, self.logs);
        writer.bytes(METRICS, self.metrics);
        writer.fixed64(SENT_AT_UNIX_NANO, self.sent_at_unix_nano);
        writer.bytes(BATCH_ID, self.batch_id);
        for dropped in &self.dropped {
            dropped.encode(writer);
        }
        writer.bytes(FACTS, self.facts);
    }
}

impl<'a> Dropped<'a> {
    /// Appends the reason and the count to a Bundle's fields.
    pub fn encode(&self, writer: &mut Writer) {
        let open = writer.open(DROPPED);
        writer.string(REASON, self.reason);
        writer.varint(COUNT, self.count);
        writer.close(open);
    }

    fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut dropped = Self {
            reason: "",
            count: 0,
        };
        for field in fields(bytes) {
            let field = field?;
            match (field.number, field.value) {
                (REASON, Value::Bytes(reason)) => {
                    dropped.reason = core::str::from_utf8(reason).unwrap_or("invalid_utf8");
                }
                (COUNT, Value::Varint(count)) => dropped.count = count,
                _ => {}
            }
        }
        Ok(dropped)
    }
}

const TRACES: u32 = 1;
const LOGS: u32 = 2;
const METRICS: u32 = 3;
const SENT_AT_UNIX_NANO: u32 = 4;
const BATCH_ID: u32 = 5;
const DROPPED: u32 = 6;
const FACTS: u32 = 7;
const REASON: u32 = 1;
const COUNT: u32 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn an_encoded_bundle_is_decoded() {
        let bundle = Bundle {
            traces: b"\x0a\x00",
            logs: b"",
            metrics: b"",
            sent_at_unix_nano: 1_700_000_000_000_000_000,
            batch_id: &[9; 16],
            dropped: vec![Dropped {
                reason: "queue_full",
                count: 3,
            }],
            facts: b"H\x1f2\x1e",
        };
        let mut writer = Writer::new();
        bundle.encode(&mut writer);
        assert_eq!(Bundle::decode(writer.as_bytes()), Ok(bundle));
    }
}
