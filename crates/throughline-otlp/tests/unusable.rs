//! Does taking out what no backend could use leave everything else as it came?

use proptest::collection::vec;
use proptest::prelude::*;
use throughline_otlp::field::{export_request, resource_group, scope_group, span};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::{Signal, without_unusable};

proptest! {
    #[test]
    fn what_is_usable_leaves_as_it_came_with_fields_that_nobody_knows(
        scopes in vec(vec((any::<bool>(), newer()), 0..5), 0..4), around in newer(),
    ) {
        let sent = request(&scopes, &around);
        let mut usable = scopes;
        for spans in &mut usable {
            spans.retain(|(is_usable, _)| *is_usable);
        }
        let kept = without_unusable(Signal::Traces, &sent).expect("it is sound");
        prop_assert_eq!(kept, request(&usable, &around));
    }
}

/// Fields of a later version of the protocol, in front of those that are known and behind.
type Newer = (u32, u64, Vec<u8>);

fn newer() -> impl Strategy<Value = Newer> {
    (500u32..600, 1u64.., vec(any::<u8>(), 1..8))
}

fn request(scopes: &[Vec<(bool, Newer)>], around: &Newer) -> Vec<u8> {
    let (number, value, bytes) = around;
    let mut writer = Writer::new();
    writer.varint(*number, *value);
    let group = writer.open(export_request::RESOURCE);
    writer.bytes(*number, bytes);
    for spans in scopes {
        let scope = writer.open(resource_group::SCOPE);
        for (is_usable, (number, value, bytes)) in spans {
            let open = writer.open(scope_group::RECORD);
            writer.bytes(*number, bytes);
            writer.bytes(span::TRACE_ID, &[1; 16]);
            // A span without an id of its own is none.
            writer.bytes(span::SPAN_ID, if *is_usable { &[2; 8] } else { &[] });
            writer.fixed64(*number, *value);
            writer.close(open);
        }
        writer.varint(*number, *value);
        writer.close(scope);
    }
    writer.fixed64(*number, *value);
    writer.close(group);
    writer.bytes(*number, bytes);
    writer.into_bytes()
}
