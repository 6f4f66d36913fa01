//! The metrics of one edge on their way to their owner.
//!
//! ```proto
//! message Deltas {             // see `numbered`
//!   fixed64 sender = 1;
//!   uint64 sequence = 2;
//!   repeated Part parts = 3;
//! }
//! message Part {
//!   string backend = 1;        // its name; empty where there is one
//!   bytes request = 2;         // ExportMetricsServiceRequest, of deltas
//! }
//! ```

use crate::numbered::{self, Numbered};
use throughline_otlp::protobuf::{DecodeError, Value, Writer, fields};

/// The metrics of one edge.
pub(super) type Deltas<'a> = Numbered<Part<'a>>;

/// The metrics for one backend.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) backend: &'a str,
    pub(super) request: &'a [u8],
}

impl<'a> numbered::Part<'a> for Part<'a> {
    fn decode(bytes: &'a [u8]) -> Result<Option<Self>, DecodeError> {
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
        Ok(Some(part))
    }

    fn write(&self, writer: &mut Writer) {
        writer.string(BACKEND, self.backend);
        writer.bytes(REQUEST, self.request);
    }
}

const BACKEND: u32 = 1;
const REQUEST: u32 = 2;
