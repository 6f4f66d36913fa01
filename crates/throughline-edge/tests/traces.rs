//! Traces with owners: records of many edges, judged at one place.

use bytes::Bytes;
use core::num::NonZeroUsize;
use core::ops::Range;
use http::{HeaderValue, Method, Request, StatusCode};
use std::collections::BTreeMap;
use std::time::Duration;
use throughline_edge::config::{
    BackendCompression, BackendConfig, BackendEncoding, RuleConfig, SamplingConfig, TailConfig,
};
use throughline_edge::host::{Clock, MemoryOfOwners};
use throughline_edge::outcome::{Outcome, RejectReason, Tally};
use throughline_edge::{Config, Edge, Floor, Machine, TraceOwner};
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
    /// Messages, each with its number and the floor under which it was taken.
    stored: Vec<(u64, Floor, Bytes)>,
    /// Ids of traces, each with a number.
    decided: Vec<(u64, Vec<u8>)>,
    next: u64,
}

impl All {
    fn new() -> Self {
        Self::with(tail())
    }

    /// The same with these limits.
    fn with(tail: TailConfig) -> Self {
        let host = SimHost::new(11);
        let backend = Recorder::default();
        host.serve("backend.test", &backend);
        let trace_owners = SimTraceOwners::new(host.executor());
        let host = host.with_trace_owners(&trace_owners);
        Self {
            edges: (0..2).map(|_| edge(&tail)).collect(),
            owners: (0..OWNERS).map(|_| Owner::new(&tail)).collect(),
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

    /// Sends a span of each trace, with a name of so many bytes, in one request to an edge. Their
    /// ids are spread as random ones are.
    fn send_many(&self, at: usize, traces: Range<u32>, bytes: usize, is_error: bool) {
        let code = if is_error { 2 } else { 0 };
        let name = "x".repeat(bytes);
        let spans = traces.map(|trace| {
            let low = u64::from(trace).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            format!(
                r#"{{"traceId":"{trace:016x}{low:016x}","spanId":"{trace:016x}","parentSpanId":"00000000000000ff","name":"{name}","startTimeUnixNano":"1","endTimeUnixNano":"2","status":{{"code":{code}}}}}"#
            )
        });
        let spans: Vec<String> = spans.collect();
        let json = format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
            spans.join(",")
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
        for (number, message) in self.trace_owners.take() {
            let owner = &mut self.owners[number];
            owner.take(&self.host, message);
            self.trace_owners.set_floor(number, owner.owner.floor());
        }
    }

    /// Judges what is due, and returns the spans that the backend got, by trace.
    fn judged(&mut self) -> BTreeMap<String, u64> {
        self.judged_as(|span| span["traceId"].as_str().map(str::to_owned))
    }

    /// The same, by what a span has.
    fn judged_as(
        &mut self,
        key: impl Fn(&serde_json::Value) -> Option<String>,
    ) -> BTreeMap<String, u64> {
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
                *spans.entry(key(&span).unwrap_or_default()).or_default() += 1;
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
    fn new(tail: &TailConfig) -> Self {
        let edge = edge(tail);
        Self {
            owner: TraceOwner::new(edge.clone()).expect("usable"),
            edge,
            stored: Vec::new(),
            decided: Vec::new(),
            next: 1,
        }
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn take(&mut self, host: &SimHost<MemoryOfOwners>, message: Bytes) {
        let floor = self.owner.floor();
        if let Some(decided) = self.owner.take(host, &message).expect("records") {
            let number = self.number();
            self.stored.push((number, floor, message));
            self.export(host, decided);
        }
    }

    fn export(&mut self, host: &SimHost<MemoryOfOwners>, decided: throughline_edge::DecidedTraces) {
        let number = self.number();
        self.decided.push((number, decided.traces.clone()));
        let exported = self.owner.export(host, decided);
        host.executor().run(exported).expect("an end");
    }

    /// Loses its memory, and continues from the storage.
    fn reset(&mut self, host: &SimHost<MemoryOfOwners>) {
        self.owner = TraceOwner::new(self.edge.clone()).expect("usable");
        for (number, traces) in &self.decided {
            self.owner.add_decided(*number, traces);
        }
        for (number, floor, message) in &self.stored {
            let restored = self.owner.restore(host, *number, *floor, message);
            let restored = restored.expect("records").expect("not taken before");
            assert_eq!((restored.spans, restored.log_records), (0, 0));
        }
        self.owner.end_restoring();
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
    for (_, _, message) in stored {
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

#[test]
fn a_trace_that_was_decided_forgotten_and_opened_again_is_restored() {
    let mut all = All::with(TailConfig {
        remembered_traces: 0,
        ..tail()
    });
    all.send(0, 1, 1, true);
    all.pass(1_000);
    assert_eq!(all.judged(), BTreeMap::from([(id(1), 1)]));
    all.send(1, 1, 2, true);
    all.pass(1_000);
    for owner in &mut all.owners {
        owner.reset(&all.host);
    }
    assert_eq!(all.judged(), BTreeMap::from([(id(1), 1)]), "the second");
    let (edges, owners) = all.tallies();
    assert_eq!(ended(&edges, Outcome::HandedOver), 2);
    assert_eq!(owners.taken_up[&Signal::Traces], 2);
}

#[test]
fn what_a_raised_floor_drops_is_counted_once_whatever_resets_follow() {
    let mut all = All::with(TailConfig {
        max_bytes: 1 << 20,
        ..tail()
    });
    for first in [1, 901] {
        all.send_many(0, first..first + 900, 2_000, false);
        all.pass(1_000);
    }
    let floors = all.owners.iter().map(|owner| owner.owner.floor());
    assert!(floors.into_iter().all(|floor| floor != Floor::NONE));
    let (_, before) = all.tallies();
    // An edge that does not know of them.
    all.send_many(1, 1_801..1_901, 2_000, false);
    all.pass(1_000);
    let (edges, owners) = all.tallies();
    let dropped = ended(&owners, Outcome::SampledOut) - ended(&before, Outcome::SampledOut);
    assert!((10..100).contains(&dropped), "{dropped}");
    assert_eq!(ended(&edges, Outcome::HandedOver), 1_900);
    for _ in 0..2 {
        for owner in &mut all.owners {
            owner.reset(&all.host);
        }
        assert_eq!(all.tallies().1.ended, owners.ended);
    }
    assert_eq!(all.judged(), BTreeMap::new(), "none has an error");
    assert_eq!(all.tallies().1.taken_up[&Signal::Traces], 1_900);
}

#[test]
fn edges_give_an_owner_nothing_below_its_floor_and_count_that() {
    let mut all = All::with(TailConfig {
        probability: 1.0,
        max_bytes: 1 << 20,
        ..tail()
    });
    for first in [1, 901] {
        all.send_many(0, first..first + 900, 2_000, false);
        all.pass(1_000);
    }
    // It learns of the floors with what it gives, and drops what is below from then on.
    all.send_many(0, 1_801..1_901, 10, false);
    all.pass(1_000);
    let (before, _) = all.tallies();
    assert_eq!(ended(&before, Outcome::SampledOut), 0);
    all.send_many(0, 1_901..2_901, 10, false);
    all.send_many(0, 2_901..3_001, 10, true);
    all.pass(1_000);
    let (edges, owners) = all.tallies();
    let dropped = ended(&edges, Outcome::SampledOut);
    assert!((100..900).contains(&dropped), "{dropped}");
    assert_eq!(edges.received[&Signal::Traces], 3_000);
    assert_eq!(ended(&edges, Outcome::HandedOver), 3_000 - dropped);
    let at_owners = ended(&owners, Outcome::SampledOut);
    assert!(at_owners < dropped, "{at_owners} of {dropped}");
    let sent = all.judged_as(|span| match span["status"]["code"] == 2 {
        true => Some("error".to_owned()),
        false => span["traceState"].as_str().map(str::to_owned),
    });
    assert_eq!(sent["error"], 100, "errors pass every floor");
    // What passes stands for what does not.
    let of_floors = sent.iter().filter(|(state, _)| state.starts_with("ot=th:"));
    let adjusted: f64 = of_floors
        .map(|(state, spans)| {
            let share = Floor::parse(&state["ot=th:".len()..]).share();
            *spans as f64 / share
        })
        .sum();
    assert!((950.0..1_250.0).contains(&adjusted), "{adjusted}: {sent:?}");
    let (edges, owners) = all.tallies();
    let handed_over = ended(&edges, Outcome::HandedOver);
    assert_eq!(owners.taken_up[&Signal::Traces], handed_over);
    // A floor is asked for anew: the next ones are given.
    all.send_many(0, 3_001..3_101, 10, false);
    assert_eq!(ended(&all.tallies().0, Outcome::SampledOut), dropped);
}

/// Keeps traces with an error.
fn tail() -> TailConfig {
    TailConfig {
        probability: 0.0,
        keep: vec![RuleConfig {
            errors: Some(true),
            ..RuleConfig::default()
        }],
        owners: Some(OWNERS),
        ..TailConfig::default()
    }
}

fn edge(tail: &TailConfig) -> Edge {
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
            tail: Some(tail.clone()),
            ..SamplingConfig::default()
        },
        ..Config::default()
    };
    let machine = Machine::of::<SimHost<MemoryOfOwners>>(&config, NonZeroUsize::MIN);
    Edge::on(machine, config).expect("usable")
}
