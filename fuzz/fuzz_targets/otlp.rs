//! Fields that are read and copied verbatim are the message again, and a Bundle
//! that is read is written and read the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_otlp::protobuf::{Writer, fields};
use throughline_wire::Bundle;

fuzz_target!(|message: &[u8]| {
    let mut copy = Writer::new();
    let whole = fields(message).all(|field| field.map(|field| copy.raw(field.raw)).is_ok());
    if whole {
        assert_eq!(copy.as_bytes(), message);
    }
    if let Ok(bundle) = Bundle::decode(message) {
        let mut writer = Writer::new();
        bundle.encode(&mut writer);
        assert_eq!(Bundle::decode(writer.as_bytes()), Ok(bundle));
    }
});
