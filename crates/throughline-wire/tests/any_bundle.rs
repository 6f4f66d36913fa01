//! Tests that any bytes are read as a Bundle or refused.

use proptest::collection::vec;
use proptest::prelude::*;
use throughline_otlp::protobuf::Writer;
use throughline_wire::bundle::{Bundle, Dropped};

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let _ = Bundle::decode(&bytes);
    }

    #[test]
    fn a_bundle_is_read_as_it_was_written_and_a_damaged_one_does_not_panic(
        parts in vec(vec(any::<u8>(), 0..20), 5), sent: u64,
        dropped in vec(("[a-z_]{1,12}", 1u64..), 0..3), at: prop::sample::Index, with: u8,
    ) {
        let bundle = Bundle {
            traces: &parts[0],
            logs: &parts[1],
            metrics: &parts[2],
            sent_at_unix_nano: sent,
            batch_id: &parts[3],
            dropped: dropped
                .iter()
                .map(|(reason, count)| Dropped { reason, count: *count })
                .collect(),
            facts: &parts[4],
        };
        let mut writer = Writer::new();
        bundle.encode(&mut writer);
        let mut bytes = writer.into_bytes();
        prop_assert_eq!(Bundle::decode(&bytes), Ok(bundle));
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] = with;
            let _ = Bundle::decode(&bytes);
        }
    }
}
