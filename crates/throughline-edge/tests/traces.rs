//! Traces with owners: records of many edges, judged at one place.
#![expect(clippy::expect_used, reason = "a test fails by a panic")]

use core::num::NonZeroUsize;
use http::{HeaderValue, Method, Request, StatusCode};
use std::collections::BTreeMap;
use std::time::Duration;
use throughline_edge::config::{
    BackendCompression, BackendConfig, BackendEncoding, RuleConfig, SamplingConfig, TailConfig,
};
use throughline_edge::host::{Clock, MemoryOfOwners};
use throughline_edge::outcome::{Outcome, RejectReason, Tally};
use throughline_edge::{Config, Edge, Machine, TraceOwner};
use throughline_otlp::Signal;
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::{Lost, SimBody, SimHost, SimTraceOwners};

const OWNERS: usize = 3;

struct All {
    host: SimHost<MemoryOfOwners>,
    trace_owners: SimTraceOwners,
    backend: Recorder,
    edges: Vec<Edge>,
    owners: Vec<Owner>,
}

/// An owner, and its storage.
struct Owner {
    edge: Edge,
    owner: TraceOwner,
    stored: Vec<bytes::Bytes>,
    decided: Vec<[u8; 16]>,
}

impl All {
    fn new() -> Self {
        let host = SimHost::new(11);
        let backend = Recorder::default();
        host.serve("backend.test", &backend);
        let trace_owners = SimTraceOwners::new(host.executor());
        let host = host.with_trace_owners(&trace_owners);
        Self {
            edges: (0..2).map(|_| edge()).collect(),
            owners: (0..OWNERS).map(|_| Owner::new()).collect(),
            host,
            trace_owners,
            backend,
        }
    }

    /// Sends a span of a trace, with a status, to an edge.
    fn send(&self, at: usize, trace: u32, span: u32, is_error: bool) {
        let error = if is_error {
            r#","status":{"code":2}"#
        } else {
            ""
        };
        let json = format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{:032x}","spanId":"{:016x}","parentSpanId":"00000000000000ff","name":"x","startTimeUnixNano":"1","endTimeUnixNano":"2"{error}}}]}}]}}]}}"#,
            u128::from(trace) << 80 | u128::from(trace),
            span + 1
        );
        self.post(at, request("/v1/traces", json));
    }

    /// Sends a log record of a trace, and one of none, to an edge.
    fn send_logs(&self, at: usize, trace: u32) {
        let json = format!(
            r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"1","traceId":"{}"}},{{"timeUnixNano":"1"}}]}}]}}]}}"#,
            id(trace)
        );
        self.post(at, request("/v1/logs", json));
    }

    fn post(&self, at: usize, request: Request<SimBody>) {
        let handled = self.edges[at].handle(&self.host, request);
        let response = self.host.executor().run(handled).expect("a response");
        assert_eq!(response.status(), StatusCode::OK);
    }

    /// Lets time pass, and brings what edges give to the owners.
    fn pass(&mut self, milliseconds: u64) {
        let sleep = self.host.sleep(Duration::from_millis(milliseconds));
        self.host.executor().run(sleep);
        for (owner, message) in self.trace_owners.take() {
            self.owners[owner].take(&self.host, message);
        }
    }

    /// Judges what is due, and returns the spans that the backend got, by trace.
    fn judged(&mut self) -> BTreeMap<String, u64> {
        self.pass(31_000);
        for owner in &mut self.owners {
            let decided = owner.owner.decide(&self.host);
            owner.export(&self.host, decided);
        }
        self.host.executor().run_until_idle();
        let mut spans = BTreeMap::new();
        for received in self.backend.take() {
            let json: serde_json::Value = serde_json::from_slice(&received.body).expect("JSON");
            let groups = list(&json["resourceSpans"]).into_iter();
            let scopes = groups.flat_map(|group| list(&group["scopeSpans"]));
            for span in scopes.flat_map(|scope| list(&scope["spans"])) {
                let trace = span["traceId"].as_str().expect("an id").to_owned();
                *spans.entry(trace).or_default() += 1;
            }
        }
        spans
    }

    fn tallies(&self) -> (Tally, Tally) {
        let sum = |edges: &mut dyn Iterator<Item = &Edge>| {
            edges
                .map(Edge::tally)
                .fold(Tally::default(), |mut sum, tally| {
                    for (signal, count) in tally.received {
                        *sum.received.or_default(signal) += count;
                    }
                    for (signal, count) in tally.taken_up {
                        *sum.taken_up.or_default(signal) += count;
                    }
                    for (ended, count) in tally.ended {
                        *sum.ended.or_default(ended) += count;
                    }
                    sum
                })
        };
        let owners = sum(&mut self.owners.iter().map(|owner| &owner.edge));
        (sum(&mut self.edges.iter()), owners)
    }
}

