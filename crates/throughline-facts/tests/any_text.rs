//! Tests that any text is read as facts or refused, also one that no page would write.

#![expect(clippy::expect_used, reason = "a broken case ends the test")]

use proptest::prelude::*;
use throughline_facts::{FactsError, Reduced, Reducer, to_otlp};
use throughline_otlp::{Signal, json::from_protobuf, schema::export_request};
use throughline_wire::facts::exception;

#[test]
fn a_text_without_a_header_of_a_known_version_is_refused() {
    assert_eq!(to_otlp("S\u{1f}1\u{1e}"), Err(FactsError::NoHeader));
    assert_eq!(to_otlp("H\u{1f}3\u{1e}"), Err(FactsError::Version(3)));
    assert_eq!(to_otlp("H\u{1e}"), Err(FactsError::Version(0)));
}

#[test]
fn a_header_alone_becomes_no_telemetry() {
    let telemetry = to_otlp("H\u{1f}2\u{1f}0.1.0\u{1f}shop\u{1e}").expect("facts");
    assert!(telemetry.traces.is_empty() && telemetry.logs.is_empty());
    assert_eq!(telemetry.records, 0);
}

#[test]
fn a_loop_of_errors_is_bounded() {
    let mut reducer = Reducer::new();
    reducer.add("H\u{1f}2\u{1e}").expect("a header");
    let error = format!(
        "E\u{1f}1\u{1f}\u{1f}\u{1f}\u{1f}onerror\u{1f}\u{1f}\u{1f}\u{1f}\u{1f}Error\u{1f}{}\u{1e}",
        "x".repeat(900)
    );
    for _ in 0..2_000 {
        reducer.add(&error).expect("facts");
    }
    let records = reducer.finish().records;
    assert!(records < 100, "{records} records");
}

fn reduced(facts: &str) -> Reduced {
    let mut reducer = Reducer::new();
    reducer.add(facts).expect("facts");
    reducer.finish()
}

/// The records of a text, each with its context, in any order; and how many exceptions there are:
/// equal ones are counted.
fn records(facts: &str) -> (Vec<(&str, &str)>, u64) {
    let (mut context, mut exceptions) = ("", 0);
    let mut all = Vec::new();
    for record in facts.split_terminator('\u{1e}') {
        match record.as_bytes().first() {
            Some(b'C') => context = record,
            Some(b'E') => {
                let count = record.split('\u{1f}').nth(exception::COUNT);
                exceptions += count.map_or(1, |count| count.parse().unwrap_or(1).max(1));
            }
            // A count belongs to no session.
            Some(b'X') => all.push(("", record)),
            _ => all.push((context, record)),
        }
    }
    all.sort_unstable();
    (all, exceptions)
}

/// Records of known kinds with fields that are nearly right.
fn facts() -> impl Strategy<Value = String> {
    let field = prop_oneof![
        Just(String::new()),
        "[0-9]{1,20}",
        "[0-9a-f]{16}",
        "[0-9a-f]{32}",
        "0[0-3]",
        Just("30034a070a016e12021807".to_owned()),
        "https?://[a-z@:/?#&=é.]{0,20}",
        "(GET|get|BREW)",
        "[ -~é]{0,12}",
        "([a-z]{0,3}\u{1d}){0,7}",
        "([a-z]{0,2}\u{1d}[idbsL][0-9a-f]{0,16}\u{1d}){0,5}",
    ];
    let kind = prop_oneof!["[CMSTFRINELPWXaplsifv]", "[!-GI-~]{0,2}"];
    let record = (kind, prop::collection::vec(field, 0..24))
        .prop_map(|(kind, fields)| [vec![kind], fields].concat().join("\u{1f}") + "\u{1e}");
    let records = prop::collection::vec(record, 0..30);
    (1..=2, records).prop_map(|(version, records)| {
        format!(
            "H\u{1f}{version}\u{1f}0.1.0\u{1f}shop\u{1e}\
             C\u{1f}1700000000000000\u{1f}s\u{1f}https://a/\u{1e}{}",
            records.concat()
        )
    })
}

proptest! {
    #[test]
    fn any_facts_become_telemetry_that_can_be_decoded(facts in facts()) {
        let telemetry = match to_otlp(&facts) {
            // Spans and log records have protobuf that the page gives.
            Err(FactsError::Rest) if "NIFPL".chars().any(|kind| facts.contains(&format!("\u{1e}{kind}"))) => return Ok(()),
            other => other.expect("a header"),
        };
        for (signal, bytes) in [(Signal::Traces, &telemetry.traces), (Signal::Logs, &telemetry.logs)] {
            from_protobuf(export_request(signal), bytes).expect("OTLP");
        }
    }

    #[test]
    fn facts_in_two_texts_become_the_same_as_in_one(facts in facts(), cut in any::<prop::sample::Index>()) {
        let ends: Vec<usize> = facts.match_indices('\u{1e}').map(|(at, end)| at + end.len()).collect();
        let at = *cut.get(&ends);
        let mut reducer = Reducer::new();
        reducer.add(&facts[..at]).expect("facts");
        reducer.add(&facts[at..]).expect("facts");
        prop_assert_eq!(reducer.finish(), reduced(&facts));
    }

    #[test]
    fn reduced_facts_stay_as_they_are(facts in facts()) {
        let once = reduced(&facts).facts;
        if !once.is_empty() {
            let twice = reduced(&once).facts;
            prop_assert_eq!(records(&twice), records(&once));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*|([A-Za-z]\u{1f}|\u{1e}|[0-9a-f\u{1d}\u{1f}\u{1e}]){0,200}") {
        let _ = to_otlp(&text);
        for version in 1..=2 {
            let read = to_otlp(&format!("H\u{1f}{version}\u{1e}C\u{1f}{text}"));
            prop_assert!(read.is_ok() || text.contains('H'), "{:?}", read);
        }
    }
}
