//! Tests of the totals that are estimated from what was kept.
//!
//! The numbers are drawn from fixed seeds, so each test has one result on every machine.

use super::{Adaptive, Head, SamplingConfig};
use crate::batch::Sender;
use crate::config::{Config, HeadConfig, MetricsConfig, RuleConfig};
use crate::processor::Processor;
use crate::processor::sample::rules::Rules;
use crate::state::tail::testing::{Random, TestSpan, read, request};
use crate::state::tail::{Event, Settings, Source, Tail};
use std::rc::Rc;
use throughline_otlp::Signal;
use throughline_trace_context::ot::{Ot, with_threshold};
use throughline_trace_context::sampling::{Precision, Threshold};

/// The critical value of χ² with ten degrees of freedom at one in a thousand is 29.6.
#[test]
fn the_shares_that_are_kept_are_those_that_were_asked_for() {
    let mut random = Random(1);
    let mut chi_squared = 0.0;
    let shares = [
        0.9,
        0.75,
        0.5,
        1.0 / 3.0,
        0.25,
        0.1,
        0.05,
        0.01,
        0.003,
        0.001,
    ];
    for probability in shares {
        let head = head(probability, &[], &[]);
        let spans: Vec<TestSpan> = (0..20_000)
            .map(|id| TestSpan::new(random.trace_id(), id))
            .collect();
        let kept = through(&head, &spans, START).len() as f64;
        let all = spans.len() as f64;
        let expected = all * probability;
        chi_squared += (kept - expected).powi(2) / (expected * (1.0 - probability));
    }
    assert!(chi_squared < 29.6, "χ² is {chi_squared}");
}

/// A page's head sampler, the edge's head sampler and its tail sampler, each with rules.
#[test]
fn a_chain_of_three_samplers_estimates_the_true_totals() {
    let keep = [
        rule(|rule| rule.errors = Some(true)),
        rule(|rule| {
            rule.attributes
                .insert("http.route".into(), vec!["/pay*".into()]);
            rule.probability = Some(0.8);
        }),
    ];
    let limit = [rule(|rule| rule.spans_per_second = Some(50.0))];
    let edge = head(0.5, &keep, &limit);
    let keep = [
        rule(|rule| rule.slower_than_ms = Some(500)),
        rule(|rule| {
            rule.by = vec!["http.route".into()];
            rule.one_in = Some(4.0);
        }),
    ];
    let limit = [rule(|rule| {
        rule.errors = Some(false);
        rule.spans_per_second = Some(8.0);
    })];
    let mut totals = Totals::default();
    let mut random = Random(2);
    let mut tail = tail(0.25, &keep, &limit);
    let mut clock = START;
    for _ in 0..600 {
        let spans = traces(&mut random, 150);
        let page: Vec<TestSpan> = spans.iter().filter_map(by_page).collect();
        clock += 500_000_000;
        let edge = through(&edge, &page, clock);
        let request = &request(&edge);
        let mut kept = tail
            .step(
                clock,
                Event::Records {
                    source: Source::default(),
                    request,
                },
            )
            .requests;
        kept.extend(tail.step(clock + 3_000_000_000, Event::Tick).requests);
        clock += 3_000_000_000;
        let kept: Vec<TestSpan> = kept
            .iter()
            .flat_map(|kept| read(Signal::Traces, &kept.request))
            .collect();
        totals.add(&spans, &kept);
    }
    totals.check();
}

/// Truth and estimates of rounds that do not depend on each other.
#[derive(Default)]
struct Totals {
    /// For each subject the estimate less the truth, of each round.
    errors: [Vec<f64>; 4],
    truth: [f64; 4],
    kept: usize,
}

impl Totals {
    fn add(&mut self, sent: &[TestSpan], kept: &[TestSpan]) {
        self.kept += kept.len();
        let find = |span: &TestSpan| &sent[span.id as usize];
        for (subject, belongs) in SUBJECTS.iter().enumerate() {
            let truth = sent.iter().filter(|span| belongs(span)).count() as f64;
            let kept = kept.iter().filter(|span| belongs(find(span)));
            let estimate: f64 = kept
                .map(|span| {
                    let threshold = Ot::in_tracestate(&span.tracestate).threshold();
                    threshold.expect("the page wrote one").adjusted_count()
                })
                .sum();
            self.truth[subject] += truth;
            self.errors[subject].push(estimate - truth);
        }
    }

