//! Tests of the grammar of envelopes, by examples and by properties.
#![expect(clippy::expect_used, reason = "a test fails by a panic")]

use proptest::prelude::*;
use throughline_sentry::{Envelope, EnvelopeError};

#[track_caller]
fn items(envelope: &[u8]) -> Result<Vec<(String, Vec<u8>)>, EnvelopeError> {
    let items = Envelope::parse(envelope)?.items();
    items
        .map(|item| item.map(|item| (item.item_type.into_owned(), item.payload.to_vec())))
        .collect()
}

#[track_caller]
fn check(envelope: &str, expected: &[(&str, &str)]) {
    let read = items(envelope.as_bytes()).expect("an envelope");
    let read: Vec<_> = (read.iter())
        .map(|(item_type, payload)| (&**item_type, str::from_utf8(payload).expect("text")))
        .collect();
    assert_eq!(read, expected, "{envelope:?}");
}

#[test]
fn an_envelope_may_have_no_items() {
    check("{}", &[]);
    check("{}\n", &[]);
    check(
        "{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\",\"new\":[1]}\n",
        &[],
    );
}

#[test]
fn a_payload_with_a_length_may_hold_newlines() {
    check(
        "{}\n{\"type\":\"attachment\",\"length\":10}\n\u{feff}Hello\r\n\n{\"type\":\"event\",\"length\":2}\n{}\n",
        &[("attachment", "\u{feff}Hello\r\n"), ("event", "{}")],
    );
    let empty =
        "{}\n{\"type\":\"attachment\",\"length\":0}\n\n{\"type\":\"attachment\",\"length\":0}";
    check(empty, &[("attachment", ""), ("attachment", "")]);
    check(
        &format!("{empty}\n"),
        &[("attachment", ""), ("attachment", "")],
    );
    check(
        &format!("{empty}\n\n"),
        &[("attachment", ""), ("attachment", "")],
    );
}

#[test]
fn a_payload_without_a_length_ends_with_its_line() {
    check(
        "{}\n{\"type\":\"session\"}\n{\"a\":1}\r\n",
        &[("session", "{\"a\":1}\r")],
    );
    check(
        "{}\n{\"type\":\"session\"}\n{\"a\":1}",
        &[("session", "{\"a\":1}")],
    );
    check(
        "{}\n{\"type\":\"session\",\"length\":null}\n",
        &[("session", "")],
    );
    check("{}\n{\"type\":\"session\"}", &[("session", "")]);
    check(
        "{}\n{\"type\":\"session\"}\n\n{\"type\":\"later \\u0041\"}\nx",
        &[("session", ""), ("later A", "x")],
    );
}

#[test]
fn a_payload_keeps_its_bytes() {
    let read = items(b"{}\n{\"type\":\"attachment\"}\n\xff\x00\xfe\n");
    let expected = vec![(String::from("attachment"), b"\xff\x00\xfe".to_vec())];
    assert_eq!(read, Ok(expected));
}

#[test]
fn what_is_no_envelope_is_refused() {
    for (envelope, error) in [
        ("", EnvelopeError::Header),
        ("\n{}", EnvelopeError::Header),
        ("[]", EnvelopeError::Header),
        (" {}", EnvelopeError::Header),
        ("{} \n", EnvelopeError::Header),
        ("{}\r\n", EnvelopeError::Header),
        ("{}{}", EnvelopeError::Header),
        ("{\"a\":}", EnvelopeError::Header),
        ("{\n}", EnvelopeError::Header),
        ("{}\n\n", EnvelopeError::ItemHeader),
        ("{}\n{}\nx", EnvelopeError::ItemHeader),
        ("{}\n{\"type\":1}\nx", EnvelopeError::ItemHeader),
        ("{}\n{\"type\":\"event\"}\nx\n\n", EnvelopeError::ItemHeader),
        (
            "{}\n{\"type\":\"event\",\"length\":-1}\nx",
            EnvelopeError::ItemHeader,
        ),
        (
            "{}\n{\"type\":\"event\",\"length\":\"1\"}\nx",
            EnvelopeError::ItemHeader,
        ),
        (
            "{}\n{\"type\":\"event\",\"length\":1.5}\nx",
            EnvelopeError::ItemHeader,
        ),
        (
            "{}\n{\"type\":\"event\",\"length\":2}\nx",
            EnvelopeError::CutOff,
        ),
        (
            "{}\n{\"type\":\"event\",\"length\":18446744073709551615}\nx",
            EnvelopeError::CutOff,
        ),
        (
            "{}\n{\"type\":\"event\",\"length\":1}\nxx",
            EnvelopeError::Length,
        ),
        (
            "{}\n{\"type\":\"event\",\"length\":1}\nx\r\n",
            EnvelopeError::Length,
        ),
    ] {
        assert_eq!(items(envelope.as_bytes()), Err(error), "{envelope:?}");
    }
    assert_eq!(items(b"{\"a\":\"\xff\"}"), Err(EnvelopeError::Header));
}

fn payloads() -> impl Strategy<Value = Vec<(String, Vec<u8>, bool)>> {
    let item = ("[a-z_\"\\\\é]{0,9}", any::<Vec<u8>>(), any::<bool>());
    proptest::collection::vec(item, 0..6)
}

proptest! {
    #[test]
    fn what_was_written_is_read(written in payloads(), ends in any::<bool>()) {
        let mut envelope = b"{\"sdk\":{}}".to_vec();
        let mut expected = Vec::new();
        for (item_type, payload, with_length) in written {
            let with_length = with_length || payload.contains(&b'\n');
            let name = item_type.replace('\\', "\\\\").replace('"', "\\\"");
            let length = match with_length {
                true => format!(",\"length\":{}", payload.len()),
                false => String::new(),
            };
            envelope.extend_from_slice(format!("\n{{\"type\":\"{name}\"{length}}}\n").as_bytes());
            envelope.extend_from_slice(&payload);
            expected.push((item_type, payload));
        }
        if ends {
            envelope.push(b'\n');
        }
        // An empty last payload needs no newline after it, and has one here.
        prop_assert_eq!(items(&envelope), Ok(expected));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>(), item in any::<Vec<u8>>()) {
        let _ = items(&bytes);
        let _ = items(&[b"{}\n".as_slice(), &bytes].concat());
        let _ = items(&[b"{}\n{\"type\":\"event\",\"length\":3}\n".as_slice(), &item].concat());
    }
}
