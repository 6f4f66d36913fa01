//! Tests that samplers drop nothing uncounted, on all cores of a machine.
#![expect(clippy::expect_used, reason = "a test fails by a panic")]

use http::{HeaderValue, Method, Request};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::io::Read;
use std::num::NonZeroUsize;
use std::time::Duration;
use throughline_edge::config::{
    BackendConfig, HeadConfig, OutcomesConfig, RuleConfig, SamplingConfig, TailConfig,
};
use throughline_edge::edge::DECIDE_EVERY;
use throughline_edge::host::Clock;
use throughline_edge::outcome::{Outcome, Tally};
use throughline_edge::{Config, Edge, Machine};
use throughline_otlp::group::{each_scope_group, records};
use throughline_otlp::protobuf::fields;
use throughline_otlp::{Signal, field};
use throughline_testkit::recorder::{Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn every_span_is_exported_or_counted(
        seed: u64,
        sent in vec(sending(), 1..30),
        statuses in vec(prop::sample::select(vec![200u16, 200, 400, 429, 503]), 0..20),
        head: bool,
        tail: bool,
        cores in 1..4usize,
        max_bytes in prop_oneof![Just(1usize << 20), Just(64 << 20)],
        is_ended_early: bool,
    ) {
        let config = config(head, tail, max_bytes);
        let host = SimHost::new(seed);
        let backend = Recorder::default();
        backend.will_reply(statuses.iter().map(|status| Reply {
            status: Some(*status),
            ..Reply::default()
        }));
        host.serve("backend.test", &backend);
        let machine = Machine::of::<SimHost>(&config, NonZeroUsize::new(cores).expect("not zero"));
        let edges: Vec<Edge> = (0..cores)
            .map(|_| Edge::on(machine.clone(), config.clone()).expect("a usable configuration"))
            .collect();
        for sending in &sent {
            let (edge, worker) = (edges[sending.core % cores].clone(), host.clone());
            let sending = sending.clone();
            host.executor().spawn(async move {
                worker.sleep(Duration::from_millis(sending.at_ms)).await;
                edge.handle(&worker, sending.request()).await;
            });
        }
        for edge in &edges {
            let (edge, worker) = (edge.clone(), host.clone());
            host.executor().spawn(async move {
                // Senders that send after that still have their spans judged.
                let ticks = if is_ended_early { 5 } else { 60 };
                for _ in 0..ticks {
                    worker.sleep(DECIDE_EVERY).await;
                    edge.decide_due_traces(&worker);
                }
                edge.decide_all_traces(&worker);
            });
        }
        host.executor().run_until_idle();

        let tallies: Vec<Tally> = edges.iter().map(Edge::tally).collect();
        let sum = |of: &dyn Fn(&Tally) -> u64| tallies.iter().map(of).sum::<u64>();
        let spans = |of: &std::collections::BTreeMap<Signal, u64>| of.get(&Signal::Traces).copied().unwrap_or(0);
        for tally in &tallies {
            prop_assert_eq!(spans(&tally.queued), 0, "{:?}", tally);
            let ended: u64 = tally.ended.values().sum();
            prop_assert_eq!(spans(&tally.received) + spans(&tally.taken_up), ended, "{:?}", tally);
        }
        let all: usize = sent.iter().map(|sending| sending.spans.len()).sum();
        prop_assert_eq!(sum(&|tally| spans(&tally.received)), all as u64);
        let count = |outcome| sum(&|tally| tally.count(Signal::Traces, outcome));
        prop_assert_eq!(sum(&|tally| spans(&tally.taken_up)), count(Outcome::HandedOver));
        if !tail {
            prop_assert_eq!(count(Outcome::HandedOver), 0);
        }
        if !head && !tail {
            prop_assert_eq!(count(Outcome::SampledOut), 0);
        }

        // The spans that the backend took are those counted as exported, each once.
        let mut taken = BTreeSet::new();
        let received = backend.received();
        for (at, received) in received.iter().enumerate() {
            if statuses.get(at).is_none_or(|status| *status == 200) {
                for span in span_ids(&gunzip(&received.body)) {
                    prop_assert!(taken.insert(span), "exported twice");
                }
            }
        }
        prop_assert_eq!(count(Outcome::Exported), taken.len() as u64);
    }
}

/// A request of a sender: for each span the trace, and whether it is an error.
#[derive(Debug, Clone)]
struct Sending {
    at_ms: u64,
    core: usize,
    first_span: u32,
    spans: Vec<(u8, bool)>,
}

impl Sending {
    fn request(&self) -> Request<SimBody> {
        let mut request = Request::new(SimBody::whole(self.body().into()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = "/v1/traces".parse().expect("a path");
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert("content-type", json);
        request
    }

    fn body(&self) -> String {
        let spans = self.spans.iter().zip(u64::from(self.first_span) << 8..);
        let spans = spans.map(|((trace, is_error), id)| {
            let code = if *is_error { 2 } else { 0 };
            let (randomness, id) = (u64::from(*trace).wrapping_mul(0x9e37_79b9_7f4a_7c15), id + 1);
            let parent = if id % 3 == 0 { "" } else { "00000000000000ff" };
            format!(
                r#"{{"traceId":"{trace:016x}{randomness:016x}","spanId":"{id:016x}","parentSpanId":"{parent}","status":{{"code":{code}}}}}"#
            )
        });
        let spans = spans.collect::<Vec<_>>().join(",");
        format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#)
    }
}

fn sending() -> impl Strategy<Value = Sending> {
    let span = (1..40u8, prop::bool::weighted(0.1));
    (0..10_000u64, 0..4usize, any::<u32>(), vec(span, 0..20)).prop_map(
        |(at_ms, core, first_span, spans)| Sending {
            at_ms,
            core,
            first_span,
            spans,
        },
    )
}

fn config(head: bool, tail: bool, max_bytes: usize) -> Config {
    let errors = RuleConfig {
        errors: Some(true),
        ..RuleConfig::default()
    };
    let rate = RuleConfig {
        errors: Some(false),
        spans_per_second: Some(20.0),
        ..RuleConfig::default()
    };
    Config {
        open: true,
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            timeout_ms: 2_000,
            retry_for_ms: 20_000,
            ..BackendConfig::default()
        },
        outcomes: OutcomesConfig {
            interval_ms: u64::MAX,
            ..OutcomesConfig::default()
        },
        sampling: SamplingConfig {
            head: head.then(|| HeadConfig {
                probability: 0.5,
                keep: vec![errors.clone()],
                ..HeadConfig::default()
            }),
            tail: tail.then(|| TailConfig {
                probability: 0.5,
                keep: vec![errors],
                limit: vec![rate],
                wait_ms: 3_000,
                wait_after_root_ms: 1_000,
                max_bytes,
                remembered_traces: 10,
            }),
            ..SamplingConfig::default()
        },
        ..Config::default()
    }
}

fn span_ids(request: &[u8]) -> Vec<Vec<u8>> {
    let mut ids = Vec::new();
    each_scope_group(request, |_, group| {
        for record in records(group) {
            let mut fields = fields(record).map_while(Result::ok);
            let id = fields.find(|found| found.number == field::span::SPAN_ID);
            let id = id.and_then(|id| id.value.as_bytes());
            ids.push(id.expect("a span id").to_vec());
        }
    });
    ids
}

fn gunzip(body: &[u8]) -> Vec<u8> {
    let mut request = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(body);
    decoder.read_to_end(&mut request).expect("gzip");
    request
}
