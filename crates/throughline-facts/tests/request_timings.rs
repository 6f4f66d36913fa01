//! Tests that a request has its own timing, and never another's, where the server names its span.

#![expect(clippy::expect_used, reason = "a broken case ends the test")]

use proptest::prelude::*;
use std::fmt::Write;
use throughline_facts::Reducer;
use throughline_wire::facts::{request, span_ids};

/// A request of the page, all in one trace, as far as the tests choose it.
#[derive(Debug, Clone)]
struct Asked {
    /// Which of the addresses it has: many have the same one.
    address: u8,
    /// When it is asked, and how long its response takes, ms.
    at: u64,
    takes: u64,
    /// How many facts its own comes after the others, and its timing after that.
    later: usize,
    timed_later: usize,
}

fn asked() -> impl Strategy<Value = Asked> {
    (0..2_u8, 0..200_u64, 1..100_u64, 0..6_usize, 0..12_usize).prop_map(
        |(address, at, takes, later, timed_later)| Asked {
            address,
            at,
            takes,
            later,
            timed_later,
        },
    )
}

impl Asked {
    /// The facts of request and timing; the size of the body says whose timing it is.
    fn facts(&self, number: usize) -> [String; 2] {
        let [start, end] = [self.at * 1000, (self.at + self.takes) * 1000];
        let url = format!("https://shop.example/{}", self.address);
        let span = format!("{:016x}", number + 1);
        let request = format!(
            "F\u{1f}{start}\u{1f}{end}\u{1f}{TRACE}\u{1f}{span}\u{1f}03\u{1f}\u{1f}{url}\u{1f}GET\u{1f}\u{1f}200\u{1f}\u{1f}shop.example\u{1f}443\u{1e}"
        );
        let begun = start + 100;
        let timing = format!(
            "R\u{1f}{url}\u{1f}{TRACE}\u{1f}{begun}\u{1f}{end}\u{1f}{begun}{}\u{1f}{begun}\u{1f}{end}\u{1f}{end}\u{1f}{number}\u{1f}2\u{1f}{span}\u{1e}",
            "\u{1f}".repeat(5)
        );
        [request, timing]
    }
}

/// Of each request that is sent: its number, and that of the timing which it has.
fn joined(facts: &str) -> Vec<(usize, Option<usize>)> {
    let records = facts.split_terminator('\u{1e}');
    records
        .map(|record| record.split('\u{1f}').collect::<Vec<_>>())
        .filter(|fields| fields[0] == "F")
        .map(|fields| {
            let span = fields[request::SPAN_IDS + span_ids::SPAN];
            let number = usize::from_str_radix(span, 16).expect("a span") - 1;
            let timing = fields.get(request::BODY_SIZE).copied().unwrap_or_default();
            (number, timing.parse().ok())
        })
        .collect()
}

/// A reducer that knows that the server names requests: it has named one.
fn reducer() -> Reducer {
    let mut reducer = Reducer::new();
    let first = Asked {
        address: 9,
        at: 0,
        takes: 1,
        later: 0,
        timed_later: 0,
    };
    let facts = first.facts(usize::from(u16::MAX)).concat();
    reducer
        .add(&format!("H\u{1f}2\u{1f}0.1.0\u{1f}shop\u{1e}C\u{1f}0\u{1f}s\u{1f}https://shop.example/\u{1e}{facts}"))
        .expect("facts");
    let facts = reducer.finish().facts;
    assert_eq!(
        joined(&facts),
        [(usize::from(u16::MAX), Some(usize::from(u16::MAX)))]
    );
    reducer
}

proptest! {
    #[test]
    fn a_request_never_has_the_timing_of_another(all in prop::collection::vec(asked(), 1..200), marks in prop::collection::vec(any::<prop::sample::Index>(), 0..4)) {
        // Facts come in any order, also a timing long before or after its request.
        let mut facts: Vec<(usize, String)> = Vec::new();
        for (number, asked) in all.iter().enumerate() {
            let [request, timing] = asked.facts(number);
            facts.push((number + asked.later, request));
            facts.push((number + asked.timed_later * asked.timed_later, timing));
        }
        facts.sort_by_key(|(place, _)| *place);
        for mark in &marks {
            let at = mark.index(facts.len());
            facts.insert(at, (0, "M\u{1e}".into()));
        }
        let mut sent = String::new();
        let mut reducer = reducer();
        for (_, fact) in &facts {
            if fact == "M\u{1e}" {
                write!(sent, "{}", reducer.finish().facts).expect("a text");
            } else {
                reducer.add(fact).expect("facts");
            }
        }
        write!(sent, "{}", reducer.finish().facts).expect("a text");
        let joined = joined(&sent);
        prop_assert_eq!(joined.len(), all.len());
        for (number, timing) in joined {
            prop_assert!(timing.is_none_or(|timing| timing == number), "{number} has the timing of {timing:?}");
        }
    }

    #[test]
    fn requests_at_once_to_one_address_all_have_theirs(count in 2..40_usize, order in Just((0..40_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let one = Asked { address: 0, at: 1, takes: 50, later: 0, timed_later: 0 };
        let mut reducer = reducer();
        for number in 0..count {
            reducer.add(&one.facts(number)[0]).expect("facts");
        }
        for number in order.into_iter().filter(|number| *number < count) {
            reducer.add(&one.facts(number)[1]).expect("facts");
        }
        let joined = joined(&reducer.finish().facts);
        prop_assert_eq!(joined.len(), count);
        prop_assert!(joined.iter().all(|(number, timing)| *timing == Some(*number)), "{joined:?}");
    }
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
