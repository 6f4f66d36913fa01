//! The messages of the durable queue.
//!
//! ```proto
//! message QueuedBatch {
//!   uint32 version = 1;            // 1
//!   string backend = 2;            // empty where there is one without a name
//!   uint32 signal = 3;             // 1 traces, 2 logs, 3 metrics
//!   uint64 records = 4;
//!   string content_encoding = 5;   // of the body: empty, gzip or zstd
//!   uint64 request_bytes = 6;      // bytes of the body once it is decompressed
//!   bytes body = 7;                // Export*ServiceRequest in protobuf
//! }
//! ```
//!
//! An edge reads its own version alone: another one may mean something else by a field.

use throughline_otlp::Signal;
use throughline_otlp::protobuf::{DecodeError, Value, Writer, fields};

/// A message, borrowed from its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message<'a> {
    pub(super) backend: &'a str,
    pub(super) signal: Signal,
    pub(super) records: u64,
    pub(super) content_encoding: &'a str,
    pub(super) request_bytes: usize,
    pub(super) body: &'a [u8],
}

/// Why a message cannot be read. Whoever put it into the queue is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum MessageError {
    #[error("it is not protobuf: {0}")]
    Protobuf(DecodeError),
    #[error("it has version {0}, and this edge reads version {VERSION}")]
    Version(u64),
    #[error("it names no signal")]
    Signal,
    #[error("a name in it is not UTF-8")]
    Text,
    #[error("it has no records")]
    Empty,
    #[error("it says that its body has {0} bytes")]
    TooLarge(u64),
}

impl<'a> Message<'a> {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.varint(VERSION_FIELD, VERSION);
        writer.string(BACKEND, self.backend);
        let signal = Signal::ALL.iter().position(|signal| *signal == self.signal);
        writer.varint(SIGNAL, signal.map_or(0, |at| at as u64 + 1));
        writer.varint(RECORDS, self.records);
        writer.string(CONTENT_ENCODING, self.content_encoding);
        writer.varint(REQUEST_BYTES, self.request_bytes as u64);
        writer.bytes(BODY, self.body);
        writer.into_bytes()
    }

    /// # Errors
    /// [`MessageError`] when no edge of this version has written it.
    pub(super) fn decode(bytes: &'a [u8]) -> Result<Self, MessageError> {
        let (mut version, mut signal, mut records, mut request_bytes) = (0, 0, 0, 0);
        let (mut backend, mut content_encoding, mut body) = (&[][..], &[][..], &[][..]);
        for field in fields(bytes) {
            let field = field.map_err(MessageError::Protobuf)?;
            match (field.number, field.value) {
                (VERSION_FIELD, Value::Varint(value)) => version = value,
                (SIGNAL, Value::Varint(value)) => signal = value,
                (RECORDS, Value::Varint(value)) => records = value,
                (REQUEST_BYTES, Value::Varint(value)) => request_bytes = value,
                (BACKEND, Value::Bytes(value)) => backend = value,
                (CONTENT_ENCODING, Value::Bytes(value)) => content_encoding = value,
                (BODY, Value::Bytes(value)) => body = value,
                _ => {}
            }
        }
        if version != VERSION {
            return Err(MessageError::Version(version));
        }
        if records == 0 {
            return Err(MessageError::Empty);
        }
        let at = usize::try_from(signal)
            .ok()
            .and_then(|at| at.checked_sub(1));
        let text = |bytes| core::str::from_utf8(bytes).map_err(|_| MessageError::Text);
        Ok(Self {
            backend: text(backend)?,
            signal: *(at.and_then(|at| Signal::ALL.get(at))).ok_or(MessageError::Signal)?,
            records,
            content_encoding: text(content_encoding)?,
            request_bytes: usize::try_from(request_bytes)
                .ok()
                .filter(|bytes| *bytes <= MAX_REQUEST_BYTES)
                .ok_or(MessageError::TooLarge(request_bytes))?,
            body,
        })
    }
}

const VERSION: u64 = 1;
/// No batch is larger than the largest body that an operator would admit.
const MAX_REQUEST_BYTES: usize = 256 << 20;

const VERSION_FIELD: u32 = 1;
const BACKEND: u32 = 2;
const SIGNAL: u32 = 3;
const RECORDS: u32 = 4;
const CONTENT_ENCODING: u32 = 5;
const REQUEST_BYTES: u32 = 6;
const BODY: u32 = 7;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_message_is_read_as_it_was_written(
            backend: String,
            signal in prop::sample::select(Signal::ALL.to_vec()),
            records in 1u64..,
            content_encoding in "|gzip|zstd",
            request_bytes in 0..MAX_REQUEST_BYTES,
            body: Vec<u8>,
        ) {
            let message = Message {
                backend: &backend,
                signal,
                records,
                content_encoding: &content_encoding,
                request_bytes,
                body: &body,
            };
            let bytes = message.encode();
            prop_assert_eq!(Message::decode(&bytes), Ok(message));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = Message::decode(&bytes);
        }
    }

    #[test]
    fn what_no_edge_has_written_is_refused_in_words() {
        let read = |bytes: &[u8]| Message::decode(bytes).expect_err("refused").to_string();
        assert_eq!(read(b""), "it has version 0, and this edge reads version 1");
        assert_eq!(
            read(b"\x08\x02"),
            "it has version 2, and this edge reads version 1"
        );
        assert_eq!(read(b"\x08\x01"), "it has no records");
        assert_eq!(read(b"\x08\x01\x20\x05"), "it names no signal");
        assert!(read(b"{}").starts_with("it is not protobuf"));
    }
}
