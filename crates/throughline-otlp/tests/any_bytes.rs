//! Tests that any bytes are read or refused as a backend's response.

use proptest::prelude::*;
use throughline_otlp::response::PartialSuccess;

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let _ = PartialSuccess::decode(&bytes);
    }
}
