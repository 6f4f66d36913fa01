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
        has_floor: true,
    };
    Tail::new(Rc::new(rules), settings)
}

fn take(tail: &mut Tail, clock: u64, spans: &[TestSpan]) -> Vec<TestSpan> {
    records_of(tail.step(clock, arrived(spans, &request(spans))))
}

/// The arrival of these records.
fn arrived<'a>(records: &[TestSpan], request: &'a [u8]) -> Event<'a> {
    let signal = records.first().map_or(Signal::Traces, |first| first.signal);
    let source = Source { project: 0, signal };
    Event::Records { source, request }
}

fn records_of(effects: Effects) -> Vec<TestSpan> {
    let requests = effects.requests.iter();
    requests
        .flat_map(|kept| read(kept.source.signal, &kept.request))
        .collect()
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
        assert_eq!(records_of(effects).len(), kept, "after {clock} s");
    }
    // A late span gets the decision at once.
    let late = take(&mut tail, 91 * SECOND, &[TestSpan::new(without, 4)]);
    assert_eq!(late.len(), 1);
    assert_eq!(tail.bytes(), 0);
}

/// A page reports its exceptions as log records.
#[test]
fn an_error_among_its_log_records_keeps_a_trace() {
    let mut random = Random(5);
    let trace = random.trace_id();
    for is_error in [false, true] {
        let mut tail = tail(0.0, 1 << 20);
        let mut log = TestSpan::log(trace, 2);
        log.is_error = is_error;
        take(&mut tail, SECOND, &[log]);
        take(&mut tail, 2 * SECOND, &[TestSpan::new(trace, 1)]);
        let effects = tail.step(40 * SECOND, Event::Tick);
        let sampled_out = effects.sampled_out;
        assert_eq!(records_of(effects).len(), if is_error { 2 } else { 0 });
        // A late log record gets the decision, and is counted by its own signal.
        let late = &[TestSpan::log(trace, 3)];
        let late = tail.step(41 * SECOND, arrived(late, &request(late)));
        let dropped = (
            sampled_out.spans,
            sampled_out.log_records + late.sampled_out.log_records,
        );
        assert_eq!(dropped, if is_error { (0, 0) } else { (1, 2) });
        assert_eq!(records_of(late).len(), usize::from(is_error));
    }
}

#[test]
fn log_records_get_the_threshold_of_their_trace() {
    let mut tail = tail(0.5, 1 << 20);
    let mut random = Random(9);
    let mut kept = 0;
    for _ in 0..100 {
        let trace = random.trace_id();
        let mut span = TestSpan::new(trace, 1);
        // The log record does not know the number that the trace was sampled by.
        span.tracestate = format!("ot=rv:{:014x}", random.next() >> 8);
        take(&mut tail, SECOND, &[TestSpan::log(trace, 2)]);
        take(&mut tail, SECOND, &[span]);
        let records = records_of(tail.step(SECOND, Event::Close));
        assert!(matches!(records.len(), 0 | 2), "whole or not at all");
        kept += records.len();
        for record in records {
            assert_eq!(record.trace, trace);
            let threshold = Ot::in_tracestate(&record.tracestate).threshold();
            assert_eq!(threshold, Threshold::parse("8"), "{record:?}");
        }
    }
    assert!((60..140).contains(&kept), "{kept} of 200");
}

/// A log record that belongs to no trace has nothing to wait for.
#[test]
fn a_log_record_of_no_trace_passes_by_as_it_is() {
    let mut tail = tail(0.0, 1 << 20);
    let message = [0x2a, 3, 0x0a, 1, b'x'];
    let mut writer = Writer::new();
    let resource = writer.open(throughline_otlp::field::export_request::RESOURCE);
    let scope = writer.open(throughline_otlp::field::resource_group::SCOPE);
    writer.bytes(throughline_otlp::field::scope_group::RECORD, &message);
    writer.close(scope);
    writer.close(resource);
    let source = Source {
        project: 3,
        signal: Signal::Logs,
    };
    let request = writer.as_bytes();
    let effects = tail.step(SECOND, Event::Records { source, request });
    let passed: Vec<_> = (effects.requests.iter())
        .map(|kept| (kept.source, &*kept.request, kept.records))
        .collect();
    assert_eq!(passed, [(source, request, 1)]);
    assert_eq!(tail.bytes(), 0);
}

