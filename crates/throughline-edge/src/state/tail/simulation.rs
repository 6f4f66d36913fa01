//! Simulates machines with clocks that jump, spans and log records in any order, losses and
//! restarts.
//!
//! A run is given by one number. `THROUGHLINE_SEED=17 cargo test -p throughline-edge
//! tail::simulation` repeats the run that a failure names.

use super::testing::{Random, TestSpan, read, request};
use super::{Effects, Event, Settings, Source, Tail};
use crate::config::RuleConfig;
use crate::processor::sample::rules::Rules;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use throughline_otlp::Signal;
use throughline_trace_context::TraceId;
use throughline_trace_context::ot::Ot;
use throughline_trace_context::sampling::{Randomness, Threshold};

#[test]
fn every_run_keeps_the_promises() {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test is told which run to repeat"
    )]
    let seeds = match std::env::var("THROUGHLINE_SEED") {
        Ok(seed) => vec![seed.parse().expect("a number")],
        Err(_) => (0..30).collect(),
    };
    for seed in seeds {
        let first = Run::new(seed).run();
        assert_eq!(
            first,
            Run::new(seed).run(),
            "seed {seed}: not the same again"
        );
    }
}

/// A machine of some cores, each of which owns a part of the traces.
struct Run {
    seed: u64,
    random: Random,
    rules: Rc<Rules>,
    settings: Settings,
    cores: Vec<Core>,
    /// Whether nothing is expected to divide a trace.
    is_calm: bool,
    has_limit: bool,
    clock: u64,
    /// Spans and log records that have not arrived: they do so in any order.
    under_way: Vec<TestSpan>,
    sent: BTreeMap<(TraceId, u64), TestSpan>,
    exported: BTreeMap<(TraceId, u64), TestSpan>,
    lost: BTreeSet<(TraceId, u64)>,
}

struct Core {
    tail: Tail,
    taken: u64,
    ended: u64,
    /// Records since the last restart.
    held: BTreeSet<(TraceId, u64)>,
}

impl Core {
    fn new(rules: &Rc<Rules>, settings: Settings) -> Self {
        Self {
            tail: Tail::new(Rc::clone(rules), settings),
            taken: 0,
            ended: 0,
            held: BTreeSet::new(),
        }
    }

