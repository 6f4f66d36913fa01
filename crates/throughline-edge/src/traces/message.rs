//! Messages with records for the owner of their traces.
//!
//! ```proto
//! message Records {
//!   fixed64 sender = 1;        // the edge, at random
//!   uint64 sequence = 2;       // of this edge for this owner, from 1 on
//!   repeated Part parts = 3;
//! }
//! message Part {
//!   string project = 1;        // its name; empty for none
//!   uint64 signal = 2;
//!   bytes request = 3;         // an OTLP export request
//! }
//! ```

use throughline_otlp::Signal;
use throughline_otlp::protobuf::{DecodeError, Value, Writer, fields};

/// Records for one owner.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Message<'a> {
    pub(super) sender: u64,
    pub(super) sequence: u64,
    pub(super) parts: Vec<MessagePart<'a>>,
}

/// Records of one project and signal.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MessagePart<'a> {
    pub(super) project: &'a str,
    pub(super) signal: Signal,
    pub(super) request: &'a [u8],
}

impl<'a> Message<'a> {
    pub(super) fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut message = Self::default();
        for field in fields(bytes) {
            let field = field?;
            match (field.number, field.value) {
                (SENDER, Value::Fixed64(sender)) => message.sender = sender,
                (SEQUENCE, Value::Varint(sequence)) => message.sequence = sequence,
                (PARTS, Value::Bytes(part)) => message.parts.push(decode_part(part)?),
                _ => {}
            }
        }
        Ok(message)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.fixed64(SENDER, self.sender);
        writer.varint(SEQUENCE, self.sequence);
        for part in &self.parts {
            let open = writer.open(PARTS);
            writer.string(PROJECT, part.project);
            writer.varint(SIGNAL, part.signal as u64);
            writer.bytes(REQUEST, part.request);
            writer.close(open);
        }
        writer.into_bytes()
    }
}

fn decode_part(bytes: &[u8]) -> Result<MessagePart<'_>, DecodeError> {
    let (mut project, mut signal, mut request) = ("", Signal::Traces, &[][..]);
    for field in fields(bytes) {
        let field = field?;
        match (field.number, field.value) {
            // A name that is no text is no project's.
            (PROJECT, Value::Bytes(name)) => project = str::from_utf8(name).unwrap_or_default(),
            (SIGNAL, Value::Varint(number)) if number == Signal::Logs as u64 => {
                signal = Signal::Logs;
            }
            (REQUEST, Value::Bytes(bytes)) => request = bytes,
            _ => {}
        }
    }
    Ok(MessagePart {
        project,
        signal,
        request,
    })
}

const SENDER: u32 = 1;
const SEQUENCE: u32 = 2;
const PARTS: u32 = 3;
const PROJECT: u32 = 1;
const SIGNAL: u32 = 2;
const REQUEST: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(sender: u64, sequence: u64, project: String, request: Vec<u8>) {
            let part = |signal| MessagePart { project: &project, signal, request: &request };
            let parts = vec![part(Signal::Traces), part(Signal::Logs)];
            let message = Message { sender, sequence, parts };
            let encoded = message.encode();
            prop_assert_eq!(Message::decode(&encoded), Ok(message));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = Message::decode(&bytes);
        }
    }
}
