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

/// The wait in the `google.rpc.RetryInfo` of a `google.rpc.Status`: a sender may send again after
/// it. `None` where there is no such detail; a negative wait is zero.
///
/// # Errors
/// [`DecodeError`] when the status is not protobuf; the receiver is at fault.
pub fn retry_after(status: &[u8]) -> Result<Option<Duration>, DecodeError> {
    let mut wait = None;
    for field in fields(status) {
        let field = field?;
        if let (rpc_status::DETAILS, Value::Bytes(detail)) = (field.number, field.value) {
            wait = wait_of(detail)?.or(wait);
        }
    }
    Ok(wait)
}

/// The wait of a detail, where it is a `google.rpc.RetryInfo`.
fn wait_of(detail: &[u8]) -> Result<Option<Duration>, DecodeError> {
    let (mut type_url, mut value) = (&[][..], &[][..]);
    for field in fields(detail) {
        let field = field?;
        match (field.number, field.value) {
            (any::TYPE_URL, Value::Bytes(bytes)) => type_url = bytes,
            (any::VALUE, Value::Bytes(bytes)) => value = bytes,
            _ => {}
        }
    }
    // The part before the last slash is not compared:
    // <https://github.com/protocolbuffers/protobuf/blob/main/src/google/protobuf/any.proto>
    if type_url.rsplit(|byte| *byte == b'/').next() != Some(RETRY_INFO.as_bytes()) {
        return Ok(None);
    }
    let mut wait = Duration::ZERO;
    for field in fields(value) {
        let field = field?;
        if let (retry_info::RETRY_DELAY, Value::Bytes(bytes)) = (field.number, field.value) {
            wait = read_duration(bytes)?;
        }
    }
    Ok(Some(wait))
}

/// Reads a `google.protobuf.Duration`.
fn read_duration(bytes: &[u8]) -> Result<Duration, DecodeError> {
    let (mut seconds, mut nanos) = (0, 0);
    for field in fields(bytes) {
        let field = field?;
        match (field.number, field.value) {
            (duration::SECONDS, Value::Varint(value)) => seconds = value.cast_signed(),
            (duration::NANOS, Value::Varint(value)) => nanos = value.cast_signed(),
            _ => {}
        }
    }
    let whole = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    // A negative duration is negative in both.
    let rest = Duration::from_nanos(u64::try_from(nanos).unwrap_or_default().min(LESS_THAN_ONE));
    Ok(whole.saturating_add(rest))
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
    writer.string(any::TYPE_URL, &[TYPE_PREFIX, RETRY_INFO].concat());
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

const TYPE_PREFIX: &str = "type.googleapis.com/";
const RETRY_INFO: &str = "google.rpc.RetryInfo";
/// The most ns of a duration besides its seconds.
const LESS_THAN_ONE: u64 = 999_999_999;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_wait_is_read_as_it_was_written(
            seconds in 0..u64::MAX / 2,
            nanos in 0u32..1_000_000_000,
            message: String,
        ) {
            let wait = Duration::new(seconds, nanos);
            let status = rpc_status_with_retry(14, &message, wait);
            prop_assert_eq!(retry_after(&status), Ok(Some(wait)));
        }

        #[test]
        fn any_bytes_are_a_status_or_refused(bytes: Vec<u8>) {
            let _ = retry_after(&bytes);
        }

        #[test]
        fn a_status_that_is_cut_off_is_no_panic(wait: Duration, cut in 0usize..80) {
            let status = rpc_status_with_retry(8, "full", wait);
            let _ = retry_after(&status[..cut.min(status.len())]);
        }
    }

    #[test]
    fn only_a_retry_info_is_a_wait() {
        assert_eq!(retry_after(&rpc_status(8, "over the quota")), Ok(None));
        let detail = |type_url: &str, value: &[u8]| {
            let mut writer = Writer::new();
            let detail = writer.open(rpc_status::DETAILS);
            writer.string(any::TYPE_URL, type_url);
            writer.bytes(any::VALUE, value);
            writer.close(detail);
            retry_after(&writer.into_bytes())
        };
        let second = retry_info(Duration::from_secs(1));
        assert_eq!(
            detail("type.googleapis.com/google.rpc.Help", &second),
            Ok(None)
        );
        assert_eq!(
            detail("type.googleapis.com/google.rpc.RetryInfo", &second),
            Ok(Some(Duration::from_secs(1)))
        );
        // Without a delay it says that the sender may send again.
        assert_eq!(
            detail("google.rpc.RetryInfo", b""),
            Ok(Some(Duration::ZERO))
        );
        let mut negative = Writer::new();
        let delay = negative.open(retry_info::RETRY_DELAY);
        negative.varint(duration::SECONDS, (-3i64).cast_unsigned());
        negative.varint(duration::NANOS, (-5i64).cast_unsigned());
        negative.close(delay);
        assert_eq!(
            detail("x/google.rpc.RetryInfo", &negative.into_bytes()),
            Ok(Some(Duration::ZERO))
        );
    }

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
