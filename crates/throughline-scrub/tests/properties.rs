//! Property tests of redaction: valid UTF-8, the same when it is repeated, and nothing more than
//! what was found.

use proptest::prelude::*;
use throughline_scrub::{HashKey, Kind, Kinds, Redaction, find, redact};

/// Texts of the pieces that matchers look for.
const PIECES: &str = "(\\PC|[0-9]{1,5}|[ .:=@%/+-]|%40|%3D|://|ada@|shop\\.example|\
    4111 1111 1111 1111|DE89370400440532013000|203\\.0\\.113\\.7|2001:db8::1|219-09-9999|\
    \\+44 20 7946 0958|token=|\"password\": ?\"|Bearer [a-z0-9]{9}|AKIAIOSFODNN7EXAMPLE|\
    eyJhbGciOiJIUzI1NiJ9\\.eyJz|-----BEGIN PRIVATE KEY-----|\\\\|'|\n){0,24}";

/// Values as they stand in texts.
const VALUES: &str = "\\PC{0,6}|[a-z]+@shop\\.example[,.;)]?|https?://[a-z]*:?[a-z]*@h/\\?(token|sku)=[a-z0-9]{0,9}|\\
    4111 1111 1111 1111|DE89370400440532013000|(203\\.0\\.113\\.7|2001:db8::1)[,:]?|219-09-9999|\\
    \\+44 20 7946 0958|(password|token|user)[=:][a-z0-9]{0,9}|\"(secret|name)\": ?\"[a-z ]{0,9}\"|\\
    Bearer [a-z0-9]{9}|AKIAIOSFODNN7EXAMPLE|eyJhbGciOiJIUzI1NiJ9\\.eyJz|[0-9 -]{0,20}";

fn redactions() -> [Redaction; 4] {
    let key = HashKey::new(b"a key of the test").map_or(Redaction::Remove, Redaction::Hash);
    let text = Redaction::Replace("(left out)".into());
    [Redaction::Standard, Redaction::Mask, key, text]
}

fn redacted(text: &[u8], redaction: &Redaction) -> Option<Vec<u8>> {
    // Values in queries are redacted whatever they are: they are tested in query.rs.
    let kinds = Kinds::ALL.without(Kinds::of(Kind::QueryValue));
    redact(text, kinds, |_| redaction, |_| ())
}

#[test]
fn an_address_behind_a_lone_percent_sign_begins_with_a_whole_character() {
    let text = "%\u{aaa}ada@shop.example %3Dada@shop.example";
    let found: Vec<_> = find(text.as_bytes(), Kinds::ALL)
        .map(|found| text.get(found.range()))
        .collect();
    assert_eq!(
        found,
        [Some("\u{aaa}ada@shop.example"), Some("ada@shop.example")]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn matches_are_in_order_and_at_ends_of_characters(text in PIECES) {
        let mut end = 0;
        for found in find(text.as_bytes(), Kinds::ALL) {
            prop_assert!(end <= found.start && found.start < found.end || found.start == found.end);
            prop_assert!(text.get(found.range()).is_some(), "{found:?}");
            end = found.end;
        }
    }

    #[test]
    fn a_redacted_text_is_utf_8(text in PIECES) {
        for redaction in redactions() {
            if let Some(redacted) = redacted(text.as_bytes(), &redaction) {
                prop_assert!(String::from_utf8(redacted).is_ok());
            }
        }
    }

    // Of two addresses without a blank between them the rest of one may look like another.
    #[test]
    fn what_is_redacted_stays_so(pieces in prop::collection::vec(VALUES, 0..8)) {
        let redaction = Redaction::Standard;
        let text = pieces.join(" ");
        if let Some(once) = redacted(text.as_bytes(), &redaction) {
            let twice = redacted(&once, &redaction);
            let [once, twice] = [Some(once), twice].map(|text| {
                text.map(|text| String::from_utf8_lossy(&text).into_owned())
            });
            prop_assert_eq!(twice, None, "{:?}", once);
        }
    }

    #[test]
    fn a_text_of_words_stays(text in "[a-z]{1,9}( [a-z]{1,9}){0,12}") {
        prop_assert_eq!(redacted(text.as_bytes(), &Redaction::Standard), None);
    }

    #[test]
    fn ids_and_hashes_stay(id in "[0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{40}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9]{8}-[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{12}") {
        prop_assert_eq!(redacted(id.as_bytes(), &Redaction::Standard), None);
        let within = format!("/orders/{id}?trace={id}");
        prop_assert_eq!(redacted(within.as_bytes(), &Redaction::Standard), None);
    }
}
