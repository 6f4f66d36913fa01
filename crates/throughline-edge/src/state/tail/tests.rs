//! Tests of the tail sampler: when it judges, and what it does when memory is short.

use super::testing::{Random, TestSpan, read, request};
use super::*;
use crate::config::RuleConfig;
use proptest::prelude::*;
use throughline_trace_context::ot::Ot;
use throughline_trace_context::sampling::Threshold;

const SECOND: u64 = 1_000_000_000;

fn tail(probability: f64, max_bytes: usize) -> Tail {
    let errors = RuleConfig {
        errors: Some(true),
        ..RuleConfig::default()
    };
    let rules = Rules::new("sampling.tail", probability, &[errors], &[]).expect("valid");
    let settings = Settings {
        wait: 30 * SECOND,
        wait_after_root: 6 * SECOND,
        max_bytes,
        remembered: 100_000,
    };
    Tail::new(Rc::new(rules), settings)
}

fn take(tail: &mut Tail, clock: u64, spans: &[TestSpan]) -> Vec<TestSpan> {
    let request = &request(spans);
    spans_of(tail.step(clock, Event::Spans { source: 0, request }))
}

fn spans_of(effects: Effects) -> Vec<TestSpan> {
    let requests = effects.requests.iter();
    requests.flat_map(|kept| read(&kept.request)).collect()
}

#[test]
fn a_trace_is_judged_after_its_root_or_when_its_time_is_over() {
    let mut tail = tail(1.0, 1 << 20);
    let mut random = Random(5);
    let (with_root, without) = (random.trace_id(), random.trace_id());
    let mut root = TestSpan::new(with_root, 1);
    root.is_root = true;
    take(
        &mut tail,
        SECOND,
        &[TestSpan::new(with_root, 2), TestSpan::new(without, 3)],
    );
    take(&mut tail, 3 * SECOND, &[root]);
    for (clock, kept) in [(8, 0), (9, 2), (30, 0), (31, 1), (90, 0)] {
        let effects = tail.step(clock * SECOND, Event::Tick);
        assert_eq!(spans_of(effects).len(), kept, "after {clock} s");
    }
    // A late span gets the decision at once.
    let late = take(&mut tail, 91 * SECOND, &[TestSpan::new(without, 4)]);
    assert_eq!(late.len(), 1);
    assert_eq!(tail.bytes(), 0);
}

/// A quarter of an hour at twice what memory allows.
#[test]
fn under_pressure_memory_stays_flat_errors_pass_and_the_sums_are_right() {
    let mut tail = tail(1.0, 200_000);
    let mut random = Random(6);
    let (mut sent, mut errors) = (0.0, 0);
    let (mut estimate, mut kept_errors, mut kept) = (0.0, 0, 0.0);
    let mut see = |effects: Effects| {
        for span in spans_of(effects) {
            let threshold = Ot::in_tracestate(&span.tracestate).threshold();
            estimate += threshold.map_or(1.0, Threshold::adjusted_count);
            kept += 1.0;
            kept_errors += u64::from(span.is_error);
        }
    };
    for second in 1..900 {
        let spans: Vec<TestSpan> = (0..120)
            .map(|id| {
                let mut span = TestSpan::new(random.trace_id(), id);
                span.is_error = random.below(50) == 0;
                span
            })
            .collect();
        sent += spans.len() as f64;
        errors += spans.iter().filter(|span| span.is_error).count() as u64;
        let request = &request(&spans);
        see(tail.step(second * SECOND, Event::Spans { source: 0, request }));
        assert!(tail.bytes() <= 200_000);
        see(tail.step(second * SECOND, Event::Tick));
    }
    see(tail.step(901 * SECOND, Event::Close));
    assert_eq!(kept_errors, errors);
    let share = kept / sent;
    assert!(
        (0.1..0.6).contains(&share),
        "the floor rises as far as it must: {share}"
    );
    assert!((estimate / sent - 1.0).abs() < 0.02, "{estimate} of {sent}");
    assert_eq!(tail.bytes(), 0);
}

proptest! {
    #[test]
    fn any_bytes_leave_nothing_behind(request: Vec<u8>, again: Vec<u8>) {
        let mut tail = tail(0.5, 1 << 20);
        for request in [&request, &again] {
            tail.step(SECOND, Event::Spans { source: 1, request });
        }
        tail.step(SECOND, Event::Close);
        prop_assert_eq!(tail.bytes(), 0);
    }
}
