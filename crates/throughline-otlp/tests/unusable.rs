//! Tests that unusable records are left out and all other bytes stay as they were received.

use proptest::collection::vec;
use proptest::prelude::*;
use throughline_otlp::field::{export_request, resource_group, scope_group, span};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::{Signal, inspect};

proptest! {
    #[test]
    fn usable_records_and_unknown_fields_stay_byte_for_byte(
        scopes in vec(vec((any::<bool>(), newer()), 0..5), 0..4), around in newer(),
    ) {
        let sent = request(Some(&scopes), &around);
        // A scope that had spans and has none left is left out, and so is a resource.
        let usable: Vec<Vec<_>> = (scopes.iter())
            .map(|sent| sent.iter().filter(|(is_usable, _)| *is_usable).cloned().collect())
            .zip(&scopes)
            .filter(|(kept, sent): &(Vec<_>, _)| !kept.is_empty() || sent.is_empty())
            .map(|(kept, _)| kept)
            .collect();
        let is_left = usable.iter().any(|spans| !spans.is_empty());
        let was_empty = scopes.iter().all(Vec::is_empty);
        let inspected = inspect(Signal::Traces, &sent).expect("it is sound");
        let left = (is_left || was_empty).then_some(&usable[..]);
        prop_assert_eq!(inspected.request, request(left, &around));
    }
}

/// Fields of a later version of the protocol, in front of those that are known and behind.
type Newer = (u32, u64, Vec<u8>);

fn newer() -> impl Strategy<Value = Newer> {
    (500u32..600, 1u64.., vec(any::<u8>(), 1..8))
}

/// A request with these scopes in one resource, or without a resource.
fn request(scopes: Option<&[Vec<(bool, Newer)>]>, around: &Newer) -> Vec<u8> {
    let (number, value, bytes) = around;
    let mut writer = Writer::new();
    writer.varint(*number, *value);
    if let Some(scopes) = scopes {
        let group = writer.open(export_request::RESOURCE);
        writer.bytes(*number, bytes);
        for spans in scopes {
            scope(spans, around, &mut writer);
        }
        writer.fixed64(*number, *value);
        writer.close(group);
    }
    writer.bytes(*number, bytes);
    writer.into_bytes()
}

fn scope(spans: &[(bool, Newer)], around: &Newer, writer: &mut Writer) {
    let scope = writer.open(resource_group::SCOPE);
    for (is_usable, (number, value, bytes)) in spans {
        let open = writer.open(scope_group::RECORD);
        writer.bytes(*number, bytes);
        writer.bytes(span::TRACE_ID, &[1; 16]);
        // A span without an id is unusable.
        writer.bytes(span::SPAN_ID, if *is_usable { &[2; 8] } else { &[] });
        writer.fixed64(*number, *value);
        writer.close(open);
    }
    writer.varint(around.0, around.1);
    writer.close(scope);
}