#[test]
fn under_pressure_the_oldest_traces_are_judged_early() {
    let mut tail = tail(1.0, 50_000);
    let mut random = Random(8);
    let (mut sent, mut judged) = (Vec::new(), Vec::new());
    for at in 1..2_000 {
        let mut record = match at % 2 {
            0 => TestSpan::new(random.trace_id(), at),
            _ => TestSpan::log(random.trace_id(), at),
        };
        // Errors pass the floor, so that all are there to be judged.
        record.is_error = true;
        sent.push(record.trace);
        // Nothing is due in two seconds.
        let early = take(&mut tail, SECOND + at * SECOND / 1_000, &[record]);
        // Those that leave together are in one request for each signal.
        let mut early: Vec<u64> = early.iter().map(|record| record.id).collect();
        early.sort_unstable();
        judged.extend(early.iter().map(|id| sent[*id as usize - 1]));
    }
    assert!(judged.len() > 1_000, "{} early", judged.len());
    assert_eq!(
        judged,
        sent[..judged.len()],
        "in the order of their arrival"
    );
}

/// A quarter of an hour at twice what memory allows.
#[test]
fn under_pressure_memory_stays_flat_errors_pass_and_the_sums_are_right() {
    let mut tail = tail(1.0, 200_000);
    let mut random = Random(6);
    // Of spans and of log records, each with the half of a trace of two.
    let (mut sent, mut kept, mut estimate) = ([0.0; 2], [0.0; 2], [0.0; 2]);
    let (mut errors, mut kept_errors, mut sampled_out) = (0, 0, [0; 2]);
    let mut see = |effects: Effects| {
        let SampledOut { spans, log_records } = effects.sampled_out;
        sampled_out = [sampled_out[0] + spans, sampled_out[1] + log_records];
        for record in records_of(effects) {
            let threshold = Ot::in_tracestate(&record.tracestate).threshold();
            let signal = usize::from(record.signal == Signal::Logs);
            estimate[signal] += threshold.map_or(1.0, Threshold::adjusted_count);
            kept[signal] += 1.0;
            kept_errors += u64::from(record.is_error);
        }
    };
    for second in 1..900 {
        let traces: Vec<TraceId> = (0..60).map(|_| random.trace_id()).collect();
        let make: [fn(TraceId, u64) -> TestSpan; 2] = [TestSpan::new, TestSpan::log];
        for (signal, make) in make.into_iter().enumerate() {
            let records: Vec<TestSpan> = (traces.iter())
                .map(|trace| {
                    let mut record = make(*trace, signal as u64);
                    record.is_error = random.below(50) == 0;
                    record
                })
                .collect();
            sent[signal] += records.len() as f64;
            errors += records.iter().filter(|record| record.is_error).count() as u64;
            see(tail.step(second * SECOND, arrived(&records, &request(&records))));
            assert!(tail.bytes() <= 200_000);
        }
        see(tail.step(second * SECOND, Event::Tick));
    }
    see(tail.step(901 * SECOND, Event::Close));
    assert_eq!(kept_errors, errors);
    for signal in [0, 1] {
        let (sent, kept) = (sent[signal], kept[signal]);
        let share = kept / sent;
        assert!(
            (0.1..0.6).contains(&share),
            "the floor rises as far as it must: {share}"
        );
        let estimate = estimate[signal];
        assert!((estimate / sent - 1.0).abs() < 0.02, "{estimate} of {sent}");
        assert_eq!(kept + sampled_out[signal] as f64, sent, "all are counted");
    }
    assert_eq!(tail.bytes(), 0);
}

proptest! {
    #[test]
    fn any_bytes_leave_nothing_behind(request: Vec<u8>, again: Vec<u8>) {
        let mut tail = tail(0.5, 1 << 20);
        for request in [&request, &again] {
            for signal in [Signal::Traces, Signal::Logs] {
                let source = Source { project: 1, signal };
                tail.step(SECOND, Event::Records { source, request });
            }
        }
        tail.step(SECOND, Event::Close);
        prop_assert_eq!(tail.bytes(), 0);
    }
}
