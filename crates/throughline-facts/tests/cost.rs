//! Tests of the limits on the time and the telemetry that any text of facts may cost.
#![expect(clippy::disallowed_methods, reason = "only the clock measures a cost")]

use std::time::{Duration, Instant};
use throughline_facts::{FactsError, to_otlp};

/// Compares with the time of ordinary facts on the same machine in the same moment. The
/// faults that this test is for took 17 to 125 times as long.
#[test]
fn no_text_takes_much_longer_than_ordinary_facts() {
    let ordinary = requests(400);
    // As many as may wait, of a usual length and of the least.
    let waiting = requests(120);
    let tiny = "F|1;".repeat(240);
    let long = format!("F|1|2|{};", "z".repeat(1_000)).repeat(20);
    let different: String = (0..1_000).map(|at| format!("E|||||{at:060};")).collect();
    for (name, before, again) in [
        ("timings of nothing", &*waiting, "R;"),
        ("timings of another address", &tiny, "R|a;"),
        ("timings of another time", &waiting, "R|||200000;"),
        ("timings of another trace", &waiting, "R|https://a/1|0|1;"),
        ("timings beside long requests", &long, "R|b;"),
        ("each request and its timing", &ordinary, "F|1|2|||||a;R|a;"),
        ("different exceptions", &different, "E;"),
        ("fields of causes", "H|1;E", "|"),
        ("items of causes", "E|||||||||||||", ","),
        ("lines of a stack", "E|1||||||||||E|m|", "at http://a:1:1\n"),
        (
            "lines of an uncaught error",
            "E|1||||onerror||||||m|",
            "at http://a:1:1\n",
        ),
        (
            "half a name that apps look for",
            "E|1||||onerror||||||",
            "__gCrWe",
        ),
        ("half a line of a stack", "E|1||||||||||E|m|at a", "("),
        ("fields of brands", "H|1|0|s||||||||", "x|"),
        ("items of brands", "H|2|0|s|||||||", "x,"),
        ("newer fields", "E|1", "|x"),
    ] {
        let hostile = of_size(before, again);
        let ordinary = of_size(&ordinary, &ordinary);
        // Best of five: a neighbour on the machine slows down one of the two now and then.
        let is_fast = |_| time(&hostile) < 12 * time(&ordinary);
        assert!((0..5).any(is_fast), "{name}: over 12 times as long");
    }
}

/// Each of these texts would become gigabytes at the edge's limit of 1 MiB.
#[test]
fn a_short_text_does_not_become_gigabytes() {
    let long = "x".repeat(SIZE / 2);
    for (name, before, again) in [
        ("address", format!("C|1|s|https://{long};"), "S;"),
        ("session", format!("C|1|{long};"), "S;"),
        (
            "later address",
            format!("S;F;E;C|1|s|https://{long};"),
            "S;",
        ),
        (
            "visit",
            format!("a|0|0||1|1|1|0||||{long};p|1;"),
            "s|1|1;v|2;",
        ),
        ("marks", format!("H|2|0.1.0|{long};"), "S;M;"),
        ("records", String::new(), &"S;".repeat(140_000)),
    ] {
        let refused = to_otlp(&of_size(&before, again)).err();
        assert_eq!(refused, Some(FactsError::TooLarge), "{name}");
    }
    // As many facts as a page sends are read, even with its longest address.
    let address = "x".repeat(8_192);
    let text = format!("H|2;C|1|{address}|https://{address};") + &"S;".repeat(900);
    let telemetry = to_otlp(&facts(&text)).expect("facts");
    assert_eq!(telemetry.records, 900);
}

#[test]
fn a_fact_without_fields_becomes_a_record() {
    let telemetry = to_otlp(&facts("H|2;E;E|1|||||x;E|2|||||x;F;F|1;")).expect("facts");
    assert_eq!(telemetry.records, 4);
}

fn requests(count: usize) -> String {
    (0..count)
        .map(|at| format!("F|1|2|0af7651916cd43dd8448eb211c80319c|00f067aa0ba902b7|03||https://a/{at}|GET||200||a|443;"))
        .collect()
}

/// A text that begins like a page's, continues with `before`, and then repeats one piece until
/// it is long enough.
fn of_size(before: &str, again: &str) -> String {
    let mut text = format!("H|2|0.1.0|shop;C|1700000000000000|s|https://a/;{before}");
    while text.len() < SIZE {
        text.push_str(again);
    }
    facts(&text)
}

fn facts(text: &str) -> String {
    text.replace('|', "\u{1f}")
        .replace(';', "\u{1e}")
        .replace(',', "\u{1d}")
}

fn time(facts: &str) -> Duration {
    let begun = Instant::now();
    assert!(to_otlp(facts).is_ok(), "facts");
    begun.elapsed()
}

/// Bytes. Long enough to be slow, short enough that a debug build takes a second.
const SIZE: usize = 64 * 1024;
