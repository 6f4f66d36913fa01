//! Tests that a page which redacts itself sends what the edge would have made of its facts.

use super::*;
use crate::config::ScrubConfig;
use proptest::prelude::*;
use throughline_facts::{Reducer, otlp, to_otlp};
use throughline_otlp::attribute;
use throughline_otlp::field::{any_value, key_value, span_event, span_link, values};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::rewrite::rewrite;
use throughline_wire::facts::{KINDS, exception};

/// The labelled lines of `tests/fixtures/pii`: `⟦KIND|text⟧` is what has to be found.
const CORPUS: [&str; 9] = [
    include_str!("../../../../../tests/fixtures/pii/card.txt"),
    include_str!("../../../../../tests/fixtures/pii/credential.txt"),
    include_str!("../../../../../tests/fixtures/pii/email.txt"),
    include_str!("../../../../../tests/fixtures/pii/iban.txt"),
    include_str!("../../../../../tests/fixtures/pii/ip.txt"),
    include_str!("../../../../../tests/fixtures/pii/negative.txt"),
    include_str!("../../../../../tests/fixtures/pii/phone.txt"),
    include_str!("../../../../../tests/fixtures/pii/ssn.txt"),
    include_str!("../../../../../tests/fixtures/pii/token.txt"),
];

/// Facts of every kind that a page records, with `text` in each field that is one.
fn facts(text: &str) -> String {
    let mut facts = String::new();
    for (kind, _, fields) in KINDS {
        // A timing is joined to a request; the others are counts, or have no text.
        if b"RWXMlsi".contains(&kind) {
            continue;
        }
        facts.push(char::from(kind));
        for name in fields {
            facts.push('\u{1f}');
            let pairs = || {
                format!(
                    "browser.web_vital.lcp.url\u{1d}x{text}\u{1d}browser.web_vital.lcp.render_delay\u{1d}4111111111111111"
                )
            };
            facts.push_str(&match *name {
                "format" => "2".into(),
                // The version of a scope is no attribute.
                "package_version" => "0.1.0".into(),
                "at" | "start" | "end" => "5000".into(),
                "response_start" if kind == b'a' => "100".into(),
                "began" | "measures_shifts" | "measures_interactions" | "visible" => "1".into(),
                "hidden" | "interactions" => String::new(),
                // A whole number.
                "status" => "200".into(),
                "trace" => "0af7651916cd43dd8448eb211c80319c".into(),
                "span" | "parent" | "id" => "b7ad6b7169203331".into(),
                "flags" => "01".into(),
                // It is written behind the method.
                "name_end" => format!(" {text}"),
                "texts" | "own" => texts(text),
                "typed" => typed(text),
                "dropped" => "1".into(),
                "rest" => rest(kind, text),
                "causes" | "brands" => format!("{text}\u{1d}a {text}\u{1d}\u{1d}{text}"),
                "ttfb" | "fcp" | "lcp" | "cls" | "inp" => pairs(),
                _ => text.into(),
            });
        }
        facts.push('\u{1e}');
    }
    facts
}

/// Names, each with its value: keys for which the rules differ among them.
fn texts(text: &str) -> String {
    KEYS.map(|key| format!("{key}\u{1d}{text}")).join("\u{1d}")
}

/// Values of each type under the same keys.
fn typed(text: &str) -> String {
    KEYS.map(|key| {
        format!(
            "{key}\u{1d}s{text}\u{1d}{key}\u{1d}i7\u{1d}{key}\u{1d}d3fe0000000000000\u{1d}{key}\u{1d}btrue\u{1d}\
             {key}\u{1d}L\u{1d}\u{1d}s{text}\u{1d}\u{1d}s\u{1d}{key}\u{1d}L\u{1d}\u{1d}i7\u{1d}\u{1d}bfalse"
        )
    })
    .join("\u{1d}")
}

const KEYS: [&str; 11] = [
    "note",
    "user.id",
    "order.id",
    "app.version",
    "url.query",
    "client.address",
    "server.address",
    "network.peer.address",
    "host.name",
    "user_agent.original",
    "session_token",
];

/// Fields of a span or a log record that a page writes in protobuf itself.
fn rest(kind: u8, text: &str) -> String {
    let mut writer = Writer::new();
    let list = if kind == b'L' { 6 } else { 9 };
    for key in KEYS {
        attribute::strings(&mut writer, list, key, [text, "", text]);
        attribute::int(&mut writer, list, key, 7);
        attribute::double(&mut writer, list, key, 0.5);
        attribute::bool(&mut writer, list, key, true);
        attribute::list(&mut writer, list, key, |writer| {
            attribute::map(writer, |writer| {
                for key in ["password", "client.address", "a"] {
                    attribute::string(writer, values::VALUES, key, text);
                }
            });
        });
        let bytes = writer.open(list);
        writer.string(key_value::KEY, key);
        let value = writer.open(key_value::VALUE);
        writer.string(any_value::BYTES, text);
        writer.close(value);
        writer.close(bytes);
    }
    if kind == b'L' {
        let body = writer.open(log_record::BODY);
        writer.string(any_value::STRING, text);
        writer.close(body);
    } else {
        let event = writer.open(span::EVENTS);
        writer.string(span_event::NAME, text);
        attribute::string(&mut writer, span_event::ATTRIBUTES, "note", text);
        writer.close(event);
        let link = writer.open(span::LINKS);
        attribute::string(&mut writer, span_link::ATTRIBUTES, "note", text);
        writer.close(link);
        let status = writer.open(span::STATUS);
        writer.string(status::MESSAGE, text);
        writer.close(status);
    }
    let digits = writer.as_bytes().iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}

