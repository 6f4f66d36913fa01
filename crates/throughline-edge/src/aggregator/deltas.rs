//! The metrics of one edge on their way to their owner.
//!
//! ```proto
//! message Deltas {
//!   fixed64 sender = 1;        // the edge, at random
//!   uint64 sequence = 2;       // of this edge, from 1 on: a second copy is known by it
//!   repeated Part parts = 3;
//! }
//! message Part {
//!   string backend = 1;        // its name; empty where there is one
//!   bytes request = 2;         // ExportMetricsServiceRequest, of deltas
//! }
//! ```

use bytes::Bytes;
use throughline_otlp::protobuf::{DecodeError, Value, Writer, fields};

/// The metrics of one edge.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Deltas<'a> {
    pub(super) sender: u64,
    pub(super) sequence: u64,
    pub(super) parts: Vec<Part<'a>>,
}

/// The metrics for one backend.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) backend: &'a str,
    pub(super) request: &'a [u8],
}

impl<'a> Deltas<'a> {
    pub(super) fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut deltas = Self::default();
        for field in fields(bytes) {
            let field = field?;
            match (field.number, field.value) {
                (SENDER, Value::Fixed64(sender)) => deltas.sender = sender,
                (SEQUENCE, Value::Varint(sequence)) => deltas.sequence = sequence,
                (PARTS, Value::Bytes(part)) => deltas.parts.push(Part::decode(part)?),
                _ => {}
            }
        }
        Ok(deltas)
    }

    pub(super) fn encode(&self) -> Bytes {
        let mut writer = Writer::new();
        writer.fixed64(SENDER, self.sender);
        writer.varint(SEQUENCE, self.sequence);
        for part in &self.parts {
            part.write(&mut writer, PARTS);
        }
        writer.into_bytes().into()
    }
}

impl<'a> Part<'a> {
    pub(super) fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut part = Self::default();
        for field in fields(bytes) {
            let field = field?;
            match (field.number, field.value) {
                // A name that is no text is no backend's.
                (BACKEND, Value::Bytes(name)) => {
                    part.backend = str::from_utf8(name).unwrap_or_default();
                }
                (REQUEST, Value::Bytes(request)) => part.request = request,
                _ => {}
            }
        }
        Ok(part)
    }

    pub(super) fn write(&self, writer: &mut Writer, field: u32) {
        let open = writer.open(field);
        writer.string(BACKEND, self.backend);
        writer.bytes(REQUEST, self.request);
        writer.close(open);
    }
}

const SENDER: u32 = 1;
const SEQUENCE: u32 = 2;
const PARTS: u32 = 3;
const BACKEND: u32 = 1;
const REQUEST: u32 = 2;