impl Owner {
    fn new() -> Self {
        let edge = edge();
        Self {
            owner: TraceOwner::new(edge.clone()).expect("usable"),
            edge,
            stored: Vec::new(),
            decided: Vec::new(),
        }
    }

    fn take(&mut self, host: &SimHost<MemoryOfOwners>, message: bytes::Bytes) {
        if let Some(decided) = self.owner.take(host, &message).expect("records") {
            self.stored.push(message);
            self.export(host, decided);
        }
    }

    fn export(&mut self, host: &SimHost<MemoryOfOwners>, decided: throughline_edge::DecidedTraces) {
        self.decided.extend(decided.traces.as_chunks::<16>().0);
        let exported = self.owner.export(host, decided);
        host.executor().run(exported).expect("an end");
    }

    /// Loses its memory, and continues from the storage.
    fn reset(&mut self, host: &SimHost<MemoryOfOwners>) {
        self.owner = TraceOwner::new(self.edge.clone()).expect("usable");
        self.owner.set_decided(self.decided.clone());
        for message in &self.stored {
            let restored = self.owner.restore(host, message).expect("records");
            let restored = restored.expect("not taken before");
            assert_eq!((restored.spans, restored.log_records), (0, 0));
        }
        self.owner.set_decided(Vec::new());
    }
}

