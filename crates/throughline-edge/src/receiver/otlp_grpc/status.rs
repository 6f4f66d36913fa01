//! The status of a call, as gRPC writes it in headers or trailers.
//!
//! <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses>,
//! <https://opentelemetry.io/docs/specs/otlp/#failures>

use crate::http::Refusal;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use std::fmt::Write as _;
use throughline_otlp::response::{retry_info, rpc_status, rpc_status_with_retry};

/// The trailers of a call that went well.
pub(super) fn ok() -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert(STATUS, HeaderValue::from_static("0"));
    trailers
}

/// Adds why a call was refused.
pub(super) fn set(headers: &mut HeaderMap, refusal: &Refusal) {
    let (code, message) = (code(refusal), refusal.to_string());
    let status = match refusal.retry_after() {
        Some(wait) => rpc_status_with_retry(code, &message, wait),
        None => rpc_status(code, &message),
    };
    headers.insert(STATUS, code.into());
    // Python's exporter reads the wait in metadata of its own, and not in the status.
    let wait = refusal.retry_after().map(retry_info);
    for (name, value) in [
        (MESSAGE, Some(percent_encoded(&message))),
        (DETAILS, Some(base64(&status))),
        (RETRY_INFO, wait.map(|wait| base64(&wait))),
    ] {
        let Some(value) = value else { continue };
        // All of them are printable ASCII.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}

/// The status code of a refused call. It differs from that in a body of OTLP/HTTP where gRPC says
/// which it is.
pub(super) const fn code(refusal: &Refusal) -> u32 {
    match refusal {
        Refusal::ContentEncoding(_) => UNIMPLEMENTED,
        _ => refusal.rpc_code(),
    }
}

/// A message in ASCII: <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses>.
pub(crate) fn percent_encoded(message: &str) -> String {
    let mut encoded = String::with_capacity(message.len());
    for byte in message.bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => encoded.push(char::from(byte)),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// Base64 without padding, as gRPC writes bytes: <https://www.rfc-editor.org/rfc/rfc4648#section-4>.
fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut three = [0; 4];
        for (place, byte) in three.iter_mut().skip(1).zip(group) {
            *place = *byte;
        }
        let bits = u32::from_be_bytes(three);
        for digit in 0..=group.len() {
            let value = (bits >> (18 - 6 * digit)) & 63;
            let letter = ALPHABET.get(usize::try_from(value).unwrap_or_default());
            text.extend(letter.map(|letter| char::from(*letter)));
        }
    }
    text
}

pub(crate) const STATUS: HeaderName = HeaderName::from_static("grpc-status");
pub(crate) const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
pub(crate) const DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");
const RETRY_INFO: HeaderName = HeaderName::from_static("google.rpc.retryinfo-bin");
const UNIMPLEMENTED: u32 = 12;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_messages_are_written_in_ascii() {
        // <https://www.rfc-editor.org/rfc/rfc4648#section-10>
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg"),
            (b"fo", "Zm8"),
            (b"foo", "Zm9v"),
            (b"foobar", "Zm9vYmFy"),
            (&[0xff, 0xef], "/+8"),
        ] {
            assert_eq!(base64(bytes), text);
        }
        assert_eq!(percent_encoded("100 % of é\n"), "100 %25 of %C3%A9%0A");
    }
}