/// The edge's output for these facts, and how often it redacts something.
fn at_edge(facts: &str) -> ([Vec<u8>; 2], u64) {
    let telemetry = to_otlp(facts).expect("facts");
    assert!(telemetry.records > 10, "every kind becomes a record");
    let rules = Rules::new(&ScrubConfig::default()).expect("rules");
    let mut redactions = 0;
    let requests = [
        (Signal::Traces, telemetry.traces),
        (Signal::Logs, telemetry.logs),
    ]
    .map(|(signal, request)| {
        let mut plans = Plans::default();
        let mut scrub = Scrub::new(&rules, &mut plans, signal);
        let rewritten = rewrite(signal, &request, &mut [&mut scrub]).expect("a request");
        let request = rewritten.request.into_owned();
        redactions += scrub.into_counts().iter().sum::<u64>();
        request
    });
    (requests, redactions)
}

/// The facts that a page which redacts sends.
fn of_page(facts: &str) -> String {
    let mut reducer = Reducer::redacting();
    reducer.add(facts).expect("facts");
    reducer.finish().facts
}

/// The page's plain OTLP equals what the edge makes of the same page without redaction, and of
/// the page's Bundle, in which nothing is left to be redacted.
fn check(text: &str) -> String {
    let facts = facts(text);
    let sent = of_page(&facts);
    let (expected, _) = at_edge(&facts);
    let plain = otlp::write(&sent);
    assert_same(&[plain.traces, plain.logs], &expected, "plain OTLP", text);
    let (again, redactions) = at_edge(&sent);
    assert_same(&again, &expected, "a Bundle", text);
    assert_eq!(redactions, 0, "nothing is left in a Bundle of {text}");
    sent
}

/// Panics with the place where requests differ last: lengths are in front.
fn assert_same(page: &[Vec<u8>; 2], edge: &[Vec<u8>; 2], form: &str, text: &str) {
    for (page, edge) in page.iter().zip(edge) {
        let pairs = page.iter().rev().zip(edge.iter().rev());
        let same = pairs.take_while(|(page, edge)| page == edge).count();
        let shown = |bytes: &[u8]| {
            let end = bytes.len() - same;
            let shown = bytes.get(end.saturating_sub(100)..).unwrap_or_default();
            String::from_utf8_lossy(shown.get(..140).unwrap_or(shown)).into_owned()
        };
        assert!(
            page == edge,
            "{form} of {text}:\n{}\n{}",
            shown(page),
            shown(edge)
        );
    }
}

#[test]
fn a_page_redacts_the_corpus_as_the_edge_does() {
    let (mut labels, mut missed) = (0, Vec::<String>::new());
    // tests/browser/scrub.test.mjs has all lines, as messages.
    for line in CORPUS.iter().flat_map(|file| file.lines().step_by(4)) {
        let (mut text, mut secrets) = (String::new(), Vec::new());
        for part in line.split('⟧') {
            let (before, label) = part.split_once('⟦').unwrap_or((part, "|"));
            let (_, secret) = label.split_once('|').unwrap_or_default();
            text.push_str(before);
            text.push_str(secret);
            secrets.extend(Some(secret).filter(|secret| !secret.is_empty()));
        }
        let sent = check(&text);
        let message = message(&sent);
        labels += secrets.len();
        let left = secrets.iter().filter(|secret| message.contains(**secret));
        missed.extend(left.map(|secret| (*secret).into()));
    }
    assert!(labels > 120, "{labels}");
    // As many as the matchers miss: crates/throughline-scrub/tests/corpus.rs.
    assert!(missed.len() * 20 < labels, "{missed:?} of {labels}");
}

/// The message of the exception.
fn message(facts: &str) -> &str {
    let mut records = facts.split('\u{1e}');
    let exception = records.find(|record| record.starts_with("E\u{1f}"));
    let mut fields = exception.unwrap_or_default().split('\u{1f}');
    fields.nth(exception::MESSAGE).unwrap_or_default()
}

proptest! {
    // Each case has every kind of fact with every kind of value.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_page_redacts_any_text_as_the_edge_does(
        text in "(\\PC|ada@shop\\.example|[?&#]token=|//u:p@|203\\.0\\.113\\.7|Bearer |\"pin\":|4111 1111|[0-9 ]{3}|%3D){0,12}",
    ) {
        check(&text);
    }
}