    fn open_records(&self) -> u64 {
        let Tail { open, by_age, .. } = &self.tail;
        let traces = by_age.iter().filter_map(|(time, trace)| {
            let trace = open.get(trace)?;
            (trace.first_seen == *time).then_some(trace.records().count() as u64)
        });
        traces.sum()
    }
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let is_calm = random.below(3) == 0;
        let has_limit = random.below(3) == 0;
        let keep = [
            RuleConfig {
                errors: Some(true),
                ..RuleConfig::default()
            },
            RuleConfig {
                by: vec!["http.route".into()],
                one_in: Some(5.0),
                ..RuleConfig::default()
            },
        ];
        let limit = RuleConfig {
            errors: Some(false),
            spans_per_second: Some(5.0),
            ..RuleConfig::default()
        };
        let limit = if has_limit { vec![limit] } else { Vec::new() };
        let rules = Rules::new("sampling.tail", 0.2, &keep, &limit).expect("valid");
        let rules = Rc::new(rules);
        let settings = Settings {
            wait: 30_000_000_000,
            wait_after_root: 2_000_000_000,
            max_bytes: if is_calm { 100 << 20 } else { 20_000 },
            remembered: if is_calm { 10_000 } else { 20 },
            has_floor: true,
        };
        let cores = 1 + random.below(4);
        let cores = (0..cores).map(|_| Core::new(&rules, settings)).collect();
        Self {
            seed,
            random,
            rules,
            settings,
            cores,
            is_calm,
            has_limit,
            clock: 1_800_000_000_000_000_000,
            under_way: Vec::new(),
            sent: BTreeMap::new(),
            exported: BTreeMap::new(),
            lost: BTreeSet::new(),
        }
    }

    /// Runs, checks, and returns what was exported.
    fn run(mut self) -> Vec<(TraceId, u64, String)> {
        for _ in 0..600 {
            match self.random.below(100) {
                0..30 => self.begin_trace(),
                30..70 => self.arrive(),
                70..94 => self.tick(),
                94..97 if !self.is_calm => self.jump(),
                97..99 if !self.is_calm => self.restart(),
                _ if !self.is_calm => self.lose(),
                _ => {}
            }
        }
        while !self.under_way.is_empty() {
            self.arrive();
        }
        for core in 0..self.cores.len() {
            self.step(core, Event::Close);
            let core = &self.cores[core];
            assert_eq!(core.tail.bytes(), 0, "seed {}", self.seed);
            assert_eq!(core.taken, core.ended, "seed {}", self.seed);
        }
        self.check_spans();
        if self.is_calm {
            self.check_traces();
        }
        let exported = self.exported.iter();
        exported
            .map(|((trace, id), span)| (*trace, *id, span.tracestate.clone()))
            .collect()
    }

    fn begin_trace(&mut self) {
        let trace = self.random.trace_id();
        let explicit = self.random.below(5) == 0;
        let randomness = match explicit {
            true => format!("rv:{:014x}", self.random.next() >> 8),
            false => String::new(),
        };
        let threshold = ["", "th:0", "th:8"][self.random.below(3) as usize];
        let part = [&*randomness, threshold]
            .into_iter()
            .filter(|part| !part.is_empty());
        let ot = part.collect::<Vec<_>>().join(";");
        let is_kept = match (threshold, explicit) {
            ("th:8", true) => Randomness::parse(&randomness[3..]).expect("14 digits"),
            _ => trace.into(),
        };
        if threshold == "th:8" && !Threshold::parse("8").expect("valid").keeps(is_kept) {
            // The head has dropped it.
            return;
        }
        let spans = 1 + self.random.below(8);
        for id in 0..spans {
            // Some traces have log records alone.
            let mut span = match self.random.below(3) {
                0 => TestSpan::log(trace, id),
                _ => TestSpan::new(trace, id),
            };
            span.is_root = id == 0;
            span.is_error = self.random.below(20) == 0;
            span.route = ["/", "/basket", "/pay"][self.random.below(3) as usize];
            // Log records seldom know how their trace was sampled.
            let is_told = span.signal == Signal::Traces || self.random.below(2) == 0;
            if !ot.is_empty() && is_told {
                span.tracestate = format!("ot={ot},shop=basket");
            }
            self.sent.insert((trace, id), span.clone());
            self.under_way.push(span);
        }
    }

    /// Some spans, in any order, arrive as the requests of the cores that own them.
    fn arrive(&mut self) {
        self.clock += self.random.below(50_000_000);
        let many = 1 + self.random.below(10);
        let mut of_core = vec![Vec::new(); self.cores.len()];
        for _ in 0..many.min(self.under_way.len() as u64) {
            let at = self.random.below(self.under_way.len() as u64) as usize;
            let span = self.under_way.swap_remove(at);
            let owner = span.trace.as_bytes()[15] as usize % self.cores.len();
            of_core[owner].push(span);
        }
        for (core, spans) in of_core.iter().enumerate() {
            if spans.is_empty() {
                continue;
            }
            for signal in [Signal::Traces, Signal::Logs] {
                let records = spans.iter().filter(|span| span.signal == signal);
                let records: Vec<TestSpan> = records.cloned().collect();
                self.cores[core].taken += records.len() as u64;
                let ids = records.iter().map(|record| (record.trace, record.id));
                self.cores[core].held.extend(ids);
                let request = &request(&records);
                let source = Source { project: 0, signal };
                self.step(core, Event::Records { source, request });
            }
        }
    }

    fn tick(&mut self) {
        self.clock += self.random.below(3_000_000_000);
        for core in 0..self.cores.len() {
            self.step(core, Event::Tick);
        }
    }

    fn jump(&mut self) {
        let hours = self.random.below(3_600_000_000_000);
        self.clock = match self.random.below(2) {
            0 => self.clock - hours,
            _ => self.clock + hours,
        };
    }

    fn restart(&mut self) {
        let at = self.random.below(self.cores.len() as u64) as usize;
        let core = Core::new(&self.rules, self.settings);
        let before = core::mem::replace(&mut self.cores[at], core);
        for id in before.held {
            if before.tail.open.contains_key(&id.0) && !self.exported.contains_key(&id) {
                self.lost.insert(id);
            }
        }
    }

    fn lose(&mut self) {
        if let Some(span) = self.under_way.pop() {
            self.lost.insert((span.trace, span.id));
        }
    }

    fn step(&mut self, at: usize, event: Event<'_>) {
        let core = &mut self.cores[at];
        let Effects {
            requests,
            sampled_out,
            ..
        } = core.tail.step(self.clock, event);
        core.ended += sampled_out.spans + sampled_out.log_records;
        for kept in requests {
            let spans = read(kept.source.signal, &kept.request);
            assert_eq!(spans.len() as u64, kept.records, "seed {}", self.seed);
            core.ended += kept.records;
            for span in spans {
                let again = self.exported.insert((span.trace, span.id), span);
                assert!(again.is_none(), "seed {}: {again:?} twice", self.seed);
            }
        }
        assert_eq!(
            core.taken,
            core.ended + core.open_records(),
            "seed {}: records disappeared",
            self.seed
        );
        let (bytes, most) = (core.tail.bytes(), self.settings.max_bytes);
        assert!(bytes <= most, "seed {}: {bytes} bytes", self.seed);
    }

    fn check_spans(&self) {
        for (id, span) in &self.exported {
            let context = || format!("seed {}: {span:?}", self.seed);
            let sent = self.sent.get(id).expect("it was sent");
            assert!(!self.lost.contains(id), "{}", context());
            let (before, after) = (
                Ot::in_tracestate(&sent.tracestate),
                Ot::in_tracestate(&span.tracestate),
            );
            assert!(before.threshold() <= after.threshold(), "{}", context());
            let (rv, own) = (before.explicit_randomness(), after.explicit_randomness());
            assert_eq!(rv, own, "{}", context());
            assert_eq!(sent.signal, span.signal, "{}", context());
            if let Some(threshold) = after.threshold() {
                // What is alone in a trace that others have told their number of does not know it.
                let numbers = [rv.unwrap_or(span.trace.into()), self.randomness(span.trace)];
                let kept = numbers.iter().any(|number| threshold.keeps(*number));
                assert!(kept, "{}", context());
            }
            if span.signal == Signal::Traces {
                assert_eq!(
                    sent.tracestate.contains("shop=basket"),
                    span.tracestate.contains("shop=basket")
                );
            }
        }
    }

    /// The number by which the samplers of a trace decide, as any of its records tells it.
    fn randomness(&self, trace: TraceId) -> Randomness {
        let of_trace = self.sent.range((trace, 0)..=(trace, u64::MAX));
        let mut told = of_trace
            .filter_map(|(_, record)| Ot::in_tracestate(&record.tracestate).explicit_randomness());
        told.next().unwrap_or(trace.into())
    }

    /// Without pressure, losses and restarts a trace is whole or not there, with one threshold.
    fn check_traces(&self) {
        let mut of_trace = BTreeMap::<TraceId, (usize, Vec<&TestSpan>)>::new();
        for (trace, id) in self.sent.keys() {
            let (sent, exported) = of_trace.entry(*trace).or_default();
            *sent += 1;
            exported.extend(self.exported.get(&(*trace, *id)));
        }
        for (trace, (sent, exported)) in of_trace {
            let context = format!("seed {}: {trace}", self.seed);
            assert!(exported.is_empty() || exported.len() == sent, "{context}");
            // What knows nothing of an earlier sampling stays so.
            let told = exported.iter().filter(|span| {
                let sent = &self.sent[&(trace, span.id)];
                span.signal == Signal::Traces || !sent.tracestate.is_empty()
            });
            let mut thresholds = told.map(|span| Ot::in_tracestate(&span.tracestate).threshold());
            if let Some(first) = thresholds.next() {
                assert!(thresholds.all(|other| other == first), "{context}");
            }
            let first = &self.sent[&(trace, 0)];
            if sent == 1 && first.is_error {
                let is_there = exported.len() == 1;
                assert!(
                    is_there,
                    "{context}: an error was dropped, {}",
                    self.has_limit
                );
            }
        }
    }
}