/// A batch that arrives.
fn request(path: &str, json: String) -> Request<SimBody> {
    let mut request = Request::new(SimBody::whole(json.into()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path.parse().expect("a path");
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert("content-type", json);
    request
}

/// The elements of a list; none where there is no list.
fn list(value: &serde_json::Value) -> Vec<serde_json::Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// The number of records of an outcome.
fn ended(tally: &Tally, outcome: Outcome) -> u64 {
    let of = tally
        .ended
        .iter()
        .filter(|(ended, _)| ended.outcome == outcome);
    of.map(|(_, count)| count).sum()
}

fn id(trace: u32) -> String {
    format!("{:032x}", u128::from(trace) << 80 | u128::from(trace))
}

#[test]
fn the_spans_of_a_trace_meet_at_one_owner_wherever_they_arrive() {
    let mut all = All::new();
    for trace in 1..=60 {
        all.send(0, trace, 1, false);
        all.send(1, trace, 2, trace % 3 == 0);
    }
    all.pass(1_000);
    assert!(all.owners.iter().all(|owner| !owner.stored.is_empty()));
    // One message for each owner and edge, and not one for each batch.
    let messages: usize = all.owners.iter().map(|owner| owner.stored.len()).sum();
    assert!(messages <= 4 * OWNERS, "{messages}");
    let kept = all.judged();
    let wanted = (1..=60).filter(|trace| trace % 3 == 0);
    assert_eq!(kept, wanted.map(|trace| (id(trace), 2)).collect());
    let (edges, owners) = all.tallies();
    assert_eq!(edges.received[&Signal::Traces], 120);
    assert_eq!(ended(&edges, Outcome::HandedOver), 120);
    assert_eq!(owners.taken_up[&Signal::Traces], 120);
    assert_eq!(ended(&owners, Outcome::Exported), 40);
    assert_eq!(ended(&owners, Outcome::SampledOut), 80);
}

#[test]
fn what_may_have_arrived_is_given_again_and_taken_once() {
    for lost in [Lost::Request, Lost::Response] {
        let mut all = All::new();
        all.trace_owners.will_lose([lost; 2]);
        for span in 0..5 {
            all.send(0, 1, span, true);
        }
        all.pass(5_000);
        assert_eq!(all.judged(), BTreeMap::from([(id(1), 5)]), "{lost:?}");
        let (edges, owners) = all.tallies();
        assert_eq!(ended(&edges, Outcome::HandedOver), 5);
        assert_eq!(owners.taken_up[&Signal::Traces], 5);
    }
}

#[test]
fn what_no_owner_takes_is_judged_where_it_is() {
    let mut all = All::new();
    all.trace_owners.will_lose([Lost::Request; 3]);
    all.send(0, 1, 1, false);
    all.send(0, 1, 2, true);
    all.pass(8_000);
    // The owner is paused, and nothing waits for it.
    all.send(0, 1, 3, true);
    all.pass(1);
    // The first two were judged together, and the third gets their decision.
    let kept = all.judged();
    assert_eq!(
        kept,
        BTreeMap::from([(id(1), 3)]),
        "one trace, one decision"
    );
    let (edges, owners) = all.tallies();
    assert_eq!(ended(&edges, Outcome::Exported), 3);
    assert!(owners.taken_up.is_empty());
    let logged = all.host.logged();
    assert!(
        logged
            .iter()
            .any(|line| line.contains("they are judged without it")),
        "{logged:?}"
    );
    // After ten seconds the owner has a chance again.
    all.send(0, 2, 1, true);
    all.pass(1_000);
    assert_eq!(all.judged(), BTreeMap::from([(id(2), 1)]));
    assert_eq!(all.tallies().1.taken_up[&Signal::Traces], 1);
}

#[test]
fn a_reset_owner_continues_from_its_storage_and_exports_nothing_twice() {
    let mut all = All::new();
    for trace in 1..=30 {
        all.send(0, trace, 1, true);
    }
    all.pass(1_000);
    // Half of it is judged before the reset, the other half after it.
    let early = all.judged();
    assert_eq!(early.len(), 30);
    for trace in 31..=60 {
        all.send(1, trace, 1, false);
        all.send(0, trace, 2, true);
    }
    all.pass(1_000);
    for owner in &mut all.owners {
        owner.reset(&all.host);
    }
    // Known before the reset, and after it.
    let stored = all.owners[0].stored.clone();
    for message in stored {
        let owner = &all.owners[0].owner;
        assert!(owner.has(&message).expect("records"));
        let again = owner.take(&all.host, &message);
        assert!(again.expect("records").is_none());
    }
    let late = all.judged();
    assert_eq!(late, (31..=60).map(|trace| (id(trace), 2)).collect());
    let (edges, owners) = all.tallies();
    assert_eq!(ended(&edges, Outcome::HandedOver), 90);
    assert_eq!(owners.taken_up[&Signal::Traces], 90);
    assert_eq!(ended(&owners, Outcome::Exported), 90);
    // An export that ended with the memory of an owner.
    all.owners[0].owner.lost(&all.host, 4, 1);
    let (_, owners) = all.tallies();
    assert_eq!(
        ended(&owners, Outcome::Rejected(RejectReason::Abandoned)),
        5
    );
    assert_eq!(owners.taken_up[&Signal::Traces], 94);
}

#[test]
fn a_reset_owner_exports_log_records_of_no_trace_once() {
    let mut all = All::new();
    all.send_logs(0, 1);
    all.pass(1_000);
    for owner in &mut all.owners {
        owner.reset(&all.host);
    }
    all.send(0, 1, 1, true);
    all.pass(1_000);
    assert_eq!(all.judged(), BTreeMap::from([(id(1), 1)]));
    let (_, owners) = all.tallies();
    assert_eq!(owners.taken_up[&Signal::Logs], 2);
    assert_eq!(ended(&owners, Outcome::Exported), 3);
}

#[test]
fn a_reset_owner_exports_late_records_once() {
    let mut all = All::new();
    all.send(0, 1, 1, true);
    all.pass(1_000);
    assert_eq!(all.judged(), BTreeMap::from([(id(1), 1)]));
    for owner in &mut all.owners {
        // Their time in the storage is over.
        owner.stored.clear();
        owner.decided.clear();
    }
    all.send(1, 1, 2, true);
    all.pass(1_000);
    for owner in &mut all.owners {
        owner.reset(&all.host);
    }
    assert_eq!(all.judged(), BTreeMap::from([(id(1), 1)]), "the late one");
    assert_eq!(all.tallies().1.taken_up[&Signal::Traces], 2);
}

/// An edge that keeps traces with an error.
fn edge() -> Edge {
    let config = Config {
        open: true,
        backend: BackendConfig {
            join_ms: 0,
            url: Some("http://backend.test".into()),
            encoding: BackendEncoding::Json,
            compression: BackendCompression::None,
            ..BackendConfig::default()
        },
        sampling: SamplingConfig {
            tail: Some(TailConfig {
                probability: 0.0,
                keep: vec![RuleConfig {
                    errors: Some(true),
                    ..RuleConfig::default()
                }],
                owners: Some(OWNERS),
                ..TailConfig::default()
            }),
            ..SamplingConfig::default()
        },
        ..Config::default()
    };
    let machine = Machine::of::<SimHost<MemoryOfOwners>>(&config, NonZeroUsize::MIN);
    Edge::on(machine, config).expect("usable")
}
