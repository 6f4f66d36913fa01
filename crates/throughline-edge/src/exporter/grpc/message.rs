//! The message of a status, as it stands in a header.

use http::HeaderValue;

/// Decodes `grpc-message`: UTF-8 in percent-encoding. What is not encoded so stays as it is.
///
/// <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses>
pub(super) fn decode(value: &HeaderValue) -> String {
    let mut rest = value.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let Some((first, after)) = rest.split_first() {
        let (byte, left) = match (first, after) {
            (b'%', [high, low, left @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, left),
                _ => (b'%', after),
            },
            _ => (*first, after),
        };
        decoded.push(byte);
        rest = left;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn digit(byte: u8) -> Option<u8> {
    let value = char::from(byte).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receiver::otlp_grpc::status::percent_encoded;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_message_is_read_as_it_was_written(message: String) {
            let value = HeaderValue::try_from(percent_encoded(&message)).expect("ASCII");
            prop_assert_eq!(decode(&value), message);
        }
    }

    #[test]
    fn what_is_not_encoded_stays() {
        for (sent, read) in [
            ("100 % of it", "100 % of it"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz%41", "%zzA"),
            ("%C3%A9", "é"),
            ("%FF", "\u{fffd}"),
        ] {
            assert_eq!(decode(&HeaderValue::from_static(sent)), read);
        }
    }
}
