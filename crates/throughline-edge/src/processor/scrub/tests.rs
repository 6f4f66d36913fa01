//! Tests that rules which cannot be used are refused, and that a redacted request is valid.

use super::*;
use crate::config::{ScrubAction, ScrubConfig, ScrubRuleConfig};
use proptest::prelude::*;
use throughline_otlp::attribute;
use throughline_otlp::field::{export_request, resource_group, scope_group};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::rewrite::{inspect, rewrite};

fn rule(action: ScrubAction, matches: &[&str]) -> ScrubRuleConfig {
    ScrubRuleConfig {
        name: "mine".into(),
        signals: Vec::new(),
        places: Vec::new(),
        keys: Vec::new(),
        matches: matches.iter().map(|name| (*name).into()).collect(),
        action,
        replacement: None,
    }
}

fn refusal(rules: Vec<ScrubRuleConfig>, hash_key: Option<&str>) -> String {
    let config = ScrubConfig {
        defaults: true,
        hash_key: hash_key.map(Into::into),
        rules,
    };
    Rules::new(&config).map_or_else(|error| error.to_string(), |_| String::new())
}

#[test]
fn a_rule_that_cannot_be_used_is_refused_by_its_key() {
    let email = || rule(ScrubAction::Mask, &["email"]);
    assert_eq!(refusal(vec![email()], None), "");
    let twice = refusal(vec![email(), email()], None);
    assert!(
        twice.starts_with("scrub.rules[1].name cannot be used"),
        "{twice}"
    );
    let unknown = refusal(vec![rule(ScrubAction::Mask, &["email", "mail"])], None);
    assert!(
        unknown.starts_with("scrub.rules[0].match[1] cannot be used"),
        "{unknown}"
    );
    let nothing = refusal(vec![rule(ScrubAction::Mask, &[])], None);
    assert!(
        nothing.starts_with("scrub.rules[0].match cannot be used"),
        "{nothing}"
    );
    let no_key = refusal(vec![rule(ScrubAction::Hash, &["email"])], None);
    assert!(no_key.starts_with("scrub.hash_key is missing"), "{no_key}");
    let short = refusal(Vec::new(), Some("s3cret"));
    assert!(
        short.starts_with("scrub.hash_key cannot be used"),
        "{short}"
    );
    assert!(!short.contains("s3cret"));
    let found_again = ScrubRuleConfig {
        replacement: Some("mail@shop.example".into()),
        ..rule(ScrubAction::Replace, &["email"])
    };
    let found_again = refusal(vec![found_again], None);
    assert!(
        found_again.starts_with("scrub.rules[0].replacement cannot"),
        "{found_again}"
    );
}

fn scrubbed(signal: Signal, request: &[u8]) -> Option<(Vec<u8>, Vec<u64>)> {
    let rules = Rules::new(&ScrubConfig::default()).ok()?;
    let mut plans = Plans::default();
    let mut scrub = Scrub::new(&rules, &mut plans, signal);
    let rewritten = rewrite(signal, request, &mut [&mut scrub]).ok()?;
    Some((rewritten.request.into_owned(), scrub.into_counts()))
}

/// A request with one span with these attributes.
fn request(attributes: &[(String, String)]) -> Vec<u8> {
    let mut writer = Writer::new();
    let group = writer.open(export_request::RESOURCE);
    let scope = writer.open(resource_group::SCOPE);
    let record = writer.open(scope_group::RECORD);
    writer.bytes(span::TRACE_ID, &[7; 16]);
    writer.bytes(span::SPAN_ID, &[7; 8]);
    for (key, value) in attributes {
        attribute::string(&mut writer, span::ATTRIBUTES, key, value);
    }
    // A field of a newer protocol.
    writer.bytes(700, b"ada@shop.example");
    writer.close(record);
    writer.close(scope);
    writer.close(group);
    writer.into_bytes()
}

proptest! {
    #[test]
    fn a_request_stays_a_request_and_is_scrubbed_once(
        attributes in prop::collection::vec(
            ("(note|password|client.address|[a-z.]{1,8})",
             "(\\PC|ada@shop\\.example|token=|203\\.0\\.113\\.7|[0-9 ]{3}){0,9}"), 0..6),
    ) {
        let request = request(&attributes);
        let (once, counts) = scrubbed(Signal::Traces, &request).expect("it is a request");
        prop_assert_eq!(inspect(Signal::Traces, &once).map(|whole| whole.kept()), Ok(1));
        if counts.iter().all(|count| *count == 0) {
            prop_assert_eq!(&once, &request);
        }
        let (twice, counts) = scrubbed(Signal::Traces, &once).expect("it is a request");
        prop_assert_eq!(twice, once);
        prop_assert_eq!(counts.iter().sum::<u64>(), 0);
    }
}
