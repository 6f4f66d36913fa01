//! Tests that samplers drop nothing uncounted, on all cores of a machine.

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
use throughline_edge::{Config, Edge, Machine, SortedMap};
use throughline_otlp::group::{each_scope_group, records};
use throughline_otlp::protobuf::fields;
use throughline_otlp::{Signal, field};
use throughline_testkit::recorder::{Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn every_span_and_log_record_is_exported_or_counted(
        seed: u64,
        sent in vec(sending(), 1..30),
        statuses in vec(prop::sample::select(vec![200u16, 200, 400, 429, 503]), 0..20),
        head: bool,
        tail: bool,
        logs: bool,
        cores in 1..4usize,
        max_bytes in prop_oneof![Just(1usize << 20), Just(64 << 20)],
        is_ended_early: bool,
    ) {
        let config = config(head, tail, logs, max_bytes);
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
                // Senders that send after that still have their records judged.
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
        for signal in [Signal::Traces, Signal::Logs] {
            let records = |of: &SortedMap<Signal, u64>| of.get(&signal).copied().unwrap_or(0);
            for tally in &tallies {
                prop_assert_eq!(records(&tally.queued), 0, "{:?}", tally);
                let ended = tally.ended.iter().filter(|(ended, _)| ended.signal == Some(signal));
                let ended: u64 = ended.map(|(_, count)| count).sum();
                let came = records(&tally.received) + records(&tally.taken_up);
                prop_assert_eq!(came, ended, "{:?}", tally);
            }
            let of_signal = sent.iter().filter(|sending| sending.signal == signal);
            let all: usize = of_signal.map(|sending| sending.records.len()).sum();
            prop_assert_eq!(sum(&|tally| records(&tally.received)), all as u64);
            let count = |outcome| sum(&|tally| tally.count(signal, outcome));
            prop_assert_eq!(sum(&|tally| records(&tally.taken_up)), count(Outcome::HandedOver));
            let waits = tail && (signal == Signal::Traces || logs);
            if !waits {
                prop_assert_eq!(count(Outcome::HandedOver), 0);
            }
            if !waits && (!head || signal == Signal::Logs) {
                prop_assert_eq!(count(Outcome::SampledOut), 0);
            }

            // The records that the backend took are those counted as exported, each once.
            let mut taken = BTreeSet::new();
            let received = backend.received();
            for (at, received) in received.iter().enumerate() {
                let is_taken = statuses.get(at).is_none_or(|status| *status == 200);
                if is_taken && received.path.ends_with(signal.path()) {
                    for id in ids(signal, &gunzip(&received.body)) {
                        prop_assert!(taken.insert(id), "exported twice");
                    }
                }
            }
            prop_assert_eq!(count(Outcome::Exported), taken.len() as u64);
        }
    }
}

/// A request of a sender: for each record the trace, and whether it is an error. A log record
/// of trace 0 is of none.
#[derive(Debug, Clone)]
struct Sending {
    at_ms: u64,
    core: usize,
    signal: Signal,
    first_record: u32,
    records: Vec<(u8, bool)>,
}

impl Sending {
    fn request(&self) -> Request<SimBody> {
        let mut request = Request::new(SimBody::whole(self.body().into()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = format!("/{}", self.signal.path()).parse().expect("a path");
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert("content-type", json);
        request
    }

    fn body(&self) -> String {
        let records = self.records.iter().zip(u64::from(self.first_record) << 8..);
        let records = records.map(|((trace, is_error), id)| {
            let (randomness, id) = (u64::from(*trace).wrapping_mul(0x9e37_79b9_7f4a_7c15), id + 1);
            let trace = format!("{trace:016x}{randomness:016x}");
            if self.signal == Signal::Logs {
                let severity = if *is_error { 17 } else { 9 };
                let trace = if randomness == 0 { "" } else { &trace };
                return format!(
                    r#"{{"traceId":"{trace}","spanId":"{id:016x}","severityNumber":{severity}}}"#
                );
            }
            let code = if *is_error { 2 } else { 0 };
            let parent = if id % 3 == 0 { "" } else { "00000000000000ff" };
            format!(
                r#"{{"traceId":"{trace}","spanId":"{id:016x}","parentSpanId":"{parent}","status":{{"code":{code}}}}}"#
            )
        });
        let records = records.collect::<Vec<_>>().join(",");
        match self.signal {
            Signal::Traces => {
                format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{records}]}}]}}]}}"#)
            }
            _ => format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{records}]}}]}}]}}"#),
        }
    }
}

fn sending() -> impl Strategy<Value = Sending> {
    let of_signal = prop_oneof![Just((Signal::Traces, 1)), Just((Signal::Logs, 0))];
    of_signal.prop_flat_map(|(signal, first_trace)| {
        let record = (first_trace..40u8, prop::bool::weighted(0.1));
        (0..10_000u64, 0..4usize, any::<u32>(), vec(record, 0..20)).prop_map(
            move |(at_ms, core, first_record, records)| Sending {
                at_ms,
                core,
                signal,
                first_record,
                records,
            },
        )
    })
}

fn config(head: bool, tail: bool, logs: bool, max_bytes: usize) -> Config {
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
                logs,
                wait_ms: 3_000,
                wait_after_root_ms: 1_000,
                max_bytes,
                remembered_traces: 10,
                owners: None,
            }),
            ..SamplingConfig::default()
        },
        ..Config::default()
    }
}

fn ids(signal: Signal, request: &[u8]) -> Vec<Vec<u8>> {
    let number = match signal {
        Signal::Traces => field::span::SPAN_ID,
        _ => field::log_record::SPAN_ID,
    };
    let mut ids = Vec::new();
    each_scope_group(request, |_, group| {
        for record in records(group) {
            let mut fields = fields(record).map_while(Result::ok);
            let id = fields.find(|found| found.number == number);
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
