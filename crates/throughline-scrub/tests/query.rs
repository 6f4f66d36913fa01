//! Values in the queries of addresses, wherever an address can stand.
#![cfg(feature = "secrets")]

use proptest::prelude::*;
use throughline_scrub::{Kind, Kinds, Redaction, find, redact};

const VALUES: Kinds = Kinds::SECRETS.and(Kinds::of(Kind::QueryValue));

#[track_caller]
fn check(text: &str, kinds: Kinds, expected: &str) {
    let standard = Redaction::Standard;
    let once = redact(text.as_bytes(), kinds, |_| &standard, |_| ());
    let once = once.unwrap_or_else(|| text.as_bytes().to_vec());
    assert_eq!(String::from_utf8_lossy(&once), expected);
    let again = redact(&once, kinds, |_| &standard, |_| ());
    assert_eq!(again, None, "nothing is found again in {expected}");
}

#[test]
fn every_value_is_redacted_and_keys_and_paths_stay() {
    for (text, expected) in [
        (
            "https://h/buy/7?sku=7&token=T&empty=&flag#at=2",
            "https://h/buy/7?sku=REDACTED&token=REDACTED&empty=&flag#at=REDACTED",
        ),
        ("GET /search?q=tea+cup", "GET /search?q=REDACTED"),
        ("?page=2", "?page=REDACTED"),
        ("see ?page=2", "see ?page=REDACTED"),
        ("//h/p?a=b=c", "//h/p?a=REDACTED"),
        ("https://h/#/search?q=tea", "https://h/#/search?q=REDACTED"),
        (
            "could not load \"https://h/?q=tea\": see (/help?topic=3), or /b?c=d.",
            "could not load \"https://h/?q=REDACTED\": see (/help?topic=REDACTED), or /b?c=REDACTED.",
        ),
        // Positions in a stack stay.
        (
            "    at f (https://h/app.js?v=3:1:20)\n    at https://h/b.js?v=3:4:5",
            "    at f (https://h/app.js?v=REDACTED:1:20)\n    at https://h/b.js?v=REDACTED:4:5",
        ),
        ("path=/a?b=1 status=200", "path=/a?b=REDACTED status=200"),
    ] {
        check(text, VALUES, expected);
    }
}

#[test]
fn what_is_in_no_query_stays() {
    for text in [
        "a === b, c = d",
        "SELECT a FROM b/c WHERE d=?",
        "is it a/b? x=1",
        "what?x=1",
        "/a;sku=7/b",
        "data:image/png;base64,iVBORw0KGgo/AA==",
        "status=200 path=/a",
        "https://h/p?",
        "https://h/p?flag&other",
        "/(?=a)/",
    ] {
        check(text, VALUES, text);
    }
    check("sku=7&page=2", VALUES, "sku=7&page=2");
}

#[test]
fn a_text_that_is_a_query_needs_no_address() {
    let kinds = VALUES.and(Kinds::IN_QUERY);
    check("sku=7&page=2", kinds, "sku=REDACTED&page=REDACTED");
    check("?sku=7", kinds, "?sku=REDACTED");
}

#[test]
fn a_value_with_something_else_in_it_is_one_finding() {
    let text = b"https://h/?mail=ada@shop.example&id=7";
    let found: Vec<_> = find(text, VALUES.and(Kinds::PERSONAL)).collect();
    let kinds: Vec<_> = found.iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [Kind::QueryValue, Kind::QueryValue]);
}

proptest! {
    #[test]
    fn no_value_is_left_in_any_address(
        before in "(|GET |at f \\()(https://h|/p)(/[a-z]{1,4}){0,2}",
        pairs in prop::collection::vec("[a-z]{1,6}=[A-Z0-9%+]{3,9}", 1..5),
        after in "(|:1:2\\)|#[a-z]{2}| and more)",
    ) {
        let text = format!("{before}?{}{after}", pairs.join("&"));
        let redacted = redact(text.as_bytes(), VALUES, |_| &Redaction::Standard, |_| ());
        let redacted = redacted.unwrap_or_default();
        let redacted = String::from_utf8_lossy(&redacted);
        for pair in &pairs {
            let (key, value) = pair.split_once('=').unwrap_or_default();
            prop_assert!(!redacted.contains(value), "{value} in {redacted}");
            prop_assert!(redacted.contains(&format!("{key}=")), "{key} not in {redacted}");
        }
    }
}
