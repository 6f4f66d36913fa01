//! Writes and reads the response of an OTLP receiver.
//!
//! <https://opentelemetry.io/docs/specs/otlp/#otlphttp-response>

use crate::field::{any, duration, export_response, partial_success, retry_info, rpc_status};
use crate::protobuf::{DecodeError, Value, Writer, fields};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

/// Result of a request that a receiver accepted, perhaps only in part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartialSuccess {
    /// Records that the receiver rejected.
    pub rejected: u64,
    /// The reason; a warning when nothing is rejected.
    pub message: String,
}

impl PartialSuccess {
    /// Reads the body of a success: an `Export…ServiceResponse`. The three signals
    /// share the field numbers.
    ///
    /// # Errors
    /// [`DecodeError`] when it is not protobuf; the receiver is at fault.
    pub fn decode(response: &[u8]) -> Result<Self, DecodeError> {
        let mut partial = Self::default();
        for field in fields(response) {
            let field = field?;
            if let (export_response::PARTIAL_SUCCESS, Value::Bytes(bytes)) =
                (field.number, field.value)
            {
                partial.read(bytes)?;
            }
        }
        Ok(partial)
    }

    /// Writes the body of a success. It is empty when all records are accepted without a
    /// message.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        if *self != Self::default() {
            let open = writer.open(export_response::PARTIAL_SUCCESS);
            writer.varint(partial_success::REJECTED, self.rejected);
            writer.string(partial_success::ERROR_MESSAGE, &self.message);
            writer.close(open);
        }
        writer.into_bytes()
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        for field in fields(bytes) {
            let field = field?;
            match (field.number, field.value) {
                // A negative count has no meaning, and no receiver sends one.
                (partial_success::REJECTED, Value::Varint(rejected)) => {
                    self.rejected = u64::try_from(rejected.cast_signed()).unwrap_or_default();
                }
                (partial_success::ERROR_MESSAGE, Value::Bytes(message)) => {
                    self.message = String::from_utf8_lossy(message).into_owned();
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Writes a `google.rpc.Status`: the body of a failure.
///
/// `code` is one of <https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto>.
pub fn rpc_status(code: u32, message: &str) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.varint(rpc_status::CODE, code.into());
    writer.string(rpc_status::MESSAGE, message);
    writer.into_bytes()
}

/// The same with a `google.rpc.RetryInfo`: when the sender is to send again.
///
/// <https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto>
pub fn rpc_status_with_retry(code: u32, message: &str, after: Duration) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.varint(rpc_status::CODE, code.into());
    writer.string(rpc_status::MESSAGE, message);
    let detail = writer.open(rpc_status::DETAILS);
    writer.string(any::TYPE_URL, "type.googleapis.com/google.rpc.RetryInfo");
    writer.bytes(any::VALUE, &retry_info(after));
    writer.close(detail);
    writer.into_bytes()
}

/// Writes a `google.rpc.RetryInfo`.
pub fn retry_info(after: Duration) -> Vec<u8> {
    let mut writer = Writer::new();
    let delay = writer.open(retry_info::RETRY_DELAY);
    writer.varint(duration::SECONDS, after.as_secs());
    writer.varint(duration::NANOS, after.subsec_nanos().into());
    writer.close(delay);
    writer.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_read_as_it_was_written() {
        let partial = PartialSuccess {
            rejected: 3,
            message: "no trace id".into(),
        };
        assert_eq!(PartialSuccess::decode(&partial.encode()), Ok(partial));
        assert!(PartialSuccess::default().encode().is_empty());
    }
}