    /// Whether the mean of the errors is within four standard errors of zero, and these are
    /// small enough to say something.
    fn check(&self) {
        for (subject, errors) in self.errors.iter().enumerate() {
            let rounds = errors.len() as f64;
            let mean = errors.iter().sum::<f64>() / rounds;
            let variance = errors
                .iter()
                .map(|error| (error - mean).powi(2))
                .sum::<f64>()
                / rounds;
            let standard_error = (variance / rounds).sqrt();
            let truth = self.truth[subject] / rounds;
            assert!(
                mean.abs() < 4.0 * standard_error,
                "subject {subject}: {mean} from {truth}, standard error {standard_error}"
            );
            assert!(
                standard_error < truth * 0.15,
                "subject {subject}: too little is kept"
            );
        }
        let share = self.kept as f64 / (self.truth[0]);
        assert!(share < 0.5, "most is dropped: {share}");
    }
}

/// All spans, errors, the spans of a rare route, and slow spans.
const SUBJECTS: [fn(&TestSpan) -> bool; 4] = [
    |_| true,
    |span| span.is_error,
    |span| span.route == "/pay/card",
    |span| span.duration_ms > 500,
];

fn traces(random: &mut Random, traces: u64) -> Vec<TestSpan> {
    let mut spans = Vec::new();
    for _ in 0..traces {
        let trace = random.trace_id();
        for at in 0..=random.below(4) {
            let mut span = TestSpan::new(trace, spans.len() as u64);
            span.is_root = at == 0;
            span.is_error = random.below(30) == 0;
            span.route = ["/", "/", "/", "/basket", "/pay/card"][random.below(5) as usize];
            span.duration_ms = random.below(520);
            spans.push(span);
        }
    }
    spans
}

/// A page keeps half of its traces, and says so.
fn by_page(span: &TestSpan) -> Option<TestSpan> {
    let half = Threshold::from_probability(0.5, Precision::DEFAULT).expect("a share");
    half.keeps(span.trace.into()).then(|| TestSpan {
        tracestate: with_threshold("", Some(half)),
        ..span.clone()
    })
}

fn rule(set: impl FnOnce(&mut RuleConfig)) -> RuleConfig {
    let mut rule = RuleConfig::default();
    set(&mut rule);
    rule
}

fn head(probability: f64, keep: &[RuleConfig], limit: &[RuleConfig]) -> Head {
    let config = SamplingConfig {
        head: Some(HeadConfig {
            probability,
            keep: keep.to_vec(),
            limit: limit.to_vec(),
        }),
        ..SamplingConfig::default()
    };
    let adaptive: Adaptive = Head::adaptive(&config);
    let head = Head::new(&config, &adaptive).expect("valid");
    head.expect("there is one")
}

fn tail(probability: f64, keep: &[RuleConfig], limit: &[RuleConfig]) -> Tail {
    let rules = Rules::new("sampling.tail", probability, keep, limit).expect("valid");
    Tail::new(
        Rc::new(rules),
        Settings {
            wait: 2_000_000_000,
            wait_after_root: 2_000_000_000,
            max_bytes: 100 << 20,
            remembered: 1000,
            has_floor: true,
        },
    )
}

/// The spans of these that a head sampler keeps.
fn through(head: &Head, spans: &[TestSpan], clock: u64) -> Vec<TestSpan> {
    let processor = Processor::new(&Config::default()).expect("valid");
    let metrics = MetricsConfig::default();
    let mut kept = Vec::new();
    for spans in spans.chunks(100) {
        let mut sample = head.begin(Signal::Traces, clock);
        let request = request(spans).into();
        let processed = processor.process(
            Signal::Traces,
            &request,
            &metrics,
            &Sender::default(),
            Some(&mut sample),
        );
        sample.end();
        let processed = processed.expect("sound");
        assert_eq!(processed.unusable, None);
        // Fields that a sampler does not write are read from the span that was sent.
        for span in read(Signal::Traces, &processed.request) {
            let sent = spans.iter().find(|sent| sent.id == span.id);
            kept.push(TestSpan {
                tracestate: span.tracestate,
                ..sent.expect("it was sent").clone()
            });
        }
    }
    kept
}

const START: u64 = 1_800_000_000_000_000_000;
