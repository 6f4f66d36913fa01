//! Fuzz target: what is found in any text is in order and at ends of characters, and the redacted
//! text is UTF-8 with the same bytes around what was found.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_scrub::{Kinds, Redaction, addresses, find, redact};

fuzz_target!(|text: &str| {
    let (mut end, mut expected) = (0, String::new());
    for found in find(text.as_bytes(), Kinds::ALL) {
        assert!(end <= found.start && found.start <= found.end);
        expected.push_str(&text[end..found.start]);
        expected.push_str(found.kind.replacement());
        end = found.end;
    }
    expected.push_str(&text[end..]);
    let redacted = redact(text.as_bytes(), Kinds::ALL, |_| &Redaction::Standard, |_| ());
    let redacted = redacted.map_or(text.to_owned(), |text| String::from_utf8(text).unwrap());
    assert_eq!(redacted, expected);
    for mask in [Redaction::Mask, Redaction::Remove] {
        if let Some(masked) = redact(text.as_bytes(), Kinds::ALL, |_| &mask, |_| ()) {
            String::from_utf8(masked).unwrap();
        }
    }
    let once = addresses(text);
    assert_eq!(addresses(&once), once);
});
