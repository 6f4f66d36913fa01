//! Fuzz target: a Bundle that is read is written and read the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_otlp::protobuf::Writer;
use throughline_wire::Bundle;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(bundle) = Bundle::decode(bytes) {
        let mut writer = Writer::new();
        bundle.encode(&mut writer);
        assert_eq!(Bundle::decode(writer.as_bytes()), Ok(bundle));
    }
});
