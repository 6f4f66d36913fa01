//! Is a backend's answer read whatever its bytes are?

use proptest::prelude::*;
use throughline_otlp::response::PartialSuccess;

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let _ = PartialSuccess::decode(&bytes);
    }
}
