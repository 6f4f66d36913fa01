//! Messages with records for the owner of their traces.
//!
//! ```proto
//! message Records {            // see `numbered`
//!   fixed64 sender = 1;
//!   uint64 sequence = 2;
//!   repeated Part parts = 3;
//! }
//! message Part {
//!   string project = 1;        // its name; empty for none
//!   uint64 signal = 2;
//!   bytes request = 3;         // an OTLP export request
//! }
//! ```

use crate::numbered::{Numbered, Part};
use throughline_otlp::Signal;
use throughline_otlp::protobuf::{DecodeError, Value, Writer, fields};

/// Records for one owner.
pub(super) type Message<'a> = Numbered<MessagePart<'a>>;

/// Records of one project and signal.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MessagePart<'a> {
    pub(super) project: &'a str,
    pub(super) signal: Signal,
    pub(super) request: &'a [u8],
}

impl<'a> Part<'a> for MessagePart<'a> {
    fn decode(bytes: &'a [u8]) -> Result<Option<Self>, DecodeError> {
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
        Ok(Some(MessagePart {
            project,
            signal,
            request,
        }))
    }

    fn write(&self, writer: &mut Writer) {
        writer.string(PROJECT, self.project);
        writer.varint(SIGNAL, self.signal as u64);
        writer.bytes(REQUEST, self.request);
    }
}

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
